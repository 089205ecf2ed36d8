"""What was not saved in the editor: leaving asks, and coming back offers it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.e2e import steps
from tests.e2e.editing import (
    field,
    open_editor,
    picture,
    save_and_wait,
    uploaded,
)
from tests.live.system import System

WIDTH, HEIGHT = 1600, 1200
CONFLICT, REFUSED = "409", "422"  # the answers the browser logs
WINDOWS = [(375, 812), (768, 1024), (1366, 768)]


@pytest.fixture
def image(system: System) -> str:
    """Address of an image that nobody has edited."""
    [photo] = steps.photographs(1, name="editing", size=(WIDTH, HEIGHT))
    return uploaded(system, photo["name"], photo["buffer"])


@pytest.fixture
def editor(page: Page, image: str) -> Page:
    steps.sign_in(page)
    open_editor(page, image, "?area=OD")
    return page


def test_leaving_warns_and_a_reload_loses_nothing(editor: Page) -> None:
    page = editor
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.locator("[name=sharpness]").fill("30")
    page.keyboard.press("Tab")
    page.reload()
    assert asked == ["beforeunload"]
    [place] = page.evaluate("Object.keys(sessionStorage)")
    assert place.startswith("fundus-keep:")  # gone with whoever signs out
    expect(page.locator("[data-picture]")).to_be_visible()
    assert field(page, "sharpness") == "0"
    page.get_by_role("button", name="Restore unsaved changes").click()
    assert field(page, "sharpness") == "30"
    page.keyboard.press("Control+z")
    assert field(page, "sharpness") == "0"
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url(re.compile(r"/direct/uploads/[0-9a-f-]{36}\?area=OD$"))
    assert len(asked) == 1


def change(page: Page, name: str, value: str) -> None:
    page.locator(f"[name={name}]").fill(value)
    page.keyboard.press("Tab")


def leave_and_return(page: Page) -> None:
    page.reload()
    picture(page)


def test_what_is_offered_stays_until_it_is_decided(editor: Page) -> None:
    page = editor
    page.on("dialog", lambda dialog: dialog.accept())
    page.set_viewport_size({"width": 768, "height": 700})
    restore = page.get_by_role("button", name="Restore unsaved changes")
    change(page, "sharpness", "30")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    leave_and_return(page)
    expect(restore).to_be_in_viewport(ratio=1)
    expect(page.locator("#live")).to_contain_text("changes that were not saved")
    change(page, "contrast", "15")
    leave_and_return(page)
    expect(page.locator("[data-draft]")).to_contain_text("more than once")
    change(page, "gamma", "1.5")
    restore.click()
    assert (field(page, "sharpness"), field(page, "gamma")) == ("30", "1")
    page.keyboard.press("Control+z")
    assert (field(page, "sharpness"), field(page, "gamma")) == ("0", "1.5")
    restore.click()
    assert (field(page, "sharpness"), field(page, "contrast")) == ("0", "15")
    expect(page.locator("[data-draft]")).to_be_hidden()


def test_a_notice_leaves_the_tools_in_sight(editor: Page) -> None:
    page = editor
    page.on("dialog", lambda dialog: dialog.accept())
    page.set_viewport_size({"width": 1366, "height": 768})
    change(page, "sharpness", "30")
    leave_and_return(page)
    expect(page.locator("[data-draft]")).to_be_in_viewport(ratio=1)
    tools, bar = (page.locator(each).bounding_box() for each in (".viewer-tools", ".actionbar"))
    assert tools
    assert bar
    assert tools["y"] + tools["height"] <= bar["y"]


def test_what_is_discarded_or_saved_is_not_offered_again(editor: Page, image: str) -> None:
    page = editor
    page.on("dialog", lambda dialog: dialog.accept())
    change(page, "sharpness", "30")
    leave_and_return(page)
    page.get_by_role("button", name="Discard them").click()
    leave_and_return(page)
    expect(page.locator("[data-draft]")).to_be_hidden()
    change(page, "sharpness", "40")
    leave_and_return(page)
    expect(page.locator("[data-draft]")).to_be_visible()
    change(page, "contrast", "15")
    save_and_wait(page, image)
    assert page.evaluate("Object.keys(sessionStorage)") == []

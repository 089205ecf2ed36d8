"""Leaving a page with something chosen or typed and not sent is asked about first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.e2e import steps
from tests.e2e.test_changing import edit_first, name, pill, press, select_all
from tests.e2e.test_grading import NO_REASON, arrive, given, images
from tests.live.system import System

__all__ = ["images", "name"]


class Asked:
    """Answers each question about leaving, and counts them."""

    def __init__(self, page: Page) -> None:
        self.times = 0
        self.may_leave = False
        page.on("dialog", self._answer)

    def _answer(self, dialog: Dialog) -> None:
        assert dialog.type == "beforeunload"
        self.times += 1
        if self.may_leave:
            dialog.accept()
        else:
            dialog.dismiss()


def stays(page: Page, asked: Asked, leave: Callable[[], object]) -> None:
    """Try to leave, say no when asked, and be where one was."""
    address, times = page.url, asked.times
    with page.expect_event("dialog"):
        leave()
    assert (page.url, asked.times) == (address, times + 1)


def reload(page: Page) -> None:
    page.evaluate("setTimeout(() => location.reload())")


@pytest.mark.parametrize("way", ["Skip to the next", "Back to the image", "reload"])
def test_a_grade_that_was_not_saved_is_not_lost(page: Page, images: list[str], way: str) -> None:
    steps.sign_in(page, "grader")
    page.goto(f"{images[2]}/grade?filename=grading")
    page.keyboard.press("3")
    page.locator("#note").press_sequentially("Blurred")
    asked = Asked(page)
    link = page.get_by_role("link", name=way)
    stays(page, asked, lambda: reload(page) if way == "reload" else link.click(no_wait_after=True))
    expect(page.locator("#note")).to_have_value("Blurred")
    expect(page.get_by_role("radio", name="Severe")).to_be_checked()


def test_one_may_leave_all_the_same(page: Page, system: System, images: list[str]) -> None:
    steps.sign_in(page, "grader")
    page.goto(f"{images[2]}/grade")
    page.keyboard.press("3")
    asked = Asked(page)
    asked.may_leave = True
    page.get_by_role("link", name="Back to the image").click()
    arrive(page, images[2])
    assert (asked.times, given(system, images[2])) == (1, [])


def test_nothing_is_asked_where_nothing_is_lost(
    page: Page, system: System, images: list[str]
) -> None:
    steps.sign_in(page, "grader")
    asked = Asked(page)
    page.goto(f"{images[2]}/grade?filename=grading")
    page.keyboard.press("3")
    page.keyboard.press("Shift+Enter")
    arrive(page, f"{images[1]}/grade?filename=grading")
    page.locator("#note").press_sequentially("x")
    page.locator("#note").fill("")
    page.get_by_role("link", name="Back to the image").click()
    arrive(page, f"{images[1]}?filename=grading")
    assert (asked.times, given(system, images[2])) == (0, [("3", "")])


def test_what_was_sent_back_is_asked_about(page: Page, images: list[str]) -> None:
    steps.sign_in(page, "grader")
    page.goto(f"{images[0]}/grade")
    page.locator("#note").press_sequentially("No grade chosen")
    page.get_by_role("button", name="Grade", exact=True).click()
    expect(page.locator("#error-level")).to_be_visible()
    steps.excuse(page, NO_REASON)
    page.locator("#note").click()
    link = page.get_by_role("link", name="Back to the image")
    stays(page, Asked(page), lambda: link.click(no_wait_after=True))


def test_a_description_that_was_not_saved_is_not_lost(page: Page, name: str) -> None:
    steps.sign_in(page)
    edit_first(page, name)
    asked = Asked(page)
    cancel = page.get_by_role("link", name="Cancel")
    cancel.click()
    expect(page.get_by_role("region", name="Viewer")).to_be_visible()
    edit_first(page, name)
    pill(page, "Left eye")
    stays(page, asked, lambda: cancel.click(no_wait_after=True))
    press(page, "Save")
    expect(page.get_by_role("status").first).to_be_visible()
    assert asked.times == 1


def test_a_bulk_edit_that_was_not_sent_is_not_lost(page: Page, name: str) -> None:
    steps.sign_in(page)
    select_all(page, name)
    press(page, "Edit Selected")
    asked = Asked(page)
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/direct/dashboard*")
    press(page, "Edit Selected")
    page.select_option("#id_disease", label="Glaucoma")
    cancel = page.get_by_role("link", name="Cancel")
    stays(page, asked, lambda: cancel.click(no_wait_after=True))
    press(page, "Preview changes")
    expect(page.locator(".bulk-row")).to_have_count(3)
    assert asked.times == 1

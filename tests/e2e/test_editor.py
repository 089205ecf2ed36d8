"""Editing a picture in the browser: by mouse, by keys, without script, and against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e import steps
from tests.e2e.editing import (
    drag,
    field,
    frame_of,
    numbers,
    open_editor,
    picture,
    save_and_wait,
    stored,
    stroke,
    swipe,
    uploaded,
)
from tests.e2e.test_pages import findings
from tests.live.system import System
from tests.live.waiting import wait_until

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


def test_crop_black_out_brighten_save_and_toggle(editor: Page, image: str) -> None:
    page = editor
    drag(page, (0, 0), (0.25, 0.25))  # the frame's corner
    crop = numbers(field(page, "crop"))
    assert crop == pytest.approx([400, 300, 1200, 900], abs=6)
    page.get_by_role("button", name="Black out", exact=True).click()
    drag(page, (0.5, 0.5), (0.6, 0.7))
    before = picture(page)
    page.locator("[name=brightness]").fill("40")
    page.keyboard.press("Tab")
    expect(page.locator("[data-picture]")).not_to_have_attribute("src", before)
    covered = numbers(field(page, "blackouts"))
    assert covered == pytest.approx([800, 600, 160, 240], abs=6)
    save_and_wait(page, image)
    assert page.url.endswith("?area=OD&version=edited")
    expect(page.locator("[data-version=edited]")).to_have_attribute("aria-current", "true")
    edited = stored(page, image)
    assert edited.shape[:2] == (crop[3], crop[2])
    x, y = covered[0] - crop[0], covered[1] - crop[1]
    assert edited[y + 8 : y + covered[3] - 8, x + 8 : x + covered[2] - 8].max() <= 2
    assert edited.mean() > stored(page, image, "original").mean()
    page.goto("/direct/dashboard?filename=editing")
    card = page.locator("[data-card]", has=page.locator(f"a[href^='{image}?']")).first
    expect(card.get_by_role("button", name="Edited")).to_have_attribute("aria-pressed", "true")


def test_reverting_and_restoring(editor: Page, image: str) -> None:
    page = editor
    page.get_by_role("button", name="Right by 90°").click()
    expect(page.locator("[data-view]")).to_have_attribute("data-view", "result")
    save_and_wait(page, image)
    assert stored(page, image).shape[:2] == (WIDTH, HEIGHT)
    open_editor(page, image)
    page.locator(".editor-revert summary").click()
    page.locator(".editor-revert").get_by_role("button").click()
    page.wait_for_url(f"**{image}")
    expect(page.locator("[data-version]")).to_have_count(0)
    open_editor(page, image)
    assert field(page, "rotate") == "0"
    page.get_by_role("button", name="Restore this edit 1").click()
    page.wait_for_url("**version=edited")
    expect(page.locator("[data-rendering]")).to_have_count(0)
    assert stored(page, image).shape[:2] == (WIDTH, HEIGHT)
    expect(page.locator(".timeline")).to_contain_text("Edit 1 restored")


def test_everything_by_keyboard(editor: Page, image: str) -> None:
    page = editor
    steps.tab_to(page, "cropper-selection[data-kind=crop]")
    page.keyboard.press("Alt+ArrowLeft")
    page.keyboard.press("ArrowRight")
    assert numbers(field(page, "crop")) == [4, 0, 1596, 1200]
    steps.tab_to(page, "[data-add-blackout]")
    page.keyboard.press("Enter")
    expect(frame_of(page, "blackout")).to_be_focused()
    start = numbers(field(page, "blackouts"))
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+ArrowRight")
    moved = [start[0], start[1] + 40, start[2] + 4, start[3]]
    assert numbers(field(page, "blackouts")) == moved
    page.keyboard.press("Delete")
    assert field(page, "blackouts") == ""
    page.keyboard.press("Control+z")
    assert numbers(field(page, "blackouts")) == moved
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert field(page, "blackouts") == ""
    for key in ("Control+Shift+z", "Control+y", "Control+y"):
        page.keyboard.press(key)
    assert numbers(field(page, "blackouts")) == moved
    upright = picture(page)
    steps.tab_to(page, "[data-slider=gamma] [data-range]")
    page.keyboard.press("ArrowRight")
    assert field(page, "gamma") == "1.05"
    expect(page.locator("[data-picture]")).not_to_have_attribute("src", upright)
    now = picture(page)
    page.keyboard.down("b")
    expect(page.locator("[data-original-note]")).to_be_visible()
    expect(page.locator("[data-picture]")).not_to_have_attribute("src", now)
    page.keyboard.up("b")
    expect(page.locator("[data-picture]")).to_have_attribute("src", now)
    steps.tab_to(page, "[data-save]")
    page.keyboard.press("Enter")
    page.wait_for_url("**version=edited")
    expect(page.locator(".timeline")).to_contain_text("Cropped, 1 area blacked out, gamma 1.05")


def test_of_two_windows_the_second_is_told_and_loses_nothing(
    editor: Page, open_page: steps.OpenPage, system: System, image: str
) -> None:
    other = open_page(system)
    steps.sign_in(other, "manager")
    open_editor(other, image)
    other.get_by_role("button", name="Left by 90°").click()
    save_and_wait(other, image)
    editor.locator("[name=contrast]").fill("15")
    editor.get_by_role("button", name="Save").click()
    expect(editor.get_by_role("alert")).to_contain_text("has saved another edit of this image")
    steps.excuse(editor, CONFLICT)
    assert field(editor, "contrast") == "15"
    expect(editor.get_by_role("link", name="Look at the saved one")).to_be_visible()
    save_and_wait(editor, image)
    expect(editor.locator(".timeline")).to_contain_text("Contrast +15")


def test_saving_twice_is_saving_once(editor: Page, image: str) -> None:
    page = editor
    page.locator("[name=contrast]").fill("15")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Save").dblclick()
    page.wait_for_url(f"**{image}?*")
    expect(page.locator("[data-rendering]")).to_have_count(0)
    assert page.request.get(f"{image}/edit-image/progress").json()["edit"] == 1


def test_an_answer_that_got_lost_is_no_conflict(editor: Page, image: str) -> None:
    page = editor

    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route(f"**{image}/edit-image*", lose, times=1)
    page.locator("[name=contrast]").fill("15")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved: no connection")
    steps.excuse(page, "ERR_CONNECTION_RESET")
    expect(page.locator("[data-unsaved]")).to_have_text("Not saved yet")
    save_and_wait(page, image)
    assert page.request.get(f"{image}/edit-image/progress").json()["edit"] == 1


@pytest.fixture
def go_on(system: System) -> Iterator[Callable[[], None]]:
    """The worker has stopped until this is called, or the test ends."""
    system.stop_worker()
    with ExitStack() as stack:
        stack.callback(system.start_worker)
        yield stack.close


def test_an_edit_that_nobody_renders_is_kept_and_said(
    editor: Page, image: str, go_on: Callable[[], None]
) -> None:
    page = editor
    page.clock.install()
    page.locator("[name=contrast]").fill("15")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**{image}?*")
    notice = page.locator("[data-rendering]")
    expect(notice).to_contain_text("You can go on working.")
    page.clock.fast_forward(61_000)
    expect(notice).to_contain_text("It waits longer than usual.")
    go_on()
    expect(notice).to_have_count(0)
    expect(page.locator(".timeline")).to_contain_text("Contrast +15")


def test_without_script_the_form_does_it(plain_page: Page, image: str) -> None:
    page = plain_page
    steps.sign_in(page)
    page.goto(f"{image}/edit-image")
    crop = page.get_by_label("Left, top, width and height in pixels", exact=True)
    crop.fill("0 0 5000 5")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#error-crop")).to_contain_text("must lie within the 1,600 × 1,200 pixels")
    steps.excuse(page, REFUSED)
    crop.fill("100 100 800 600")
    page.get_by_label("Rectangles, one a line").fill("200 200 300 50")
    page.get_by_label("Brightness").first.fill("10")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_alt_text("Preview of the edited picture")).to_be_visible()
    size = page.locator("img.viewer-plain").evaluate("image => image.naturalWidth")
    assert size == 800
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**version=edited")
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    progress = f"{image}/edit-image/progress"
    wait_until(lambda: page.request.get(progress).json()["state"] == "done")
    page.reload()
    expect(page.locator("[data-version=edited]")).to_be_visible()


def test_what_goes_wrong_is_said_and_mended(editor: Page) -> None:
    page, line = editor, steps.Line(editor)
    before = picture(page)
    line.cut()
    page.locator("[name=gamma]").fill("1.5")
    page.keyboard.press("Tab")
    expect(page.locator("[data-trouble]")).to_contain_text("Nothing is lost")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved: no connection")
    steps.excuse(page, "ERR_INTERNET_DISCONNECTED")
    line.mend()
    expect(page.locator("[data-trouble]")).to_be_hidden()
    expect(page.locator("[data-picture]")).not_to_have_attribute("src", before)
    assert field(page, "gamma") == "1.5"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_for_everybody(
    open_page: steps.OpenPage, system: System, image: str, scheme: str
) -> None:
    page = open_page(system, bypass_csp=True, reduced_motion="reduce", color_scheme=scheme)
    steps.sign_in(page)
    open_editor(page, image)
    page.get_by_role("button", name="Add a rectangle").click()
    page.locator("[name=brightness]").fill("12")
    for width, height in WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        for view in ("Edit", "Result"):
            page.get_by_role("button", name=view, exact=True).click()
            picture(page)
            assert findings(page) == []
    across = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
    assert page.evaluate(across) == 0


def beside(page: Page, x: float, y: float) -> tuple[float, float]:
    """A point of the window, from the upper left corner of the picture."""
    box = page.locator("[data-frame]").bounding_box()
    assert box
    return box["x"] + x, box["y"] + y


@pytest.mark.parametrize("mode", ["Crop", "Black out"])
def test_a_stroke_begun_beside_the_picture_begins_at_its_edge(editor: Page, mode: str) -> None:
    page = editor
    name = "crop" if mode == "Crop" else "blackouts"
    page.get_by_role("button", name=mode, exact=True).click()
    page.mouse.click(*beside(page, -25, 70))
    assert field(page, name) == ""
    page.mouse.move(*beside(page, -25, 70))
    page.mouse.down()
    page.mouse.move(*beside(page, -20, 90))
    assert field(page, name) == ""
    page.mouse.move(*beside(page, 160, 150), steps=5)
    page.mouse.up()
    scale = WIDTH / beside_width(page)
    expected = [0, 70 * scale, 160 * scale, 80 * scale]
    assert numbers(field(page, name)) == pytest.approx(expected, abs=3 * scale)
    page.get_by_role("button", name="Result", exact=True).click()
    drawn = field(page, name)
    page.mouse.move(*beside(page, -10, 20))
    page.mouse.down()
    page.mouse.move(*beside(page, 100, 90), steps=3)
    page.mouse.up()
    assert field(page, name) == drawn


def beside_width(page: Page) -> float:
    box = page.locator("[data-frame]").bounding_box()
    assert box
    return box["width"]


@pytest.mark.parametrize("view", ["Edit", "Result"])
def test_no_finger_on_the_stage_leaves_the_page(
    open_page: steps.OpenPage, system: System, image: str, view: str
) -> None:
    size = {"width": 768, "height": 1024}
    page = open_page(system, viewport=size, has_touch=True, is_mobile=True)
    steps.sign_in(page)
    open_editor(page, image)
    address = page.url
    page.get_by_role("button", name="Black out", exact=True).tap()
    page.get_by_role("button", name=view, exact=True).tap()
    picture(page)
    ways = "none" if view == "Edit" else "pan-y"  # none that goes back
    expect(page.locator("[data-scroll]")).to_have_css("touch-action", ways)
    stroke(page, beside(page, -20, 60), (400, 100))
    page.get_by_role("button", name="Zoom in").tap()
    stroke(page, (100, 300), (500, 40))
    assert page.url == address
    assert bool(field(page, "blackouts")) == (view == "Edit")


def test_frames_are_moved_by_a_finger(
    open_page: steps.OpenPage, system: System, image: str
) -> None:
    size = {"width": 768, "height": 1024}
    page = open_page(system, viewport=size, has_touch=True, reduced_motion="reduce")
    steps.sign_in(page)
    open_editor(page, image)
    page.get_by_role("button", name="Add a rectangle").tap()
    box = frame_of(page, "blackout")
    start = numbers(field(page, "blackouts"))
    for handle in box.locator("cropper-handle[action$=resize]").all():
        shape = handle.bounding_box()
        assert shape
        assert min(shape["width"], shape["height"]) >= 24
    swipe(page, box, 60, 40)
    end = numbers(field(page, "blackouts"))
    assert end[0] > start[0]
    assert end[1] > start[1]
    assert end[2:] == start[2:]

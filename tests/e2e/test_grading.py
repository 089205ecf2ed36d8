"""Grading by keyboard, one image after another, and bringing grades in from a table."""

from __future__ import annotations

from re import compile as pattern

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.e2e.test_pages import findings
from tests.live.client import Client, File
from tests.live.system import System

NO_REASON, SUPERSEDED = "422", "409"  # the answers the browser logs


@pytest.fixture
def images(system: System) -> list[str]:
    """Addresses of three new images of the grader's unit, oldest first."""
    addresses = []
    with Client(system, "uploader") as client:
        for each in steps.photographs(3, name="grading"):
            job = client.upload([File(each["name"], each["buffer"])])
            status = client.wait(job, timeout=steps.PATIENCE / 1000)
            addresses.append(status["items"][0]["image_url"])
    return addresses


def arrive(page: Page, address: str) -> None:
    page.wait_for_url(f"**{address}", timeout=steps.PATIENCE)


def given(system: System, address: str) -> list[tuple[str, str]]:
    """Value and note of each grade of the image, oldest first."""
    rows = system.rows(
        "SELECT level.value, grade.note FROM uploads_grade grade"
        " JOIN uploads_gradelevel level ON level.id = grade.level_id"
        " JOIN uploads_fundusimage image ON image.id = grade.image_id"
        " WHERE CAST(image.public_id AS TEXT) IN (%s, %s) ORDER BY grade.id",
        address.rsplit("/", 1)[-1],
        address.rsplit("/", 1)[-1].replace("-", ""),
    )
    return [(value, note) for value, note in rows]


def test_a_grader_works_through_a_list_by_keyboard(
    page: Page, system: System, images: list[str]
) -> None:
    oldest, middle, newest = images
    steps.sign_in(page, "grader")
    page.goto(f"{newest}/grade?filename=grading")
    page.keyboard.press("3")
    expect(page.get_by_role("radio", name=pattern("Severe"))).to_be_checked()
    page.keyboard.press("Shift+Enter")
    arrive(page, f"{middle}/grade?filename=grading")
    expect(page.get_by_role("status").first).to_contain_text("3 · Severe")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    arrive(page, f"{middle}?filename=grading")
    assert [given(system, each) for each in images] == [[], [("1", "")], [("3", "")]]
    page.goto(f"{oldest}/grade?filename=grading&sort=oldest")
    page.get_by_role("link", name="Skip to the next").click()
    arrive(page, "/direct/dashboard?filename=grading&sort=oldest")


def test_a_step_is_chosen_by_its_own_letter_and_the_viewer_keeps_its_keys(
    page: Page, images: list[str]
) -> None:
    steps.sign_in(page, "grader")
    page.goto(f"{images[0]}/grade")
    expect(page.locator(".is-live")).to_be_visible()
    red_free = page.get_by_role("button", name="Red-free")
    whole = page.locator("[data-zoom-text]").inner_text()
    page.keyboard.press("+")
    expect(page.locator("[data-zoom-text]")).not_to_have_text(whole)
    page.keyboard.press("u")
    expect(page.get_by_role("radio", name="Ungradable")).to_be_checked()
    page.keyboard.press("g")
    expect(red_free).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("0")
    expect(page.get_by_role("radio", name="No apparent")).to_be_checked()
    expect(page.locator("[data-zoom-text]")).not_to_have_text(whole)
    page.keyboard.press("h")
    expect(page.locator("[data-zoom-text]")).to_have_text(whole)
    page.locator("#note").press_sequentially("gu")
    expect(page.locator("#note")).to_have_value("gu")
    expect(red_free).to_have_attribute("aria-pressed", "true")


def test_letters_let_be_choose_only_among_the_grades(page: Page, images: list[str]) -> None:
    steps.sign_in(page, "grader")
    page.goto(f"{images[0]}/grade")
    page.locator(".viewer-help > summary").click()
    page.locator("[data-keys-switch]").uncheck()
    page.locator("body").press("u")
    expect(page.get_by_role("radio", name="Ungradable")).not_to_be_checked()
    page.locator("body").press("2")
    page.keyboard.press("u")
    expect(page.get_by_role("radio", name="Ungradable")).to_be_checked()


def test_the_grade_is_of_the_version_in_the_viewer(
    page: Page, system: System, images: list[str]
) -> None:
    system.shell(
        "from tests.edits import edited; from uploads.models import FundusImage;"
        f" edited(FundusImage.objects.get(public_id='{images[0].rsplit('/', 1)[-1]}'), 96, 64)"
    )
    steps.sign_in(page, "grader")
    page.goto(f"{images[0]}/grade?version=original")
    page.keyboard.press("2")
    page.get_by_role("link", name="Edited").click()
    expect(page.get_by_role("link", name="Edited")).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("radio", name="Moderate")).to_be_checked()
    page.locator("[data-save]").click()
    arrive(page, images[0])
    expect(page.locator(".grades")).to_contain_text("given on the edited version")


@pytest.mark.parametrize("height", [600, 768, 1080])
def test_the_picture_ends_above_the_actions_also_below_a_message(
    page: Page, images: list[str], height: int
) -> None:
    page.set_viewport_size({"width": 1366, "height": height})
    steps.sign_in(page, "grader")
    page.goto(f"{images[2]}/grade?filename=grading")
    assert 0 <= room_below_the_picture(page) <= 40
    page.keyboard.press("3")
    page.keyboard.press("Shift+Enter")
    arrive(page, f"{images[1]}/grade?filename=grading")
    expect(page.get_by_role("status").first).to_contain_text("3 · Severe")
    assert 0 <= room_below_the_picture(page) <= 40
    assert page.evaluate("document.scrollingElement.scrollHeight") == height


def room_below_the_picture(page: Page) -> float:
    """Pixels between the viewer and the bar of actions; its stage is worth looking at."""
    viewer, bar, stage = (
        page.locator(each).bounding_box() for each in (".viewer", ".actionbar", ".viewer-stage")
    )
    assert viewer
    assert bar
    assert stage
    assert stage["height"] >= 240
    return bar["y"] - viewer["y"] - viewer["height"]


def test_a_revision_is_given_with_its_reason(page: Page, system: System, images: list[str]) -> None:
    steps.sign_in(page, "grader")
    page.goto(f"{images[0]}/grade")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    arrive(page, images[0])
    page.goto(f"{images[0]}/grade")
    page.keyboard.press("4")
    page.get_by_role("button", name="Revise grade").click()
    expect(page.locator("#error-note")).to_be_visible()
    steps.excuse(page, NO_REASON)
    page.locator("#note").press_sequentially("Vessels at 3 o'clock")
    expect(page.locator("#note-count")).to_have_text("20 of 1000 characters")
    page.keyboard.press("Control+Enter")
    arrive(page, images[0])
    assert given(system, images[0]) == [("2", ""), ("4", "Vessels at 3 o'clock")]


def test_of_two_graders_the_second_is_told(
    page: Page, open_page: steps.OpenPage, system: System, images: list[str]
) -> None:
    other = open_page(system)
    for each, name in ((page, "grader"), (other, "admin")):
        steps.sign_in(each, name)
        each.goto(f"{images[1]}/grade")
    other.keyboard.press("4")
    other.keyboard.press("Enter")
    arrive(other, images[1])
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("admin has graded this image meanwhile")
    expect(page.get_by_role("radio", name=pattern("Mild"))).to_be_checked()
    steps.excuse(page, SUPERSEDED)
    assert len(given(system, images[1])) == 1


def test_a_grade_is_given_without_script(
    plain_page: Page, system: System, images: list[str]
) -> None:
    page = plain_page
    steps.sign_in(page, "grader")
    page.goto(f"{images[2]}/grade")
    page.get_by_role("radio", name=pattern("Ungradable")).check()
    page.keyboard.press("Enter")
    arrive(page, images[2])
    assert given(system, images[2]) == [("U", "")]


def test_axe_finds_nothing(open_page: steps.OpenPage, system: System, images: list[str]) -> None:
    page = open_page(system, bypass_csp=True, reduced_motion="reduce")
    steps.sign_in(page, "admin")
    for value in ("", "3"):
        page.goto(f"{images[0]}/grade")
        assert findings(page) == []
        if value:
            page.keyboard.press(value)
            page.locator("[data-save]").click()
            arrive(page, images[0])
    page.goto(f"{images[0]}/grade")
    assert findings(page) == []


def test_a_table_of_grades_is_looked_at_and_saved(
    open_page: steps.OpenPage, system: System
) -> None:
    [photo] = steps.photographs(1, name="judged")
    name = "judged " + "x" * 150 + ".jpg"
    with Client(system, "admin") as client:
        job = client.upload([File(name, photo["buffer"])], pregraded=True)
        client.wait(job, timeout=steps.PATIENCE / 1000)
    page = open_page(system, bypass_csp=True, reduced_motion="reduce")
    steps.sign_in(page, "manager")
    page.goto("/direct/grades/import")
    assert findings(page) == []
    preview(page, f"filename;grade\n{name};9\nunknown.jpg;1\n")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 rows need mending")
    assert findings(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="List of problems").click()
    assert download.value.suggested_filename == "grades-problems.csv"
    page.get_by_role("link", name="Choose the mended file").click()
    preview(page, f"filename;grade\n{name};2\n")
    assert findings(page) == []
    page.get_by_role("button", name="Save 1 grade").click()
    expect(page.get_by_role("status").first).to_have_text("1 grade saved.")


def preview(page: Page, table: str) -> None:
    page.set_input_files("#file", [steps.payload("grades.csv", table.encode(), "text/csv")])
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".kpis")).to_be_visible()

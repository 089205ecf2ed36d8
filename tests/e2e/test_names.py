"""File names that look like a patient's data, pointed out and exchanged before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e import steps
from tests.e2e.test_pages import findings
from tests.live.system import System
from uploads.telling import FIRST_NAMES, NEUTRAL

TABLE: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "uploads" / "telling.json").read_text()
)
WORDS = {"neutral": sorted(NEUTRAL), "first": sorted(FIRST_NAMES)}
JUDGE = """async ([words, names, renamed]) => {
  const { TellingNames, neutralName } = await import("/static/uploads/telling.js");
  const telling = new TellingNames(words);
  const reasons = names.map((name) => telling.reason(name));
  return [reasons, renamed.map(([name, n]) => neutralName(name, n))];
}"""
TOLD = "SMITH_ANNA_OD.jpg"
NEWEST = (
    "SELECT item.filename FROM jobs_jobitem item"
    " WHERE item.job_id = (SELECT MAX(id) FROM jobs_job) ORDER BY item.n"
)


def named(*names: str) -> list[Any]:
    photographs = steps.photographs(2 * len(names))[::2]
    pairs = zip(names, photographs, strict=True)
    return [steps.payload(name, photograph["buffer"]) for name, photograph in pairs]


def said_to_server(page: Page) -> list[str]:
    """Bodies and addresses of all that the page sends from now on."""
    said: list[str] = []

    def note(request: Request) -> None:
        said.append(request.url)
        if request.method == "POST":
            said.append(request.post_data or "")

    page.on("request", note)
    return said


def test_the_page_judges_names_as_the_server_does(page: Page) -> None:
    page.goto("/accounts/login")
    names = [*TABLE["told"], *TABLE["silent"]]
    reasons, renamed = page.evaluate(JUDGE, [WORDS, names, TABLE["neutral"]])
    assert dict(zip(names, reasons, strict=True)) == {
        **TABLE["told"],
        **dict.fromkeys(TABLE["silent"]),
    }
    assert renamed == [neutral for _name, _n, neutral in TABLE["neutral"]]


def test_one_press_and_the_own_name_is_never_sent(page: Page, system: System) -> None:
    steps.open_form(page)
    said = said_to_server(page)
    page.set_input_files("#file-input", named("IMG_0042.jpg", TOLD))
    told = steps.rows(page).filter(has_text="person’s name")
    expect(told).to_have_count(1)
    told.get_by_role("button", name="Use a neutral name").click()
    expect(steps.rows(page).nth(1).locator("[data-name]")).to_contain_text("image-0001_OD.jpg")
    steps.send(page)
    steps.await_results(page)
    assert system.rows(NEWEST) == [("IMG_0042.jpg",), ("image-0001_OD.jpg",)]
    assert not [each for each in said if "SMITH" in each.upper()]


def test_all_at_once_and_back_by_keyboard(page: Page) -> None:
    steps.open_form(page)
    page.set_input_files("#file-input", named(TOLD, "12031956.jpg", "eye.jpg", "Weber Klaus.jpg"))
    notice = page.locator("#telling-names")
    expect(notice).to_contain_text("3 file names look like patient data")
    expect(page.locator("#bar-summary")).to_contain_text("3 names to look at")
    steps.tab_to(page, "#telling-names button")
    page.keyboard.press("Enter")
    expect(notice).to_contain_text("3 files get neutral names")
    expect(page.locator("#live")).to_contain_text("3 files get neutral names")
    assert page.evaluate("document.activeElement.closest('#telling-names') !== null")
    page.keyboard.press("Enter")
    expect(notice.get_by_role("button")).to_have_text("Use neutral names for all 3")
    expect(steps.rows(page).first.locator(".fname")).to_have_attribute("title", TOLD)


def test_rejected_and_twin_files_are_told_by_their_neutral_names_too(
    page: Page, system: System
) -> None:
    steps.open_form(page)
    [first] = named("Weber_Klaus_1.jpg")
    twin = steps.payload("Weber_Klaus_2.jpg", first["buffer"])
    text = steps.payload("Weber_Klaus.txt", b"no picture", "text/plain")
    page.set_input_files("#file-input", [first, twin, text])
    expect(steps.rows(page, "duplicate")).to_contain_text("same as Weber_Klaus_1.jpg")
    page.locator("#telling-names button").click()
    expect(steps.rows(page, "duplicate")).to_contain_text("same as image-0001.jpg")
    steps.send(page)
    steps.await_results(page)
    assert system.rows(NEWEST) == [("image-0001.jpg",), ("image-0002.jpg",), ("image-0003",)]


def test_a_file_with_a_neutral_name_is_found_again_by_its_bytes(
    page: Page, system: System, tmp_path: Path
) -> None:
    steps.open_form(page)
    files = steps.on_disk(tmp_path, named(TOLD))
    line = steps.Line(page)
    page.set_input_files("#file-input", files)
    page.locator("#telling-names button").click()
    line.slow(300)
    steps.send(page)
    expect(steps.rows(page, "sending")).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    line.mend()
    page.goto("/direct/jobs")
    page.locator("a.job-open").first.click()
    page.wait_for_url(steps.PROCESSING)
    page.set_input_files("#resume-files", files)
    steps.await_results(page)
    assert system.rows(NEWEST) == [("image-0001_OD.jpg",)]


@pytest.mark.parametrize("neutral", [False, True])
def test_axe_finds_nothing_in_the_hints(
    open_page: Callable[..., Page], system: System, neutral: bool
) -> None:
    page = open_page(system, bypass_csp=True, reduced_motion="reduce")
    steps.open_form(page)
    page.set_input_files("#file-input", named(TOLD, "Weber Klaus.jpg", "12031956.jpg"))
    expect(steps.rows(page, "ready")).to_have_count(3)
    if neutral:
        page.locator("#telling-names button").click()
        expect(steps.rows(page).first).to_contain_text("Sent instead of")
    assert findings(page) == []

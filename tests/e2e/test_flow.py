"""The day's work: choose, drop, check, send, watch, read the results."""

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e import steps
from tests.images import jpeg, truncated
from tests.live.system import System
from tests.live.waiting import wait_until

PIXELS_OF_ALL = "[...document.querySelectorAll('.well-grid img')].map(image => image.naturalWidth)"


def test_sixty_photographs_from_choosing_to_results(page: Page, system: System) -> None:
    steps.open_form(page)
    files = steps.photographs(60)
    page.set_input_files("#file-input", files)
    expect(steps.rows(page, "ready")).to_have_count(60)
    steps.send(page)
    page.wait_for_url(steps.PROCESSING, timeout=steps.PATIENCE)
    steps.await_results(page)
    expect(page.locator("h1")).to_have_text("60 images stored.")
    assert steps.count_of(page, "completed") == 60
    images = page.locator(".well-grid img")
    for n in range(60):
        images.nth(n).scroll_into_view_if_needed()
    page.wait_for_function(f"{PIXELS_OF_ALL}.every(width => width > 0)")
    token = page.url.rsplit("/", 1)[-1].replace("-", "")
    stored = system.rows(
        "SELECT COUNT(*) FROM uploads_fundusimage image"
        " JOIN jobs_jobitem item ON item.id = image.source_item_id"
        " JOIN jobs_job job ON job.id = item.job_id WHERE job.token = %s AND NOT image.mydriatic",
        token,
    )
    assert stored == [(60,)]


def test_lab_units_follow_the_hospital(page: Page) -> None:
    steps.sign_in(page)
    page.goto("/direct/upload")
    page.locator("label.pill", has_text="South").click()
    expect(page.locator("label.pill", has_text="Eye Unit")).to_be_visible()
    expect(page.locator("label.pill", has_text="Retina Clinic")).to_be_hidden()


def test_the_dilation_switch_says_what_it_means(page: Page) -> None:
    steps.sign_in(page)
    page.goto("/direct/upload")
    expect(page.get_by_text("Non Mydriatic", exact=True)).to_be_visible()
    page.locator("#mydriatic").check(force=True)
    expect(page.get_by_text("Non Mydriatic", exact=True)).to_be_hidden()
    expect(page.get_by_text("Mydriatic", exact=True)).to_be_visible()


def test_the_last_choices_come_back(page: Page) -> None:
    steps.open_form(page)
    page.locator("label.pill", has_text="Glaucoma").click()
    page.set_input_files("#file-input", steps.photographs(1))
    steps.send(page)
    steps.await_results(page)
    page.goto("/direct/upload")
    expect(page.get_by_role("radio", name="Glaucoma")).to_be_checked()
    expect(page.get_by_role("radio", name="Retina Clinic")).to_be_checked()


def test_a_missing_field_is_named_before_anything_is_sent(page: Page, system: System) -> None:
    steps.sign_in(page, "admin")
    page.goto("/direct/upload")
    page.locator("label.pill", has_text="North").click()
    page.set_input_files("#file-input", steps.photographs(1))
    expect(steps.rows(page, "ready")).to_have_count(1)
    steps.send(page)
    expect(page.locator("#form-error")).to_contain_text("All fields are required")
    assert page.url.endswith("/direct/upload")
    expect(steps.rows(page)).to_have_count(1)


def test_a_whole_folder_is_taken(page: Page, tmp_path: Path) -> None:
    steps.open_form(page)
    steps.on_disk(tmp_path / "visit", steps.photographs(3))
    steps.on_disk(tmp_path / "visit" / "left", steps.photographs(2, name="left"))
    (tmp_path / "visit" / "Thumbs.db").write_bytes(b"not a picture")
    page.set_input_files("#folder-input", tmp_path / "visit")
    expect(steps.rows(page, "ready")).to_have_count(5)


@pytest.mark.parametrize("deep", [False, True])
def test_files_and_folders_can_be_dropped(page: Page, tmp_path: Path, deep: bool) -> None:
    steps.open_form(page)
    files = steps.on_disk(tmp_path / "dropped", steps.photographs(4))
    steps.drop(page, [str(tmp_path / "dropped")] if deep else files)
    expect(steps.rows(page, "ready")).to_have_count(4)


def test_trouble_is_told_before_sending_and_counts_add_up(page: Page, system: System) -> None:
    known, fresh = steps.photographs(1, name="known"), steps.photographs(2, name="fresh")
    steps.open_form(page)
    page.set_input_files("#file-input", known)
    steps.send(page)
    steps.await_results(page)

    page.goto("/direct/upload")
    sent = steps.sent_files(page)
    twin = steps.payload("twin.jpg", fresh[0]["buffer"])
    page.set_input_files("#file-input", [*known, *fresh, twin, *troubled()])
    expect(steps.rows(page, "duplicate")).to_have_count(2)
    expect(steps.rows(page, "duplicate").first).to_contain_text("Duplicate file detected")
    expect(steps.rows(page, "too_large")).to_contain_text("File size exceeds limit")
    expect(steps.rows(page, "wrong_type")).to_contain_text("File format not supported")
    steps.send(page)
    steps.await_results(page)
    assert len(sent) == 3, sent
    counts = [steps.count_of(page, what) for what in ("completed", "failed", "rejected")]
    assert counts == [2, 1, 4]
    expect(page.locator("main")).to_contain_text("Corrupted or unreadable image")
    listed = page.request.get(f"{page.url}/errors.csv").text()
    assert len(listed.strip().splitlines()) == 1 + 1 + 4


def troubled() -> list[FilePayload]:
    """Too large, no picture, and cut in half; only the last one shows when it is decoded."""
    return [
        steps.payload("large.jpg", jpeg(seed=5) + bytes(6 * 2**20)),
        steps.payload("notes.txt", b"no picture", "text/plain"),
        steps.payload("half.jpg", truncated(jpeg(900, 600, seed=9))),
    ]


def test_a_chosen_file_can_be_removed(page: Page) -> None:
    steps.open_form(page)
    page.set_input_files("#file-input", steps.photographs(3))
    expect(steps.rows(page, "ready")).to_have_count(3)
    page.locator("[data-remove]").first.click()
    expect(steps.rows(page)).to_have_count(2)
    expect(page.locator("#upload-button")).to_contain_text("2")


def test_a_double_click_makes_one_job(page: Page, system: System) -> None:
    steps.open_form(page)
    [(before,)] = system.rows("SELECT COUNT(*) FROM jobs_job")
    page.set_input_files("#file-input", steps.photographs(2))
    expect(steps.rows(page, "ready")).to_have_count(2)
    page.locator("#upload-button").dblclick()
    steps.await_results(page)
    assert system.rows("SELECT COUNT(*) FROM jobs_job") == [(before + 1,)]


def test_more_than_a_job_holds_goes_in_several(page: Page, tmp_path: Path) -> None:
    steps.open_form(page)
    files = steps.on_disk(tmp_path, steps.photographs(130))
    page.set_input_files("#file-input", files)
    expect(page.locator("#upload-button")).to_contain_text("130")
    steps.send(page)
    page.wait_for_url("**/direct/jobs?new=*", timeout=steps.PATIENCE)
    expect(page.locator("tr.job-new")).to_have_count(2)


def test_the_whole_way_by_keyboard(page: Page) -> None:
    choosers = steps.choosers_of(page)
    steps.sign_in(page)
    page.goto("/direct/upload")
    for name in ("hospital", "lab_unit"):
        steps.tab_to(page, f"[name={name}]")
        page.keyboard.press("Space")
    steps.tab_to(page, "#camera")
    page.keyboard.type("Topcon")
    for name in ("disease", "area"):
        steps.tab_to(page, f"[name={name}]")
        page.keyboard.press("Space")
    steps.tab_to(page, "#file-input")
    page.keyboard.press("Enter")
    wait_until(lambda: page.evaluate("1") and choosers, what="the browser's own chooser opens")
    choosers[0].set_files(steps.photographs(1))
    expect(page.locator("#upload-button")).to_have_text("Upload Images (1)")
    steps.tab_to(page, "#upload-button")
    page.keyboard.press("Enter")
    steps.await_results(page)

"""The same form, everything at once, in a browser without JavaScript."""

import re

from playwright.sync_api import FilePayload, Page, expect

from tests.e2e import steps

REFUSED = "422"  # the answer the browser logs


def test_choosing_sending_and_reading_the_results(plain_page: Page) -> None:
    page = plain_page
    fill(page, [*steps.photographs(3), damaged()])
    page.click("#upload-button")
    page.wait_for_url(steps.PROCESSING, timeout=steps.PATIENCE)
    results = page.get_by_role("link", name="View Results")
    expect(results).to_be_visible()
    results.click()
    assert [steps.count_of(page, what) for what in ("completed", "failed", "rejected")] == [3, 1, 0]


def test_a_missing_field_keeps_what_was_chosen(plain_page: Page) -> None:
    page = plain_page
    fill(page, steps.photographs(1))
    page.select_option("#camera", "")
    page.click("#upload-button")
    expect(page.locator("#form-error")).to_contain_text("All fields are required")
    expect(page.locator("#error-camera")).to_be_visible()
    expect(page.get_by_role("radio", name="Retina Clinic")).to_be_checked()
    steps.excuse(page, REFUSED)


def test_no_file(plain_page: Page) -> None:
    page = plain_page
    fill(page, [])
    page.click("#upload-button")
    expect(page.locator("#form-error")).to_contain_text("No selected file")
    steps.excuse(page, REFUSED)


def test_more_files_than_allowed(plain_page: Page) -> None:
    page = plain_page
    fill(page, steps.photographs(103))
    page.click("#upload-button")
    expect(page.locator("#form-error")).to_contain_text("Too many files (max 100)")
    expect(page.get_by_role("radio", name="Retina Clinic")).to_be_checked()
    steps.excuse(page, REFUSED)


def fill(page: Page, files: list[FilePayload]) -> None:
    steps.sign_in(page)
    page.goto("/direct/upload")
    for name in ("North", "Retina Clinic", "DR", "Right eye"):
        page.locator("label.pill", has_text=re.compile(f"^{name}$")).click()
    page.select_option("#camera", label="Topcon TRC-NW400")
    page.set_input_files("#file-input", files)


def damaged() -> FilePayload:
    [whole] = steps.photographs(1, size=(400, 300))
    return {**whole, "name": "half.jpg", "buffer": whole["buffer"][: len(whole["buffer"]) // 2]}

"""Real photographs through the page, all at once."""

from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.live.sizes import corpus


def test_all_real_photographs_are_stored_and_shown(page: Page) -> None:
    files = [path for path in sorted(corpus("real_fundus").iterdir()) if path.suffix != ".tsv"]
    steps.open_form(page)
    page.set_input_files("#file-input", files)
    expect(steps.rows(page, "ready")).to_have_count(len(files), timeout=steps.PATIENCE)
    steps.send(page)
    steps.await_results(page)
    assert steps.count_of(page, "completed") == len(files)
    images = page.locator(".well-grid img")
    for n in range(len(files)):
        images.nth(n).scroll_into_view_if_needed()
        expect(images.nth(n)).not_to_have_js_property("naturalWidth", 0)

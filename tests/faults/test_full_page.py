"""A full job of large photographs through the page, every one of them to be seen afterwards."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.images import jpeg, segment

FILES, LARGE = 100, 2 * 2**20
COMMENT = 0xFE


@pytest.mark.slow
def test_a_hundred_photographs_of_two_megabytes(page: Page, tmp_path: Path) -> None:
    start = jpeg(2900, 2400, seed=4, quality=94)
    assert len(start) > LARGE
    for n in range(FILES):
        # A comment makes each file its own without a hundred encodings.
        own = start[:2] + segment(COMMENT, b"%08d" % n) + start[2:]
        (tmp_path / f"{n:03}.jpg").write_bytes(own)
    steps.open_form(page)
    page.set_input_files("#file-input", sorted(tmp_path.iterdir()))
    expect(steps.rows(page, "ready")).to_have_count(FILES, timeout=steps.PATIENCE)
    steps.send(page)
    steps.await_results(page)
    assert steps.count_of(page, "completed") == FILES
    images = page.locator(".well-grid img")
    for n in range(FILES):
        images.nth(n).scroll_into_view_if_needed()
        expect(images.nth(n)).not_to_have_js_property("naturalWidth", 0)

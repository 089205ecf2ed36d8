"""Quota in the form, and hashing many large files without freezing the page."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.images import jpeg
from tests.live.system import System

LARGE, SIZE = 100, 3 * 2**20
# Counts frames and remembers the longest time between two, in milliseconds.
WATCH_FRAMES = """() => {
  window.frames_seen = 0; window.longest = 0; let last = performance.now();
  const tick = (now) => {
    window.frames_seen += 1; window.longest = Math.max(window.longest, now - last); last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""


@pytest.fixture
def quota(system: System) -> Iterator[Callable[[int], None]]:
    """Leaves the demonstration's uploader so many places; gives back the rest afterwards."""
    change = "UPDATE accounts_user SET upload_quota = {} WHERE username = 'uploader'"

    def leave(places: int) -> None:
        system.rows(change.format("file_upload_count + %s"), places)

    yield leave
    system.rows(change.format("5000"))


def test_few_places_left(page: Page, quota: Callable[[int], None]) -> None:
    quota(2)
    steps.open_form(page)
    page.set_input_files("#file-input", steps.photographs(4))
    expect(page.locator("#over-quota")).to_contain_text("2")
    steps.send(page)
    steps.await_results(page)
    assert steps.count_of(page, "completed") == 2
    expect(page.locator("main")).to_contain_text("Upload quota exceeded")


def test_no_place_left(page: Page, quota: Callable[[int], None]) -> None:
    quota(0)
    steps.sign_in(page)
    page.goto("/direct/upload")
    expect(page.locator("#no-quota")).to_be_visible()
    expect(page.locator("#file-input")).to_be_disabled()
    expect(page.locator("#upload-button")).to_be_disabled()


def test_hashing_a_hundred_large_files_leaves_the_page_alive(page: Page, tmp_path: Path) -> None:
    steps.open_form(page)
    assert page.evaluate("location.protocol") == "http:"
    page.evaluate(WATCH_FRAMES)
    page.set_input_files("#file-input", large_files(tmp_path))
    expect(page.locator("#upload-button")).to_contain_text(str(LARGE))
    assert page.evaluate("window.frames_seen") > 10
    assert page.evaluate("window.longest") < 1000


def large_files(folder: Path) -> list[Path]:
    """Pictures with much behind their end: only their hashes matter here."""
    start = jpeg(seed=77)
    rest = bytes(SIZE - 4 - len(start))
    files = [folder / f"{n}.jpg" for n in range(LARGE)]
    for n, file in enumerate(files):
        file.write_bytes(start + n.to_bytes(4, "big") + rest)
    return files

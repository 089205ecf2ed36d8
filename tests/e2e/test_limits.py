"""Quota in the form, and hashing many large files without freezing the page."""

from collections.abc import Iterator
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
def quota(system: System) -> Iterator[None]:
    """Gives the demonstration's uploader back what a test took away."""
    yield
    system.manage("set_upload_quota", "uploader", "5000")


def leave(system: System, places: int) -> None:
    [(used,)] = system.rows(
        "SELECT file_upload_count FROM accounts_user WHERE username = 'uploader'"
    )
    system.manage("set_upload_quota", "uploader", str(used + places))


@pytest.mark.usefixtures("quota")
def test_few_places_left(page: Page, system: System) -> None:
    leave(system, 2)
    steps.open_form(page)
    page.set_input_files("#file-input", steps.photographs(4))
    expect(page.locator("#over-quota")).to_contain_text("2", timeout=steps.PATIENCE)
    steps.send(page)
    steps.await_results(page)
    assert steps.count_of(page, "completed") == 2
    expect(page.locator("main")).to_contain_text("Upload quota exceeded")


@pytest.mark.usefixtures("quota")
def test_no_place_left(page: Page, system: System) -> None:
    leave(system, 0)
    steps.sign_in(page)
    page.goto("/direct/upload")
    expect(page.locator("#no-quota")).to_be_visible()
    expect(page.locator("#file-input")).to_be_disabled()
    expect(page.locator("#upload-button")).to_be_disabled()


def test_hashing_a_hundred_large_files_leaves_the_page_alive(page: Page, tmp_path: Path) -> None:
    start = jpeg(seed=77)
    files = []
    for n in range(LARGE):
        (tmp_path / f"{n}.jpg").write_bytes(
            start + n.to_bytes(4, "big") + bytes(SIZE - 4 - len(start))
        )
        files.append(str(tmp_path / f"{n}.jpg"))
    steps.open_form(page)
    assert page.evaluate("location.protocol") == "http:"
    page.evaluate(WATCH_FRAMES)
    page.set_input_files("#file-input", files)
    expect(page.locator("#upload-button")).to_contain_text(str(LARGE), timeout=steps.PATIENCE)
    assert page.evaluate("window.frames_seen") > 10
    assert page.evaluate("window.longest") < 1000

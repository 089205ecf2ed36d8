"""Pictures of every page at four widths in both themes: `python -m tests.e2e.screenshots OUTDIR`.

The photographs shown are drawn ones, or those of `FUNDUS_TEST_DATA` where it is set.
`--readme FILE` makes instead the one picture of the README, always with drawn photographs.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice, starmap
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Page, expect, sync_playwright

from tests.e2e import pictures, steps
from tests.images import jpeg, truncated
from tests.live import browser as chromium_browser
from tests.live.client import Client, File
from tests.live.system import System
from tests.live.waiting import wait_until

SIZES = {375: 812, 768: 1024, 1366: 768, 1920: 1080}
LONG = "Patient-visit-follow-up-" + "very-" * 30 + "long-name-OD-macula.jpg"
ARABIC = "صورة قاع العين اليمنى.jpg"
SLOW, CRAWLING = 150_000, 2_000  # bytes a second
TALL = 4000  # pixels: what is loaded when it comes into sight, is
LOADED = """() => [...document.images].every(image => image.complete)
  && document.querySelectorAll('[data-row][data-state=ready]:not(:has(canvas))').length === 0"""
HELP = ("", "/direct-uploads", "/dashboard", "/editing", "/quotas", "/troubleshooting")


class Camera:
    """Takes the page as it stands at every width, light and dark: `<name>-<width>-<theme>.png`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, page: Page, name: str) -> None:
        for width, height in SIZES.items():
            self._fit(page, width, height)
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            page.screenshot(path=self.folder / f"{name}-{width}-dark.png")
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
            page.screenshot(path=self.folder / f"{name}-{width}-light.png")
        sys.stdout.write(f"{name}\n")

    def visit(self, page: Page, name: str, address: str) -> None:
        page.goto(address)
        self.take(page, name)

    def _fit(self, page: Page, width: int, height: int) -> None:
        """A window high enough for the whole page: what sticks to its edge then covers nothing."""
        page.set_viewport_size({"width": width, "height": TALL})
        page.wait_for_function(LOADED)
        page.set_viewport_size({"width": width, "height": height})
        needed = int(page.evaluate("document.scrollingElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(height, min(needed, TALL))})


def photographs() -> Iterator[File]:
    folder = os.environ.get("FUNDUS_TEST_DATA")
    return pictures.real(Path(folder) / "real_fundus") if folder else pictures.drawn()


def troubled(good: list[File], known: File) -> list[FilePayload]:
    """A day's selection: sound files, awkward names, and one of each trouble."""
    named = [File(LONG, good[0].content), File(ARABIC, good[1].content), *good[2:]]
    bad = [
        File("scan-of-letter.tiff", b"II*\0" + bytes(9_000)),
        File("too-large-export.jpg", jpeg(seed=1) + bytes(6 * 2**20)),
        File("copy of " + good[2].name, good[2].content),
    ]
    return [steps.payload(*known), *starmap(steps.payload, [*bad, *named])]


def history(client: Client, files: Iterator[File]) -> tuple[dict[str, str], File]:
    """A mixed job of the past; addresses of the last one's pages and a file that was stored."""
    good = list(islice(files, 9))
    refused = [File("half.jpg", truncated(good[0].content)), File(LONG, b"\xff\xd8 no picture")]
    mixed = [good[0], *refused, File(ARABIC, good[1].content), *good[2:]]
    rejected = [{"name": "scan-of-letter.tiff", "size": 9_004, "code": "wrong_type"}]
    manifest = {**client.manifest(mixed), "rejected": rejected}
    created = client.create_job(manifest).json()
    for item in created["items"]:
        client.put(item["upload_url"], mixed[item["n"]].content)
    status = client.wait(created["job_id"])
    image = next(item["image_url"] for item in status["items"] if item["image_url"])
    return {"results": status["results_url"], "image": image}, good[0]


def midway(system: System, client: Client, files: list[File]) -> str:
    """The processing page of a job whose worker stopped in the middle."""
    system.stop_worker()
    token = client.upload(files)
    finished = (
        "SELECT 1 FROM jobs_jobitem item JOIN jobs_job job ON job.id = item.job_id"
        " WHERE job.token = %s AND item.state IN ('completed', 'error')"
    )
    system.start_worker()
    few = len(files) // 3
    wait_until(lambda: len(system.rows(finished, token.replace("-", ""))) >= few, timeout=90)
    system.kill_worker()
    return f"/direct/upload/processing/{token}"


@contextmanager
def opened(browser: Browser, system: System, **options: object) -> Iterator[Page]:
    context = browser.new_context(base_url=system.url, locale="en-GB", **options)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def choose(page: Page, files: list[FilePayload]) -> None:
    page.goto("/direct/upload")
    steps.choose_all(page)
    page.set_input_files("#file-input", files)
    expect(steps.rows(page)).to_have_count(len(files))
    expect(page.locator("#check-progress")).to_be_hidden()


def dashboards(page: Page, camera: Camera) -> None:
    """The list with more than a page of images, as people work on it."""
    camera.visit(page, "dashboard", "/direct/dashboard")
    camera.visit(page, "dashboard-filtered", "/direct/dashboard?area=OD&graded=no&filename=macula")
    camera.visit(page, "dashboard-nothing", "/direct/dashboard?area=OU&mydriatic=yes")
    camera.visit(page, "dashboard-wrong", "/direct/dashboard?date_from=2024-13-45")
    page.goto("/direct/dashboard?sort=oldest")
    boxes = page.locator("input[name=ids]")
    boxes.nth(1).click()
    boxes.nth(5).click(modifiers=["Shift"])
    camera.take(page, "dashboard-selected")


def sending(page: Page, camera: Camera) -> None:
    line = steps.Line(page)
    line.slow(SLOW)
    steps.send(page)
    expect(steps.rows(page, "sent").first).to_be_visible()
    line.slow(CRAWLING)
    camera.take(page, "sending")
    line.cut()
    expect(page.locator("#wait-notice")).to_be_visible()
    camera.take(page, "sending-cut")


def take_all(browser: Browser, system: System, camera: Camera) -> None:
    files = photographs()
    with opened(browser, system) as page, Client(system, "uploader") as client:
        camera.visit(page, "sign-in", "/accounts/login")
        steps.sign_in(page)
        camera.visit(page, "upload-empty", "/direct/upload")
        camera.visit(page, "recent-jobs-empty", "/direct/jobs")
        camera.visit(page, "dashboard-empty", "/direct/dashboard")
        client.wait(client.upload(list(islice(files, 3)), disease=2))
        camera.visit(page, "dashboard-few", "/direct/dashboard")
        addresses, known = history(client, files)
        for name, address in addresses.items():
            camera.visit(page, name, address)
        choose(page, troubled(list(islice(files, 16)), known))
        camera.take(page, "upload-files")
        sending(page, camera)
    with opened(browser, system) as page, Client(system, "uploader") as client:
        steps.sign_in(page)
        camera.visit(page, "processing", midway(system, client, list(islice(files, 18))))
        camera.visit(page, "recent-jobs", "/direct/jobs")
        system.start_worker()
        client.wait(client.upload(list(islice(files, 40)), area="OS"), timeout=300)
        dashboards(page, camera)
        camera.visit(page, "profile", "/accounts/profile")
        camera.visit(page, "not-found", "/no/such/page")
        for name in HELP:
            camera.visit(page, "help" + name.replace("/", "-"), f"/help{name}")


def take_readme(browser: Browser, system: System, target: Path) -> None:
    """The upload page with checked files on a clinic PC, light."""
    files = list(islice(pictures.drawn(), 14))
    size = {"width": 1366, "height": 768}
    with opened(browser, system, viewport=size) as page, Client(system, "uploader") as client:
        client.wait(client.upload(files[:1]))
        steps.sign_in(page)
        chosen = list(starmap(steps.payload, files))
        scan = steps.payload("scan-of-letter.tiff", b"II*\0" + bytes(9_000))
        choose(page, [*chosen[:4], scan, *chosen[4:]])
        page.wait_for_function("document.querySelectorAll('#file-list canvas').length > 5")
        page.screenshot(path=target)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path, metavar="OUTDIR", help="folder, or file of --readme")
    parser.add_argument("--readme", action="store_true", help="only the picture of the README")
    options = parser.parse_args(arguments)
    expect.set_options(timeout=steps.PATIENCE)
    with sync_playwright() as playwright, System() as system:
        browser = chromium_browser.launch(playwright)
        system.start()
        if options.readme:
            take_readme(browser, system, options.target)
        else:
            take_all(browser, system, Camera(options.target))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])

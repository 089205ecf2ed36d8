"""What people do in the browser, in words the tests share."""

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from re import compile as pattern

from playwright.sync_api import FileChooser, FilePayload, Locator, Page, Request, expect

from tests.images import jpeg, png
from tests.live.browser import complaints_of
from tests.live.system import PASSWORD
from tests.live.waiting import wait_until

OpenPage = Callable[..., Page]
PATIENCE = 60_000  # milliseconds: two slow cores may be busy with other things
RESULTS = pattern(r"/direct/upload/results/[0-9a-f-]{36}$")
PROCESSING = pattern(r"/direct/upload/processing/[0-9a-f-]{36}$")
_seeds = count(1000)


def photographs(
    number: int, *, name: str = "photo", size: tuple[int, int] = (96, 64)
) -> list[FilePayload]:
    """Small pictures nobody has sent before, JPEG and PNG in turn."""
    payloads: list[FilePayload] = []
    for n in range(number):
        seed = next(_seeds)
        kind, data = (
            ("jpg", jpeg(*size, seed=seed)) if n % 2 == 0 else ("png", png(*size, seed=seed))
        )
        payloads.append(payload(f"{name}-{n:03}.{kind}", data))
    return payloads


def payload(name: str, data: bytes, mime: str = "") -> FilePayload:
    guessed = mime or ("image/png" if name.endswith("png") else "image/jpeg")
    return {"name": name, "mimeType": guessed, "buffer": data}


def on_disk(folder: Path, payloads: Sequence[FilePayload]) -> list[str]:
    """The same as files: large selections and folders need some."""
    folder.mkdir(parents=True, exist_ok=True)
    for payload in payloads:
        (folder / payload["name"]).write_bytes(payload["buffer"])
    return [str(folder / payload["name"]) for payload in payloads]


def sign_in(page: Page, name: str = "uploader", *, at: str = "") -> None:
    page.goto(f"{at}/accounts/login")
    fill_sign_in(page, name)


def fill_sign_in(page: Page, name: str = "uploader") -> None:
    """Signs in on the page as it stands, which leads to the dashboard or where it came from."""
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/direct/dashboard", timeout=PATIENCE)


def choose_all(page: Page) -> None:
    """Every field of the upload form."""
    for label in ("North", "Retina Clinic", "DR", "Right eye"):
        page.locator("label.pill:visible", has_text=pattern(f"^{label}$")).click()
    page.select_option("#camera", label="Topcon TRC-NW400")


def open_form(page: Page, name: str = "uploader") -> None:
    sign_in(page, name)
    page.goto("/direct/upload")
    choose_all(page)


def rows(page: Page, state: str = "") -> Locator:
    selector = f"#file-list [data-row][data-state={state}]" if state else "#file-list [data-row]"
    return page.locator(selector)


def send(page: Page) -> None:
    button = page.locator("#upload-button")
    expect(button).to_be_enabled()
    expect(page.locator("#check-progress")).to_be_hidden()
    button.click()


def await_results(page: Page) -> str:
    """The results page of the job; its address."""
    page.wait_for_url(RESULTS, timeout=PATIENCE)
    return page.url


def count_of(page: Page, what: str) -> int:
    return int(page.locator(f"[data-count={what}]").first.inner_text())


class Line:
    """The line between the page and the server."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def slow(self, speed: int) -> None:
        """So many bytes a second upwards."""
        self._set(offline=False, speed=speed)

    def cut(self) -> None:
        self._set(offline=True, speed=-1)

    def mend(self) -> None:
        self._set(offline=False, speed=-1)

    def _set(self, *, offline: bool, speed: int) -> None:
        conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1}
        self._session.send(
            "Network.emulateNetworkConditions", {**conditions, "uploadThroughput": speed}
        )


def sent_files(page: Page) -> list[str]:
    """Addresses to which the page sends files from now on."""
    addresses: list[str] = []

    def note(request: Request) -> None:
        if request.method == "PUT":
            addresses.append(request.url)

    page.on("request", note)
    return addresses


def choosers_of(page: Page) -> list[FileChooser]:
    """The file choosers that open. Ask early: the browser takes a moment to listen."""
    found: list[FileChooser] = []

    def note(chooser: FileChooser) -> None:
        found.append(chooser)

    page.on("filechooser", note)
    return found


def excuse(page: Page, words: str) -> None:
    """Take out of the complaints what the test provoked; it must have been there."""
    complaints = complaints_of(page)
    wait_until(lambda: page.evaluate("1") and any(words in each for each in complaints))
    complaints[:] = [each for each in complaints if words not in each]


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something that matches has the focus, and can be seen to have it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate("document.activeElement.matches(':focus-visible')")
            return
    raise AssertionError(f"no way to {selector} by the Tab key")


def drop(page: Page, paths: Sequence[str]) -> None:
    """A real drag from the desktop, folders included, through the browser's own events."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": list(paths), "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 600, "y": 300, "data": data})

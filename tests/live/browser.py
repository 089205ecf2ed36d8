"""Debian's Chromium, driven by Playwright, with an eye on what the console says."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Playwright

FLAGS = (
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-dev-shm-usage",
)
# A picture that is not there is the business of the test that asks for it.
TOLERATED = ("favicon",)


def chromium_path() -> str:
    """Where Chromium is; AssertionError with what to do when it is missing."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "Chromium is missing: run `apt-get install chromium`, or `make test` as root."
    return found


def launch(playwright: Playwright) -> Browser:
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return playwright.chromium.launch(executable_path=chromium_path(), args=flags)


class Complaints(list[str]):
    """Console errors, uncaught exceptions and breaches of the content policy of one context."""

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", self._exception)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in TOLERATED):
            self.append(f"{message.text} ({message.location.get('url', '')})")

    def _exception(self, error: Error) -> None:
        self.append(f"uncaught: {error.message}")


_COMPLAINTS: WeakKeyDictionary[Page, Complaints] = WeakKeyDictionary()


def complaints_of(page: Page) -> Complaints:
    """What was complained about on the page and its siblings so far."""
    return _COMPLAINTS[page]


@contextmanager
def watched_page(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page in a context of its own; at the end nothing may have been complained about.

    A test that provokes an error on purpose takes it out of `complaints_of(page)`.
    """
    context = browser.new_context(**options)
    complaints = Complaints()
    context.on("page", complaints.watch)
    page = context.new_page()
    _COMPLAINTS[page] = complaints
    try:
        yield page
        assert not complaints, complaints
    finally:
        context.close()

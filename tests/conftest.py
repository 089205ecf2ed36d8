"""Fixtures every test can ask for; the machinery behind them is in `tests.live`."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db.backends.base.operations import BaseDatabaseOperations
from playwright.sync_api import Browser, Page, sync_playwright

from accounts.trail import guards
from tests.live import browser as chromium_browser
from tests.live import stack
from tests.live.client import Client
from tests.live.postgres import Postgres
from tests.live.s3 import S3
from tests.live.system import System

pytest_plugins = ["tests.cast"]
# Tests named so read the folder of test files, which is not everywhere.
collect_ignore_glob = [] if "FUNDUS_TEST_DATA" in os.environ else ["**/test_corpus*.py"]
LIVE = {"system", "new_system", "postgres", "s3"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if used & LIVE:
            item.add_marker(pytest.mark.live)
        if "chromium" in used:
            item.add_marker(pytest.mark.browser)
    _drop(config, items, "embedded" if stack.configured() else "stack")
    if stack.configured():
        # The second run is about database and storage: what uses neither has been tested.
        pure = [item for item in items if not _stores_something(item)]
        items[:] = [item for item in items if _stores_something(item)]
        config.hook.pytest_deselected(items=pure)


def _drop(config: pytest.Config, items: list[pytest.Item], marker: str) -> None:
    """What is about the other kind of installation runs in the other run."""
    others = [item for item in items if item.get_closest_marker(marker)]
    items[:] = [item for item in items if not item.get_closest_marker(marker)]
    config.hook.pytest_deselected(items=others)


def _stores_something(item: pytest.Item) -> bool:
    used = set(getattr(item, "fixturenames", ()))
    marked = item.get_closest_marker("django_db") or item.get_closest_marker("live")
    return bool(marked or used & {"db", "transactional_db"})


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """The default installation, running, with demo data; shared, so leave no traces that matter."""
    with System() as running:
        yield running.start()


@pytest.fixture
def new_system() -> Iterator[Callable[..., System]]:
    """Makes systems of the test's own (arguments as for `System`), ended after the test."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(System(*args, **options))


@pytest.fixture
def client_of() -> Iterator[Callable[[System, str], Client]]:
    """Makes signed-in clients, closed after the test."""
    with ExitStack() as stack:
        yield lambda system, username: stack.enter_context(Client(system, username))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for the session."""
    with Postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """A fresh, empty database."""
    return postgres.database()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3 server for the session."""
    with S3() as server:
        yield server


@pytest.fixture
def s3_env(s3: S3) -> dict[str, str]:
    """A fresh bucket, as the environment that makes the product use it."""
    return s3.bucket()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium_browser.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, system: System) -> Iterator[Page]:
    """A page on the default system; no console error or policy breach may remain at the end."""
    with chromium_browser.watched_page(chromium, base_url=system.url) as page:
        yield page


@pytest.fixture
def plain_page(chromium: Browser, system: System) -> Iterator[Page]:
    """The same without JavaScript."""
    options = {"base_url": system.url, "java_script_enabled": False}
    with chromium_browser.watched_page(chromium, **options) as page:
        yield page


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens watched pages: `open_page(system, viewport={…}, color_scheme="dark", …)`."""
    with ExitStack() as stack:

        def opened(system: System, **options: Any) -> Page:
            options = {"base_url": system.url, **options}
            return stack.enter_context(chromium_browser.watched_page(chromium, **options))

        yield opened


@pytest.fixture(scope="session", autouse=True)
def owner_may_flush() -> Iterator[None]:
    """Tests that commit end by emptying every table, which the audit trail's guards refuse."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def without_guards(self: Any, statements: list[str]) -> None:
        with guards.lifted(self.connection):
            flush(self, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", without_guards)
        yield

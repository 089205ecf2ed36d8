"""The small site, as the product serves it and in harder circumstances."""

from collections.abc import Iterator

import pytest

from tests.live_wire.server import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(scope="session")
def hasty() -> Iterator[Server]:
    """Gives up after a second without progress."""
    with Server(FUNDUS_READ_TIMEOUT="1") as running:
        yield running


@pytest.fixture
def narrow() -> Iterator[Server]:
    """One thread, so that whatever holds a thread holds everybody up."""
    with Server(FUNDUS_WEB_THREADS="1") as running:
        yield running

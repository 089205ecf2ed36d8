import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.faults.frail import Frail
from tests.live.client import Client

# A status asked for ten times a second would bury what failed.
logging.getLogger("httpx").setLevel(logging.WARNING)


@pytest.fixture(scope="session")
def frail() -> Iterator[Frail]:
    """One running product for every test that leaves it in order again."""
    with Frail() as system:
        system.start()
        yield system


@pytest.fixture
def new_frail() -> Iterator[Callable[..., Frail]]:
    """Makes products of the test's own, ended after the test."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(Frail(*args, **options))


@pytest.fixture
def uploader(frail: Frail) -> Iterator[Client]:
    with Client(frail, "uploader") as client:
        yield client

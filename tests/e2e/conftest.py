"""What is expected in the browser may take its time on a busy machine; it is awaited, not timed."""

import pytest
from playwright.sync_api import expect

from tests.e2e.steps import PATIENCE
from tests.live.system import System

expect.set_options(timeout=PATIENCE)


@pytest.fixture(autouse=True)
def fresh_minute(system: System) -> None:
    """The tests are one person in a hurry, who would use up the look-ups of a minute."""
    system.rows("DELETE FROM accounts_lookupwindow")

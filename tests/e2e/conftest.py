"""What is expected in the browser may take its time on a busy machine; it is awaited, not timed."""

from playwright.sync_api import expect

from tests.e2e.steps import PATIENCE

expect.set_options(timeout=PATIENCE)

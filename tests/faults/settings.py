"""The product's settings, with the task behind every item exchanged for one that has accidents."""

from fundus.settings import *  # noqa: F403

JOBS_ITEM_TASK = "tests.faults.accidents.process_item"

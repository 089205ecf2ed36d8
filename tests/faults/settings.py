"""The product's settings, with tasks that have accidents."""

from fundus.settings import *  # noqa: F403

JOBS_ITEM_TASK = "tests.faults.accidents.process_item"
JOBS_EDIT_TASK = "tests.faults.accidents.render_edit"

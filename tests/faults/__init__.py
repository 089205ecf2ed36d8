"""Kills, hangs, outages and crowds, with the product's own processes."""

import pytest

pytest.register_assert_rewrite("tests.faults.frail")

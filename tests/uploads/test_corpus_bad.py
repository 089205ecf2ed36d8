"""Hostile, broken, odd and mis-named files, each with what is expected of it."""

import csv
import os
from pathlib import Path

import pytest

from tests.uploads.core import verdict

FOLDER = Path(os.environ["FUNDUS_TEST_DATA"]) / "bad"
with (FOLDER / "EXPECT.tsv").open(newline="") as table:
    ROWS = {row["file"]: row for row in csv.DictReader(table, delimiter="\t")}
ALLOWED = {
    "accept": {"accept"},
    "reject": {"corrupt", "wrong_type", "too_many_pixels"},
    "either": {"accept", "corrupt", "wrong_type", "too_many_pixels"},
}


@pytest.mark.parametrize("file", ROWS)
def test_each_file_meets_its_expectation(file: str) -> None:
    assert verdict((FOLDER / file).read_bytes()) in ALLOWED[ROWS[file]["expect"]]


@pytest.mark.parametrize("file", [f for f in ROWS if ROWS[f]["reason"].startswith("too large")])
def test_too_many_pixels_are_named_as_the_reason(file: str) -> None:
    assert verdict((FOLDER / file).read_bytes()) in {"too_many_pixels", "corrupt"}

"""How much a test does: little in `make test`, all of it in `make faults`."""

import os
from pathlib import Path

FULL = os.environ.get("FUNDUS_FULL_SIZES") == "1"


def size(short: int, full: int) -> int:
    """The number for this kind of run."""
    return full if FULL else short


def corpus(folder: str) -> Path:
    """A folder of the test files, for modules named `test_corpus*` (see `tests/conftest.py`)."""
    return Path(os.environ["FUNDUS_TEST_DATA"]) / folder

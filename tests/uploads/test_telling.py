"""Which file names look like a patient's data. The same table is tested in the browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from uploads.telling import FIRST_NAMES, NEUTRAL, neutral_name, reason

TABLE: dict[str, Any] = json.loads(Path(__file__).with_name("telling.json").read_text())


@pytest.mark.parametrize(("name", "why"), TABLE["told"].items())
def test_names_that_tell(name: str, why: str) -> None:
    assert reason(name) == why


@pytest.mark.parametrize("name", TABLE["silent"])
def test_names_that_tell_nothing(name: str) -> None:
    assert reason(name) is None


@pytest.mark.parametrize(("name", "n", "neutral"), TABLE["neutral"])
def test_neutral_names(name: str, n: int, neutral: str) -> None:
    assert neutral_name(name, n) == neutral
    assert reason(neutral) is None


def test_no_word_is_both() -> None:
    assert not NEUTRAL & FIRST_NAMES

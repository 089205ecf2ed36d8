"""The security officer's page names every requirement once, and tests that are there."""

from __future__ import annotations

import re

import pytest

from tests.fundus.test_static import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
# Requirements of levels 1 and 2 by section: so many, numbered from one. V10 and V17 do not apply.
ASKED = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5,
    "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2,
    "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4,
    "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2,
    "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1,
    "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
}  # fmt: skip
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| .+? \| (.+?) \| (.*?) \| (?:`(.+?)`)? *\|$", re.MULTILINE)
STATES = {"met", "part", "gap", "yours", "not applicable"}


def test_every_requirement_is_answered_once() -> None:
    wanted = [f"{section}.{n}" for section, most in ASKED.items() for n in range(1, most + 1)]
    assert [row[0] for row in ROW.findall(PAGE)] == wanted


def test_every_answer_is_one_of_a_few() -> None:
    assert {row[1] for row in ROW.findall(PAGE)} <= STATES


def test_what_is_not_simply_met_says_why() -> None:
    bare = [row[0] for row in ROW.findall(PAGE) if row[1] != "met" and not row[2]]
    assert bare == []


@pytest.mark.parametrize("test", sorted({row[3] for row in ROW.findall(PAGE) if row[3]}))
def test_proofs_are_there(test: str) -> None:
    assert (ROOT / "tests" / test).is_file()


@pytest.mark.parametrize("page", ["security.md", "operations.md"])
def test_places_in_the_code_are_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text()
    places = re.findall(r"`((?:accounts|uploads|jobs|fundus|docs|tests)/[\w./]+)`", text)
    assert [
        place
        for place in places
        if not any((base / place).exists() for base in (ROOT, ROOT / "tests"))
    ] == []

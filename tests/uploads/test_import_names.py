"""Names that look like patient data, in an imported folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.models import User
from jobs.models import JobItem
from tests import cast
from tests.uploads.test_import import bring, fill, folder

__all__ = ["folder"]


@pytest.fixture
def filled(folder: Path, alice: User) -> Path:
    fill(folder, cast.photo("Weber_Klaus_OD.jpg"), cast.photo("IMG_0042.jpg"))
    return folder


def names() -> set[str]:
    return set(JobItem.objects.values_list("filename", flat=True))


def test_they_are_counted_and_kept(filled: Path) -> None:
    assert "1 file names look like patient data: kept; --neutral-names" in bring(filled)
    assert names() == {"Weber_Klaus_OD.jpg", "IMG_0042.jpg"}


def test_they_are_replaced_if_one_says_so(filled: Path) -> None:
    assert "1 file names look like patient data: replaced." in bring(filled, "--neutral-names")
    assert names() == {"image-0001_OD.jpg", "IMG_0042.jpg"}

"""What a killed process leaves half written is collected after a day, and nothing else."""

import os
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings

from jobs import sweeper
from jobs.storage import PARTS, DurableFiles

DAYS = 24 * 3600.0


def left(file: Path, *, days: float) -> Path:
    """A file last written that many days ago."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"half of a pic")
    then = file.stat().st_mtime - days * DAYS
    os.utime(file, (then, then))
    return file


@pytest.mark.django_db
@pytest.mark.parametrize("folder", ["spool", f"media/{PARTS}"])
def test_half_written_files_go_after_a_day(settings: Settings, tmp_path: Path, folder: str) -> None:
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "jobs.storage.DurableFiles",
            "OPTIONS": {"location": tmp_path / "media"},
        },
    }
    old = left(tmp_path / folder / "a.part", days=1.1)
    fresh = left(tmp_path / folder / "b.part", days=0.9)
    other = left(tmp_path / folder / "c.jpg", days=9)
    assert sweeper.collect_leftovers()["parts"] == 1
    assert [file.exists() for file in (old, fresh, other)] == [False, True, True]


def test_a_stored_file_leaves_no_part_behind(tmp_path: Path) -> None:
    DurableFiles(location=tmp_path).save("originals/aa/eye.jpg", ContentFile(b"eye"))
    files = [file.relative_to(tmp_path) for file in tmp_path.rglob("*") if file.is_file()]
    assert files == [Path("originals/aa/eye.jpg")]

"""The import command beside a running worker, as an operator types it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests import cast
from tests.live.system import System

CHOICES = ("--camera", "Topcon TRC-NW400", "--disease", "DR", "--area", "OD")
STORED = """
    SELECT job.state, COUNT(*) FROM jobs_job job
    JOIN jobs_jobitem item ON item.job_id = job.id
    JOIN uploads_fundusimage image ON image.source_item_id = item.id
    WHERE job.id = (SELECT MAX(id) FROM jobs_job) GROUP BY job.state
"""


def bring(system: System, folder: Path) -> subprocess.CompletedProcess[str]:
    place = ("--as", "uploader", "--lab-unit", "North/Screening")
    return system.manage("import_images", str(folder), *place, *CHOICES, check=False)


def fill(folder: Path, number: int, first_seed: int) -> None:
    for n in range(number):
        photo = cast.photo(f"eye-{n:03}.jpg", seed=first_seed + n)
        (folder / photo.name).write_bytes(photo.data)


def test_command_and_worker_share_the_work_and_store_each_file_once(
    system: System, tmp_path: Path
) -> None:
    fill(tmp_path, 40, first_seed=700_000)
    done = bring(system, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "40 files chosen: 40 stored, 0 failed." in done.stdout
    assert system.rows(STORED) == [("done", 40)]


def test_failures_are_told_by_the_exit_code(system: System, tmp_path: Path) -> None:
    fill(tmp_path, 1, first_seed=800_000)
    (tmp_path / "notes.jpg").write_text("no picture")
    done = bring(system, tmp_path)
    assert done.returncode == 1
    assert "notes.jpg: Invalid file type: text/plain. Only JPG/PNG allowed." in done.stdout
    assert "2 files chosen: 1 stored, 1 failed." in done.stderr


def test_what_was_imported_verifies(system: System, tmp_path: Path) -> None:
    fill(tmp_path, 1, first_seed=900_000)
    bring(system, tmp_path)
    done = system.manage("verify_uploads", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 missing, 0 altered, 0 orphaned." in done.stdout

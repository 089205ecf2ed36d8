"""A running product whose files can have accidents, and what must be true of it afterwards."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from jobs.storage import PARTS
from tests.faults import accidents
from tests.live.client import Client
from tests.live.s3 import stored_keys
from tests.live.sizes import FULL, size
from tests.live.system import System
from tests.live.waiting import wait_until

PATIENCE = size(120, 500)  # seconds until everything must have come right again
# Full sizes run with the product's own times.
SHORT_TIMES = {
    "FUNDUS_TASK_TIMEOUT": "3",
    "FUNDUS_TASK_RETRY": "60",
    "FUNDUS_LEASE_SECONDS": "9",
    "FUNDUS_SWEEP_SECONDS": "0.5",
    "FUNDUS_PICKUP_SECONDS": "3",
    "FUNDUS_CANARY_SECONDS": "0.5",
    "FUNDUS_STALL_SECONDS": "8",
    "FUNDUS_STOP_GRACE_SECONDS": "6",
}
# For items that are held until the test lets go of them.
LONG_TASKS = {
    "FUNDUS_TASK_TIMEOUT": "60",
    "FUNDUS_TASK_RETRY": "300",
    "FUNDUS_LEASE_SECONDS": "75",
}


class Frail(System):
    """A system in which a file's name may ask for an accident."""

    def __init__(self, env: Mapping[str, str] | None = None, *, workers: int = 2) -> None:
        short = {} if FULL else SHORT_TIMES
        own = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings", **short, **dict(env or {})}
        super().__init__(own, workers=workers)
        self.folder = self.home / "faults"
        self.folder.mkdir()
        self.env[accidents.FOLDER] = str(self.folder)

    def let_go(self) -> None:
        """End every hold, also those to come."""
        (self.folder / "go").touch()

    def reached(self, job_id: str, n: int = 0) -> list[int]:
        """The process ids of the workers in which an item came to its accident."""
        return accidents.reached(self.folder, self.items(job_id)[n]["id"])

    def items(self, job_id: str) -> list[dict[str, Any]]:
        """The rows of a job's items."""
        names = ("id", "n", "state", "code", "attempts", "image_id")
        rows = self.rows(
            f"SELECT {', '.join(f'item.{name}' for name in names)} FROM jobs_jobitem item"
            " JOIN jobs_job job ON job.id = item.job_id WHERE job.token = %s ORDER BY item.n",
            job_id if "DATABASE_URL" in self.env else job_id.replace("-", ""),
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def await_heartbeat(self) -> None:
        """Wait until the cluster has acknowledged something from now on."""

        def beats() -> set[tuple[Any, ...]]:
            return set(self.rows("SELECT host, at FROM jobs_heartbeat"))

        before = beats()
        wait_until(lambda: beats() - before, timeout=PATIENCE, what="a heartbeat")

    def family(self) -> dict[str, list[psutil.Process]]:
        """The cluster's processes by what they do: main, sentinel, idle, processing, …"""
        if self.worker is None:
            return {}
        found: dict[str, list[psutil.Process]] = {}
        for pid, title in self.worker_titles().items():
            if title.startswith("qcluster"):
                process = psutil.Process(pid)
                found.setdefault(self._role(process, title.split()), []).append(process)
        return found

    def _role(self, process: psutil.Process, title: list[str]) -> str:
        if title[1] != "MainProcess":
            return title[2]
        assert self.worker is not None
        return "main" if process.ppid() == self.worker.pid else "sentinel"

    def complete_family(self) -> dict[str, list[psutil.Process]]:
        """The same, once the cluster is there and has nothing to do."""
        workers = int(self.env["WORKERS"])

        def settled() -> dict[str, list[psutil.Process]] | None:
            try:
                found = self.family()
            except psutil.NoSuchProcess:
                return None
            numbers = {role: len(members) for role, members in found.items()}
            single = dict.fromkeys(("main", "sentinel", "monitor", "pusher"), 1)
            return found if numbers == {**single, "idle": workers} else None

        return wait_until(settled, timeout=PATIENCE, what="the cluster is complete") or {}


def kill(*processes: psutil.Process | int) -> None:
    for process in processes:
        os.kill(process if isinstance(process, int) else process.pid, signal.SIGKILL)


def stored_files(system: System) -> set[str]:
    """The keys of every stored original and thumbnail, and of what else lies there.

    Without what a killed process left half written, which is collected a day later.
    """
    if "AWS_STORAGE_BUCKET_NAME" in system.env:
        endpoint = system.env["AWS_S3_ENDPOINT_URL"]
        keys = stored_keys(endpoint, system.env["AWS_STORAGE_BUCKET_NAME"])
        return {key.removeprefix("media/") for key in keys if key.startswith("media/")}
    below = _files_below(system.data_dir / "media")
    return {key for key in below if not key.startswith(PARTS)}


def _files_below(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def assert_sound(system: System) -> None:
    """Nothing lost, stored twice, left over or charged wrongly, now that all work is done."""
    states = Counter(row[0] for row in system.rows("SELECT state FROM jobs_jobitem"))
    assert not set(states) & {"queued", "processing"}, states
    images = system.rows(
        "SELECT original, thumbnail, edited, edited_thumbnail, source_item_id"
        " FROM uploads_fundusimage"
    )
    completed = system.rows("SELECT id FROM jobs_jobitem WHERE state = 'completed'")
    assert sorted(row[4] for row in images) == sorted(row[0] for row in completed)
    assert stored_files(system) == {key for row in images for key in row[:4] if key}
    assert_quota_adds_up(system)
    assert_counts_add_up(system)


def assert_counts_add_up(system: System) -> None:
    """What lists count is what there is."""
    wrong = system.rows(
        "SELECT tally.id FROM uploads_imagetally tally WHERE tally.count <>"
        " (SELECT COUNT(*) FROM uploads_fundusimage image WHERE image.tally_id = tally.id)"
        " UNION ALL SELECT total.id FROM uploads_imagetotal total WHERE total.count <>"
        " (SELECT SUM(tally.count) FROM uploads_imagetally tally WHERE tally.total_id = total.id)"
    )
    assert wrong == []


def assert_quota_adds_up(system: System) -> None:
    """Each person's count is that of their images and of the files still awaited."""
    charged = system.rows(
        "SELECT person.username, person.file_upload_count, person.file_upload_held,"
        " (SELECT COUNT(*) FROM uploads_fundusimage image WHERE image.uploaded_by_id = person.id),"
        " (SELECT COUNT(*) FROM jobs_jobitem item JOIN jobs_job job ON job.id = item.job_id"
        " WHERE job.uploader_id = person.id AND item.state = 'awaiting') FROM accounts_user person"
    )
    wrong = [row for row in charged if row[1] != row[3] + row[4] or row[2] != row[4]]
    assert wrong == []


def in_order(client: Client, job_id: str) -> dict[str, Any]:
    """The status of a job once it has ended, and the system was found sound."""
    status = client.wait(job_id, timeout=PATIENCE)
    assert_sound(client.system)
    return status

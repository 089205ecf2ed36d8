"""Bringing in a folder from this machine, by the same rules as through the browser."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path

from django.core.management.base import CommandError, OutputWrapper

from accounts.models import User
from accounts.progress import Progress
from jobs import sweeper
from jobs.codes import Code, sentence
from jobs.models import Job, JobItem
from jobs.states import ItemState
from jobs.storage import StorageAway
from uploads import intake, limits
from uploads.folders import Entry, Unreadable, chunks, entries
from uploads.intake import Choices, Incoming, Order
from uploads.spool import Spool
from uploads.tasks import process_item
from uploads.telling import neutral_name, reason

POLL_EVERY = 1.0  # seconds
POLLS_BEFORE_SAYING_SO = 10


@dataclass(slots=True)
class Tally:
    """What became of the files: chosen = completed + failed, unless it was `stopped`."""

    chosen: int
    completed: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)  # name and reason
    stopped: str = ""
    telling: int = 0  # names that look like patient data

    def __str__(self) -> str:
        told = f"{self.chosen} files chosen: {self.completed} stored, {len(self.failed)} failed."
        if not self.stopped:
            return told
        left = self.chosen - self.completed - len(self.failed)
        return f"{told} {self.stopped}: {left} left; the worker goes on with those sent."


def import_folder(
    folder: Path, user: User, choices: Choices, out: OutputWrapper, *, neutral: bool = False
) -> Tally:
    """Import every file below `folder`, `neutral`: without names that look like patient data.

    Raises CommandError where there is none.
    """
    if not folder.is_dir():
        raise CommandError(f"{folder} is not a folder.")
    files = list(entries(folder.resolve()))
    if not files:
        raise CommandError(f"There are no files in {folder}.")
    tally, progress = Tally(chosen=len(files)), Progress(out, len(files))
    try:
        Import(user, choices, progress, tally, neutral).run(files)
    except StorageAway:
        tally.stopped = sentence(Code.STORAGE_UNAVAILABLE)
    except KeyboardInterrupt:
        tally.stopped = "Interrupted"
    progress.end()
    return tally


@dataclass(frozen=True, slots=True)
class Import:
    """Files for one user under one set of choices."""

    user: User
    choices: Choices
    progress: Progress
    tally: Tally
    neutral: bool = False
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run(self, files: Iterable[Entry]) -> None:
        """Import `files`, in jobs of as many as one may have. Raises StorageAway."""
        waiting = iter(files)
        while batch := list(islice(waiting, limits.current().max_files)):
            self._import(batch)

    def _import(self, batch: list[Entry]) -> None:
        token = uuid.uuid4()
        sent = list(self._staged(token, batch))
        files = [file for _entry, file in sent]
        if not files:
            return
        order = Order(user=self.user, choices=self.choices, files=files, token=token)
        job = intake.open_staged(order)
        self.progress.say(f"Job {job.token}: {len(files)} files")
        try:
            self._work(job)
        finally:
            self._count(job, [entry.name for entry, _file in sent])

    def _count(self, job: Job, names: list[str]) -> None:
        for item in job.items.order_by("n"):
            if item.state == ItemState.COMPLETED:
                self.tally.completed += 1
            elif item.state == ItemState.ERROR:
                self.tally.failed.append((names[item.n], item.detail))

    def _staged(self, token: uuid.UUID, batch: list[Entry]) -> list[tuple[Entry, Incoming]]:
        """The batch in staging, but for what cannot be read or has no place in the quota."""
        staged: list[tuple[Entry, Incoming]] = []
        room = User.objects.get(pk=self.user.pk).quota_left
        try:
            for entry in batch:
                if entry.hindrance or not room:
                    self._fail(entry, entry.hindrance or sentence(Code.QUOTA))
                    continue
                try:
                    staged.append((entry, stage(entry, token, len(staged), self._name(entry))))
                except Unreadable as why:
                    self._fail(entry, str(why))
        except BaseException:
            intake.discard([file for _entry, file in staged])
            raise
        return staged

    def _name(self, entry: Entry) -> str:
        name = entry.path.name
        if not reason(name):
            return name
        self.tally.telling += 1
        return neutral_name(name, next(self.numbers)) if self.neutral else name

    def _fail(self, entry: Entry, reason: str) -> None:
        self.tally.failed.append((entry.name, reason))
        self.progress.step()

    def _work(self, job: Job) -> None:
        """Process the items here, beside any worker, until none is open."""
        ended, polls = 0, 0
        while True:
            for pk in _open(job):
                process_item(pk)
                ended = self._tell(job, ended)
            left = len(_open(job))
            ended = self._tell(job, ended)
            if not left:
                return
            polls += 1
            if polls == POLLS_BEFORE_SAYING_SO:
                self.progress.say(f"Waiting for {left}: a worker has them or the storage is away.")
            time.sleep(POLL_EVERY)
            sweeper.sweep()

    def _tell(self, job: Job, told: int) -> int:
        ended = job.items.filter(state__in=ItemState.final()).count()
        self.progress.step(ended - told)
        return ended


def stage(entry: Entry, token: uuid.UUID, n: int, name: str) -> Incoming:
    """The file's bytes in staging, unless there are too many of them. Raises Unreadable."""
    largest = limits.current().max_file_bytes
    with Spool() as spool:
        for chunk in chunks(entry.path):
            if spool.size + len(chunk) > largest:
                return Incoming(name, _size(entry), "", code=Code.TOO_LARGE)
            spool.write(chunk)
        key = spool.stage(token, n) if spool.size else ""
        return Incoming(name, spool.size, spool.md5, spool.sha256, key)


def _size(entry: Entry) -> int:
    return entry.path.lstat().st_size


def _open(job: Job) -> list[int]:
    return list(JobItem.objects.open().filter(job=job).order_by("n").values_list("pk", flat=True))

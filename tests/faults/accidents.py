"""The task behind every item, with accidents: what happens to a file's worker is in its name.

`die@storedx1-eye.jpg`: the worker is killed, at the point “stored”, in the first attempt. Without
a number, in every attempt. This module runs inside the product's workers.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from jobs import lifecycle
from jobs.models import JobItem
from uploads import ingest, tasks
from uploads.edits import rendering
from uploads.models import ImageEdit

FOLDER = "FUNDUS_FAULTS_FOLDER"
POINTS = ("claimed", "stored", "written", "committed", "finished")
_NAME = re.compile(r"(?P<what>die|hang|hold|drain)@(?P<point>[a-z]+)(?:x(?P<times>\d+))?-")


def named(what: str, point: str, times: int | None = None, rest: str = "eye.jpg") -> str:
    """The name of a file with an accident."""
    assert point in POINTS
    return f"{what}@{point}{'' if times is None else f'x{times}'}-{rest}"


def process_item(item_id: int) -> None:
    accident = Accident(item_id)
    with ExitStack() as patches:
        for change in (
            patch.object(ingest, "ingest", accident.around(ingest.ingest, "claimed", "committed")),
            patch.object(ingest, "store", accident.around(ingest.store, "", "stored")),
            patch.object(lifecycle, "complete", accident.around(lifecycle.complete, "", "written")),
        ):
            patches.enter_context(change)
        tasks.process_item(item_id)
    accident.at("finished")


EDIT_POINTS = ("rendered", "stored", "committed")
EDIT_ACCIDENT = "edit-accident"  # a file that holds the point at which first attempts die


def render_edit(edit_id: int) -> None:
    fatal = Path(os.environ[FOLDER], EDIT_ACCIDENT)
    point = fatal.read_text() if fatal.exists() else ""

    def die_at(reached: str) -> None:
        first = ImageEdit.objects.filter(pk=edit_id, attempts=1).exists()
        if reached == point and first:
            os.kill(os.getpid(), signal.SIGKILL)

    def show(*args: Any) -> None:
        die_at("stored")
        before(*args)
        die_at("committed")

    def rendered(*args: Any) -> Any:
        result = render(*args)
        die_at("rendered")
        return result

    before, render = rendering._show, rendering._rendered
    with (
        patch.object(rendering, "_show", show),
        patch.object(rendering, "_rendered", rendered),
    ):
        tasks.render_edit(edit_id)


class Accident:
    """What befalls one item; `at` is called with the name of each point that is reached."""

    def __init__(self, item_id: int) -> None:
        self.item_id = item_id
        self.folder = Path(os.environ[FOLDER])
        item = JobItem.objects.filter(pk=item_id).first()
        self.plan = _NAME.match(item.filename) if item else None

    def around(self, function: Callable[..., Any], before: str, after: str) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:
            self.at(before)
            result = function(*args, **options)
            self.at(after)
            return result

        return wrapped

    def at(self, point: str) -> None:
        if not self.plan or self.plan["point"] != point:
            return
        happened = self._count()
        if self.plan["times"] is None or happened <= int(self.plan["times"]):
            getattr(self, f"_{self.plan['what']}")()

    def _count(self) -> int:
        """Note that the item got here; how many times it has by now."""
        with (self.folder / f"reached-{self.item_id}").open("a") as notes:
            notes.write(f"{os.getpid()}\n")
        return len(reached(self.folder, self.item_id))

    def _die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def _hang(self) -> None:
        """In C, where no signal handler of Python's runs."""
        hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)

    def _hold(self) -> None:
        """Until the test lets go."""
        while not (self.folder / "go").exists():
            time.sleep(0.01)

    def _drain(self) -> None:
        """Ask for more memory than a worker may have."""
        bytearray(8 * 1024**3)


def reached(folder: Path, item_id: int) -> list[int]:
    """The process ids of the workers in which an item came to its accident."""
    notes = folder / f"reached-{item_id}"
    return [int(line) for line in notes.read_text().split()] if notes.exists() else []

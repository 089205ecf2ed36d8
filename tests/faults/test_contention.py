"""Several processes write at once: on SQLite each waits for its turn, and none fails."""

import re
import subprocess
import sys
from collections.abc import Callable

from fundus.commands import ROOT
from tests.faults.frail import PATIENCE, Frail, assert_sound
from tests.live.sizes import size
from tests.live.waiting import wait_until

WRITERS = 4
JOBS, FILES = size(5, 50), 5


def start_writer(system: Frail, number: int) -> "subprocess.Popen[str]":
    sizes = (str(number * 100_000), str(JOBS), str(FILES))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.writer", *sizes],
        cwd=ROOT,
        env=system.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_writers_and_workers_wait_for_each_other(new_frail: Callable[..., Frail]) -> None:
    system = new_frail().start(web=False)
    writers = [start_writer(system, number) for number in range(WRITERS)]
    said = "".join(writer.communicate(timeout=PATIENCE)[0] for writer in writers)
    assert [writer.returncode for writer in writers] == [0] * WRITERS, said
    stored = "SELECT COUNT(*) FROM uploads_fundusimage"
    expected = WRITERS * JOBS * FILES
    wait_until(lambda: system.rows(stored)[0][0] == expected, timeout=PATIENCE, what="all stored")
    assert not re.search("locked|SQLITE_BUSY|SQLITE_LOCKED", said + system.log_text())
    assert_sound(system)

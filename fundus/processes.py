"""Keep a tree of processes together, so that none of it outlives its root.

Linux can do this reliably (death signals, adoption of orphans); elsewhere the calls do nothing
and only the walk through the children remains.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psutil

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _prctl(option: int, value: int) -> None:
    if _LIBC is not None and _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl refused")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, so that it can be found."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def follow_parent(parent: int, number: int = signal.SIGTERM) -> None:
    """Receive the signal when the parent dies, also when it died before this call."""
    _prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def spawn(
    command: Sequence[str | Path], *, death_signal: int = signal.SIGTERM, **options: Any
) -> subprocess.Popen[bytes]:
    """Start a process that gets `death_signal` when this one dies; options as for Popen."""
    follow = partial(follow_parent, os.getpid(), death_signal)
    # The call before exec takes no lock and allocates little, so threads do not endanger it.
    return subprocess.Popen(command, preexec_fn=follow, **options)  # noqa: PLW1509


def alive(pid: int) -> bool:
    """Is there a process that can still run? A dead one that nobody has reaped yet is not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def descendants(pid: int) -> list[psutil.Process]:
    """Everything below the process, whatever session or process group it moved to."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def kill_all(processes: Iterable[psutil.Process]) -> None:
    """SIGKILL each process and all below it, again until nothing new has appeared."""
    left = list(processes)
    while left:
        below = [child for process in left for child in descendants(process.pid)]
        for process in {*left, *below}:
            _kill(process)
        psutil.wait_procs(left, timeout=5)
        left = [child for child in below if child not in left and alive(child.pid)]


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return

"""Death signals and the adoption of orphans, with nothing but the standard library.

Elsewhere than on Linux the calls do nothing.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

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
) -> "subprocess.Popen[bytes]":
    """Start a process that gets `death_signal` when this one dies; options as for Popen.

    Call it from a thread that stays: for the kernel, the thread that starts it is the parent.
    """
    follow = partial(follow_parent, os.getpid(), death_signal)
    # The call before exec takes no lock and allocates little, so threads do not endanger it.
    return subprocess.Popen(command, preexec_fn=follow, **options)  # noqa: PLW1509


def caught_signals(pid: int) -> int:
    """The set of signals a process has handlers for, as a bit mask; 0 where that is unknown."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("SigCgt:")]
    return int(lines[0].split()[1], 16) if lines else 0


def catches(mask: int, number: int) -> bool:
    return bool(mask >> (number - 1) & 1)

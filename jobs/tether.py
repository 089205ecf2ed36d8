"""Ties of a process: to the one that started it, and to an amount of memory.

Nothing but the standard library, since processes without settings are tied as well. Elsewhere
than on Linux the death signal is left out.
"""

import ctypes
import os
import resource
import signal
import sys

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with(parent: int) -> None:
    """Be killed when the parent dies, also when it died before this call."""
    if _LIBC is None:
        return
    _LIBC.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def hold_within(memory: int | None) -> None:
    """No more address space than so many bytes, if any are given, and no core file."""
    if memory is not None:
        _lower(resource.RLIMIT_AS, memory)
    # It would hold pictures and keys.
    _lower(resource.RLIMIT_CORE, 0)


def _lower(limit: int, wanted: int) -> None:
    _, most = resource.getrlimit(limit)
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(limit, (allowed, allowed))

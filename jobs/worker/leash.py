"""No process of the cluster outlives its parent, and no worker takes all of the memory.

A worker whose guard or supervisor was killed would go on without time-outs, beside its successor.
Elsewhere than on Linux the death signal is left out.
"""

import ctypes
import os
import resource
import signal
import sys

from django.conf import settings

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_parent = 0


def die_with(parent: int) -> None:
    """Be killed when the parent dies, also when it died before this call."""
    if _LIBC is None:
        return
    _LIBC.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def hold_family(supervisor: int) -> None:
    """Tie this process to its supervisor, and every process forked below to its own parent."""
    die_with(supervisor)
    os.register_at_fork(before=_remember_parent, after_in_child=_follow_parent)


def limit_worker(**_: object) -> None:
    """Receiver for new workers: a file that needs more memory fails, the machine stays."""
    _lower(resource.RLIMIT_AS, settings.JOBS_WORKER_MEMORY)
    # A core file would hold pictures and keys.
    _lower(resource.RLIMIT_CORE, 0)


def _lower(limit: int, wanted: int) -> None:
    _, most = resource.getrlimit(limit)
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(limit, (allowed, allowed))


def _remember_parent() -> None:
    global _parent
    _parent = os.getpid()


def _follow_parent() -> None:
    die_with(_parent)

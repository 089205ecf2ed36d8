"""No process of the cluster outlives its parent, and no worker takes all of the memory.

A worker whose guard or supervisor was killed would go on without time-outs, beside its successor.
"""

import os

from django.conf import settings

from jobs import tether

_parent = 0


def hold_family(supervisor: int) -> None:
    """Tie this process to its supervisor, and every process forked below to its own parent."""
    tether.die_with(supervisor)
    os.register_at_fork(before=_remember_parent, after_in_child=_follow_parent)


def limit_worker(**_: object) -> None:
    """Receiver for new workers: a file that needs more memory fails, the machine stays."""
    tether.hold_within(settings.JOBS_WORKER_MEMORY)


def _remember_parent() -> None:
    global _parent
    _parent = os.getpid()


def _follow_parent() -> None:
    tether.die_with(_parent)

"""Which `runworker` a process belongs to; its children learn it from the environment."""

import os
import socket

VARIABLE = "FUNDUS_WORKER"


def new_name() -> str:
    """A name for the `runworker` that calls this: `host/pid`."""
    return f"{socket.gethostname()[:100]}/{os.getpid()}"


def name() -> str:
    """The name of the `runworker` above this process; where there is none, the host's."""
    return os.environ.get(VARIABLE) or socket.gethostname()[:120]


def supervisor_pid() -> int | None:
    """The process id of the `runworker` above this process."""
    pid = os.environ.get(VARIABLE, "").rpartition("/")[2]
    return int(pid) if pid else None

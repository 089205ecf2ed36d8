"""Processes of our own that each do one thing with one picture, and end.

They see no environment, so neither keys nor passwords, and end with the process that started
them. What they have to say they say in marked lines: whatever else is on their standard error,
such as a traceback or a library's words, may quote the picture and is dropped.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Final, NoReturn

from jobs.tether import die_with, hold_within

log = logging.getLogger(__name__)
ROOT: Final = Path(__file__).resolve().parent.parent.parent
# numpy's own threads reserve address space by the number of processors.
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1"}
_MARK: Final = "told: "
_FAILED: Final = 1
_LACKS_MEMORY: Final = 3  # Python itself ends with 1, 2 or 120


class Failed(subprocess.SubprocessError):
    """A process ended without a result. The text says why and quotes nothing of the picture."""


def run(
    module: str,
    *arguments: object,
    data: bytes,
    out: IO[bytes] | int = subprocess.PIPE,
    memory: int | None = None,
    patience: float | None = None,
) -> bytes:
    """What the module writes when it is given `data` to read, unless that goes to the file `out`.

    `memory` is an amount of address space in bytes, `patience` a time in seconds. Raises Failed,
    TimeoutExpired, and MemoryError for a process that lacked memory or was killed.
    """
    numbers = os.getpid(), memory or 0
    command = [sys.executable, "-m", module, *map(str, (*numbers, *arguments))]
    done = subprocess.run(
        command,
        input=data,
        stdout=out,
        stderr=subprocess.PIPE,
        check=False,
        cwd=ROOT,
        env=_ENVIRONMENT,
        timeout=patience,
    )
    told, code, name = _told(done.stderr), done.returncode, module.rpartition(".")[2]
    if code < 0 or code == _LACKS_MEMORY:
        # By the kernel as a rule, for the memory of the whole machine: to do the same work here
        # would take more of it.
        reason = f"killed by signal {-code}" if code < 0 else "no memory"
        log.warning("%s ended early: %s", name, "; ".join([*told, reason]))
        raise MemoryError(reason)
    if code:
        raise Failed("; ".join(told) or f"{name} ended with code {code}")
    for line in told:
        log.warning("%s: %s", name, line)
    return done.stdout or b""


def _told(lines: bytes) -> list[str]:
    found = lines.decode("ascii", "replace").splitlines()
    return [line.removeprefix(_MARK) for line in found if line.startswith(_MARK)]


# In the process


def begin(parent: str, memory: str) -> None:
    """Be tied to the parent, held within its limit, and brief about what fails from here on."""
    die_with(int(parent))
    hold_within(int(memory) or None)
    sys.excepthook = _give_up
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(_MARK + "%(message)s"))
    logging.getLogger("uploads").addHandler(handler)


def end(reason: str, *, lacks_memory: bool = False) -> NoReturn:
    """Without a result, at once: neither buffers nor libraries get to do anything more."""
    try:
        os.write(sys.stderr.fileno(), f"{_MARK}{reason}\n".encode("ascii", "replace"))
    finally:
        os._exit(_LACKS_MEMORY if lacks_memory else _FAILED)


def described(error: BaseException) -> str:
    """The kind of error and the system's words for it, without the values that it quotes."""
    reason = getattr(error, "strerror", None)
    return f"{type(error).__name__} ({reason})" if reason else type(error).__name__


def _give_up(
    kind: type[BaseException], error: BaseException, _where: TracebackType | None
) -> NoReturn:
    end(described(error), lacks_memory=issubclass(kind, MemoryError))

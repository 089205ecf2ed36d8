"""The client's connection, and what a request holds while it waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

from django.db import connections
from django.http import HttpRequest


@runtime_checkable
class Line(Protocol):
    """What the web worker lays into the request under `gunicorn.socket`.

    Reading raises TimeoutError after the worker's time without progress, and at `deadline`
    (monotonic seconds) whatever progress there is; `stalled` is true from then on.
    """

    deadline: float | None
    stalled: bool

    def close_after_answer(self) -> None: ...


def line_of(request: HttpRequest) -> Line | None:
    line = request.META.get("gunicorn.socket")
    return line if isinstance(line, Line) else None


def close_connection(request: HttpRequest) -> None:
    """Let the answer go out with `Connection: close`, and nothing be read after it."""
    line = line_of(request)
    if line is not None:
        line.close_after_answer()


def has_stalled(request: HttpRequest) -> bool:
    line = line_of(request)
    return line is not None and line.stalled


@contextmanager
def reading_ends(request: HttpRequest, *, seconds: float) -> Iterator[float]:
    """Reading inside raises TimeoutError from the yielded moment (monotonic seconds) on."""
    end = time.monotonic() + seconds
    line = line_of(request)
    if line is not None:
        line.deadline = end
    try:
        yield end
    finally:
        if line is not None:
            line.deadline = None


def release_database() -> None:
    """Hold no database connection while a slow line delivers: there are more lines than those."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()

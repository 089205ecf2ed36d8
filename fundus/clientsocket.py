"""A client's connection that is waited for with patience, but not for ever."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SEND_PIECE = 64 * 1024  # bytes


class ClientSocket(socket.socket):
    """Blocking calls end in TimeoutError after `patience` seconds without progress.

    `uploads.wire` finds it in the request and may set a `deadline` (monotonic seconds) for
    reading. `stalled` tells that reading or writing once ran out of time.
    """

    def __init__(self, accepted: socket.socket, patience: float) -> None:
        kind = accepted.family, accepted.type, accepted.proto
        super().__init__(*kind, fileno=accepted.detach())
        self.patience = patience
        self.stalled = False
        self._deadline: float | None = None
        self._request: Any = None

    def serve(self, request: Any) -> None:
        """Begin with the next request of the connection, as gunicorn has parsed it."""
        self._request = request
        self.deadline = None

    def close_after_answer(self) -> None:
        self._request.force_close()

    @property
    def deadline(self) -> float | None:
        return self._deadline

    @deadline.setter
    def deadline(self, moment: float | None) -> None:
        self._deadline = moment
        self.settimeout(self.patience)

    def setblocking(self, flag: bool) -> None:
        self.settimeout(self.patience if flag else 0)

    def recv(self, size: int, flags: int = 0) -> bytes:
        with self._noting_stalls():
            if self._deadline is not None:
                self.settimeout(min(self.patience, self._time_left(self._deadline)))
            return super().recv(size, flags)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """In pieces: Python's own time-out is for the whole, however large and well under way."""
        view = memoryview(data)
        with self._noting_stalls():
            for start in range(0, len(view), SEND_PIECE):
                super().sendall(view[start : start + SEND_PIECE], flags)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        with self._noting_stalls():
            return super().sendfile(file, offset, count)

    @contextmanager
    def _noting_stalls(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            self.stalled = True
            raise

    def _time_left(self, deadline: float) -> float:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline for reading has passed")
        return left

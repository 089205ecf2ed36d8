"""Something that begins in the middle of somebody else's transaction."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

from django.db import connection

from tests.live.waiting import wait_until

# What SQLite lets one connection do at a time; reading is none of it.
WRITES = ("BEGIN", "INSERT", "UPDATE", "DELETE", "REPLACE")


class Other:
    """What is done by somebody else, in a thread and on a connection of its own.

    `begin` it while a transaction is open: it returns once the other cannot go on before that
    transaction ends, or has been let through. `result` waits for its end.
    """

    def __init__(self, act: Callable[[], Any]) -> None:
        self._act = act
        self._pool = ThreadPoolExecutor(1)
        self._connected = Event()
        self._writes = Event()
        self._backend = 0
        self._done: Future[Any] | None = None

    def begin(self) -> None:
        assert connection.in_atomic_block
        assert self._done is None
        self._done = self._pool.submit(self._run)
        wait_until(lambda: self._ended() or self._waits(), what="the other waits or ends")

    def result(self) -> Any:
        """What it returned; raises what it raised."""
        assert self._done is not None
        found = self._done.result(30)
        self._pool.shutdown()
        return found

    def _run(self) -> Any:
        try:
            connection.ensure_connection()
            if connection.vendor == "postgresql":
                self._backend = connection.connection.info.backend_pid
            self._connected.set()
            with connection.execute_wrapper(self._watch):
                return self._act()
        finally:
            connection.close()

    def _watch(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith(WRITES):
            self._writes.set()
        try:
            return execute(sql, *rest)
        finally:
            self._writes.clear()

    def _ended(self) -> bool:
        return self._done is not None and self._done.done()

    def _waits(self) -> bool:
        if not self._connected.is_set():
            return False
        if connection.vendor != "postgresql":
            return self._writes.is_set()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid() = ANY(pg_blocking_pids(%s))", [self._backend])
            return bool(cursor.fetchone()[0])

"""Who is served next where work is dear: few at once, the newest wish of each, none for long."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from threading import Condition


class Busy(Exception):
    """No turn came in time, too many wait already, or a newer wish has overtaken this one."""


class Turns:
    """At most `places` at work and `waiting` in line, each for at most `patience` seconds."""

    def __init__(self, *, places: int, waiting: int, patience: float) -> None:
        self._free, self._most, self._patience = places, waiting, patience
        self._waiting = 0
        self._newest: dict[Hashable, object] = {}
        self._changed = Condition()

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return self._waiting

    @contextmanager
    def turn(self, wish: Hashable) -> Iterator[None]:
        """The work goes on inside. Of those who wait with an equal `wish`, only the newest gets a
        turn: whoever sends it has given up the others. Raises Busy.
        """
        self._take(wish)
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def _take(self, wish: Hashable) -> None:
        mine = object()
        with self._changed:
            if not self._free and self._waiting >= self._most and wish not in self._newest:
                raise Busy
            self._newest[wish] = mine
            self._waiting += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(
                    lambda: self._free or self._newest.get(wish) is not mine, self._patience
                )
                is_mine = self._newest.get(wish) is mine
                if not (is_mine and self._free):
                    raise Busy
                self._free -= 1
            finally:
                self._waiting -= 1
                if self._newest.get(wish) is mine:
                    del self._newest[wish]

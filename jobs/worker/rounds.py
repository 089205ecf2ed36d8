"""What recurs, each at its own interval, in a thread of its own: a database or a storage that
hangs must keep the supervisor neither from watching the processes nor from stopping.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from botocore.exceptions import BotoCoreError, ClientError
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from redis.exceptions import RedisError

from accounts import origin

log = logging.getLogger(__name__)

TICK = 0.1  # seconds
AWAY = (DatabaseError, InterfaceError, OSError, BotoCoreError, ClientError, RedisError)


@dataclass(slots=True)
class Duty:
    """`act` is called every `every`, the first time `first` after the start."""

    name: str
    act: Callable[[], object]
    every: timedelta
    first: timedelta = timedelta()
    due_at: float = 0
    away: str = ""

    def do_if_due(self) -> None:
        """Whatever goes wrong is logged and left to the next turn."""
        if time.monotonic() < self.due_at:
            return
        try:
            close_old_connections()
            self.act()
        except AWAY as trouble:
            self._note(type(trouble).__name__)
            connection.close()
        except Exception:
            log.exception("%s failed", self.name)
            connection.close()
        else:
            self._note("")
        self.due_at = time.monotonic() + self.every.total_seconds()

    def _note(self, away: str) -> None:
        """One line when something goes away, and one when it is back. No message: that may name
        files.
        """
        if away and not self.away:
            log.warning("%s: not possible now (%s)", self.name, away)
        elif self.away and not away:
            log.info("%s: possible again", self.name)
        self.away = away


class Rounds(threading.Thread):
    def __init__(self, name: str, duties: Sequence[Duty]) -> None:
        # A daemon: a duty that hangs must not keep the process from ending.
        super().__init__(name=name, daemon=True)
        self.duties = duties
        self._wanted = True

    def run(self) -> None:
        with origin.acting(origin.Origin(actor_name="worker")):
            self._go_round()

    def _go_round(self) -> None:
        for duty in self.duties:
            duty.due_at = time.monotonic() + duty.first.total_seconds()
        while self._wanted:
            for duty in self.duties:
                duty.do_if_due()
            time.sleep(TICK)
        connection.close()

    def end(self, patience: float) -> None:
        """No further duty; wait for the present one, in seconds."""
        self._wanted = False
        self.join(patience)

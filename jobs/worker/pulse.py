"""Whether the cluster gets anything done.

Killed at the wrong moment, an idle process of django-q2 leaves the others waiting for a lock for
ever, healthy to look at. So every finished task leaves a time stamp in the database, a canary
makes sure that there are tasks, and whoever falls silent while tasks wait is replaced.
"""

import logging
import time

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models.functions import Now
from django_q.brokers import Broker, get_broker
from django_q.tasks import async_task

from jobs.models import Heartbeat
from jobs.worker import identity

log = logging.getLogger(__name__)

CANARY = "jobs.worker.pulse.sing"
# Other hosts may take a canary; that they take this many of ours and of theirs is no chance.
CANARIES_MISSED = 20

_stamp_again_at = 0.0


def sing() -> None:
    """The canary: a task that does nothing."""


def stamp(**_: object) -> None:
    """Receiver for finished tasks: leave a time stamp, a few times for each canary at most."""
    global _stamp_again_at
    if time.monotonic() < _stamp_again_at:
        return
    _stamp_again_at = time.monotonic() + settings.JOBS_CANARY_EVERY.total_seconds() / 4
    try:
        Heartbeat.objects.bulk_create(
            [Heartbeat(host=identity.name(), at=Now())],
            update_conflicts=True,
            unique_fields=["host"],
            update_fields=["at"],
        )
    except (DatabaseError, InterfaceError) as trouble:
        log.warning("no heartbeat: database away (%s)", type(trouble).__name__)


def send_canary() -> None:
    """Unless tasks wait already: a cluster that is down must not find a flock of them."""
    if not get_broker().queue_size():
        async_task(CANARY)


class Pulse:
    """Judges one worker by its time stamps. All durations by this process's own clock."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._stamp: object = None
        self.start_anew()

    def start_anew(self) -> None:
        """Nothing is known yet, of a new cluster or after the database was away."""
        self._quiet_since = self._stamped_at = self._looked_at = time.monotonic()

    def look(self) -> None:
        """Read the stamp and the queue. What these raise leaves nothing to blame a cluster for."""
        try:
            stamp = Heartbeat.objects.filter(host=self.owner).values_list("at", flat=True).first()
            idle = _nothing_to_do(get_broker())
        except Exception:
            self.start_anew()
            raise
        if stamp != self._stamp or self._is_blind:
            self.start_anew()
        elif idle:
            self._quiet_since = time.monotonic()
        self._stamp = stamp
        self._looked_at = time.monotonic()

    @property
    def _is_blind(self) -> bool:
        """Has looking taken so long that the database must be at fault?"""
        return time.monotonic() - self._looked_at > settings.JOBS_STALL_AFTER.total_seconds() / 2

    @property
    def stalled(self) -> bool:
        """Tasks have waited at every look, and none was finished, for too long."""
        now = time.monotonic()
        unheard = CANARIES_MISSED * settings.JOBS_CANARY_EVERY.total_seconds()
        silent = now - self._quiet_since > settings.JOBS_STALL_AFTER.total_seconds()
        return not self._is_blind and (silent or now - self._stamped_at > unheard)


def _nothing_to_do(broker: Broker) -> bool:
    """Neither waiting nor handed out and not acknowledged; Redis knows only of those waiting."""
    return not broker.queue_size() and not broker.lock_size()

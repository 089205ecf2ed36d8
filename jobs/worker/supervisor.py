"""Watches over the cluster: replaces it when it ends or stalls, and ends it in order."""

import logging
import signal
import time
from datetime import timedelta
from types import FrameType

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from accounts.trail.sealing import Sealer
from jobs import lifecycle, sweeper
from jobs.models import Heartbeat
from jobs.worker import identity
from jobs.worker.cluster import Cluster
from jobs.worker.pulse import Pulse, send_canary
from jobs.worker.rounds import TICK, Duty, Rounds

log = logging.getLogger(__name__)

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a new start
HEALTHY_AFTER = 60.0  # seconds
FORGET_HEARTBEATS = timedelta(days=1)
# A turn does two seconds of the work that is due.
CHECK_EVERY, CHECK_FIRST = timedelta(seconds=10), timedelta(minutes=5)


class Supervisor:
    """`run` returns after SIGTERM or SIGINT; the cluster is gone then."""

    def __init__(self) -> None:
        self.name = identity.new_name()
        self.pulse = Pulse(self.name)
        self.cluster: Cluster | None = None
        self.pause = SHORTEST_PAUSE
        self.start_at = time.monotonic()
        self.asked_to_stop = False
        seal_every = settings.AUDIT_SEAL_EVERY
        verify = import_string(settings.JOBS_CHECK_TASK)
        self.rounds = [
            Rounds("care", self._frequent_duties()),
            # Walks through the storage: may take minutes, which must not hold up the others.
            Rounds("collection", self._rare_duties()),
            # Likewise: a storage that is away takes its time to say so.
            Rounds("removal", [Duty("removing files", _remove, settings.JOBS_SWEEP_EVERY)]),
            # Waits for open transactions.
            Rounds("sealing", [Duty("sealing the audit trail", Sealer(), seal_every, seal_every)]),
            Rounds("verification", [Duty("verifying files", verify, CHECK_EVERY, CHECK_FIRST)]),
        ]

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        for each in self.rounds:
            each.start()
        while not self.asked_to_stop:
            self._look_after_cluster()
            time.sleep(TICK)
        self._stop()

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True

    def _frequent_duties(self) -> list[Duty]:
        every = settings.JOBS_CANARY_EVERY
        return [
            Duty("looking at the queue", self.pulse.look, every / 10),
            Duty("sending a canary", send_canary, every),
            Duty("sweeping", _sweep, settings.JOBS_SWEEP_EVERY),
        ]

    def _rare_duties(self) -> list[Duty]:
        hour, soon = timedelta(hours=1), timedelta(minutes=1)
        return [
            Duty("collecting leftovers", _collect, hour, first=soon),
            Duty("forgetting heartbeats", _forget_heartbeats, hour, first=soon),
        ]

    def _look_after_cluster(self) -> None:
        cluster = self.cluster
        if cluster is None:
            if time.monotonic() >= self.start_at:
                self._start()
        elif ending := cluster.ended():
            self._replace(cluster, f"ended {ending}")
        elif self.pulse.stalled:
            self._replace(cluster, "has stalled: tasks wait and none is finished")
        elif cluster.age > HEALTHY_AFTER:
            self.pause = SHORTEST_PAUSE

    def _start(self) -> None:
        self.pulse.start_anew()
        self.cluster = Cluster(self.name)
        log.info("cluster %s started by %s", self.cluster.pid, self.name)

    def _replace(self, cluster: Cluster, why: str) -> None:
        log.error("cluster %s %s; a new one in %g s", cluster.pid, why, self.pause)
        cluster.kill()
        self.cluster = None
        self.start_at = time.monotonic() + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def _stop(self) -> None:
        if self.cluster is not None:
            self._stop_cluster(self.cluster)
        for each in self.rounds:
            each.end(patience=1)

    def _stop_cluster(self, cluster: Cluster) -> None:
        grace = settings.JOBS_STOP_GRACE.total_seconds()
        log.info("stopping cluster %s: its tasks have %g s to end", cluster.pid, grace)
        end = time.monotonic() + grace
        if not cluster.ended():
            cluster.ask_to_stop()
        while not (ending := cluster.ended()) and time.monotonic() < end:
            time.sleep(TICK)
        cluster.kill()
        log.info("cluster %s %s", cluster.pid, f"ended {ending}" if ending else "was killed")
        self._give_back()

    def _give_back(self) -> None:
        try:
            count = lifecycle.give_back(self.name)
        except (DatabaseError, InterfaceError) as trouble:
            log.warning("items cut off wait for their lease to end (%s)", type(trouble).__name__)
            return
        if count:
            log.info("%s items cut off are queued again", count)


def _sweep() -> None:
    _report("swept", sweeper.sweep())


def _collect() -> None:
    _report("collected", sweeper.collect_leftovers())


def _remove() -> None:
    _report("deleted files", sweeper.remove_deleted())


def _report(what: str, counts: dict[str, int]) -> None:
    done = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    if done:
        log.info("%s: %s", what, done)


def _forget_heartbeats() -> None:
    Heartbeat.objects.filter(at__lt=Now() - FORGET_HEARTBEATS).delete()

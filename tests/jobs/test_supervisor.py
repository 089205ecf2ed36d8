"""`runworker` without its cluster: restarts, recurring duties, and giving back what was cut off."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import psutil
import pytest
from django.db import OperationalError
from django_q.models import OrmQ

from accounts.models import LabUnit, User
from fundus.linux import adopt_orphans
from fundus.processes import alive
from jobs import lifecycle
from jobs.models import JobItem
from jobs.worker import cluster, identity, supervisor
from jobs.worker.rounds import Duty, Rounds
from jobs.worker.supervisor import Supervisor
from tests import cast
from tests.live.waiting import wait_until

NOW, HOUR = timedelta(), timedelta(hours=1)
# A process that has a child in its group, as `qcluster` has.
PARENT = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(child.pid, flush=True); time.sleep(600)"
)
Run = Callable[..., None]


@pytest.fixture
def run_instead(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Exchange `qcluster` for a few lines of Python."""

    def run_instead(code: str) -> None:
        monkeypatch.setattr(cluster, "_COMMAND", (sys.executable, "-c", code))

    return run_instead


# --- The cluster ---------------------------------------------------------------------------


def test_killing_the_cluster_spares_no_process(run_instead: Run) -> None:
    adopt_orphans()
    run_instead(PARENT)
    started = cluster.Cluster("here/1")
    main = psutil.Process(started.pid)
    (child,) = wait_until(main.children, what="the child")
    assert os.getpgid(child.pid) == started.pid != os.getpgid(0)
    started.kill()
    wait_until(lambda: not alive(child.pid), what="the child is gone")
    assert not alive(started.pid)


def test_the_cluster_is_told_its_supervisor(run_instead: Run) -> None:
    run_instead(f"import os, sys; sys.exit(os.environ['{identity.VARIABLE}'] != 'here/1')")
    started = cluster.Cluster("here/1")
    assert wait_until(started.ended) == "with exit code 0"
    started.kill()


def test_a_cluster_that_ends_is_started_again_ever_more_slowly(
    run_instead: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "SHORTEST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.04)
    run_instead("raise SystemExit(3)")
    ours = Supervisor()
    ours.pause = 0.01
    for _ in range(4):
        wait_until(partial(_one_end, ours, caplog), what="an end")
        caplog.clear()
    assert ours.pause == 0.04


def _one_end(ours: Supervisor, caplog: pytest.LogCaptureFixture) -> bool:
    ours._look_after_cluster()
    return "ended with exit code 3" in caplog.text


def test_a_healthy_minute_makes_up_for_earlier_ends(
    run_instead: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "HEALTHY_AFTER", 0)
    run_instead("import time; time.sleep(600)")
    ours = Supervisor()
    ours.pause = supervisor.LONGEST_PAUSE
    ours._look_after_cluster()
    ours._look_after_cluster()
    assert ours.pause == supervisor.SHORTEST_PAUSE
    assert ours.cluster is not None
    ours.cluster.kill()


# --- Duties --------------------------------------------------------------------------------


def failing(error: Exception) -> Duty:
    def act() -> None:
        raise error

    return Duty("sweeping", act, every=HOUR)


@pytest.mark.django_db
def test_a_duty_waits_for_its_interval() -> None:
    done: list[int] = []
    duty = Duty("counting", lambda: done.append(1), every=HOUR)
    duty.do_if_due()
    duty.do_if_due()
    assert done == [1]


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("secret.jpg"), OSError(28, "full")])
def test_what_is_away_takes_one_line(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    duty = failing(error)
    for _ in range(3):
        duty.due_at = 0
        duty.do_if_due()
    [record] = caplog.records
    assert record.getMessage() == f"sweeping: not possible now ({type(error).__name__})"
    assert record.exc_info is None


@pytest.mark.django_db
def test_what_is_back_takes_another_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    duty = Duty("sweeping", lambda: None, every=NOW, away="OperationalError")
    duty.do_if_due()
    duty.do_if_due()
    assert [record.getMessage() for record in caplog.records] == ["sweeping: possible again"]


@pytest.mark.django_db
def test_a_fault_of_ours_is_logged_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    duty = failing(ValueError("oops"))
    duty.do_if_due()
    assert caplog.records[0].levelno == logging.ERROR
    assert caplog.records[0].exc_info
    assert duty.due_at > time.monotonic()


def test_a_duty_that_hangs_does_not_keep_the_rounds_from_ending() -> None:
    release, begun = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        release.wait(60)

    rounds = Rounds("hanging", [Duty("hanging", hang, every=NOW)])
    rounds.start()
    assert begun.wait(10)
    rounds.end(patience=0.01)
    assert rounds.daemon
    release.set()
    rounds.join(10)
    assert not rounds.is_alive()


# --- What was cut off ----------------------------------------------------------------------


@pytest.fixture
def held(alice: User, screening: LabUnit, monkeypatch: pytest.MonkeyPatch) -> JobItem:
    """An item that the worker `here/1` is processing."""
    monkeypatch.setenv(identity.VARIABLE, "here/1")
    return cast.claimed(cast.received(alice, screening, cast.photo()))


def fresh(item: JobItem) -> JobItem:
    return JobItem.objects.get(pk=item.pk)


def test_items_cut_off_by_our_stop_cost_no_attempt(held: JobItem) -> None:
    OrmQ.objects.all().delete()
    assert lifecycle.give_back("here/1") == 1
    assert (fresh(held).state, fresh(held).attempts) == ("queued", 0)
    assert OrmQ.objects.count() == 1


def test_other_workers_keep_what_they_hold(held: JobItem) -> None:
    assert lifecycle.give_back("here/11") == 0
    assert fresh(held).state == "processing"


def test_what_was_given_back_is_no_longer_ours(held: JobItem) -> None:
    lifecycle.give_back("here/1")
    assert not lifecycle.postpone(held, counts=True)
    assert lifecycle.claim(held.pk) is not None

"""Heartbeats, canaries, and the verdict whether the cluster gets anything done."""

from __future__ import annotations

import pydoc
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django_q.models import OrmQ
from django_q.tasks import async_task
from pytest_django import Settings

from jobs.models import Heartbeat
from jobs.worker import identity, pulse

pytestmark = pytest.mark.django_db
STALL, CANARY = 90, 30
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Callable[[float], None]:
    """Lets seconds pass on the clock."""
    settings.JOBS_STALL_AFTER = timedelta(seconds=STALL)
    settings.JOBS_CANARY_EVERY = timedelta(seconds=CANARY)
    clock = [1_000.0]
    monkeypatch.setattr(pulse, "_stamp_again_at", 0.0)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def wait(seconds: float) -> None:
        clock[0] += seconds

    return wait


@pytest.fixture
def ours(wait: Callable[[float], None]) -> pulse.Pulse:
    return pulse.Pulse(identity.name())


def away(*_: Any) -> None:
    raise OperationalError


@pytest.fixture
def waiting_task() -> Iterator[None]:
    async_task(pulse.CANARY)
    yield
    OrmQ.objects.all().delete()


def test_the_canary_is_a_function_without_arguments() -> None:
    assert pydoc.locate(pulse.CANARY) is pulse.sing
    pulse.sing()


def test_canaries_do_not_flock_while_nobody_works() -> None:
    for _ in range(3):
        pulse.send_canary()
    assert OrmQ.objects.count() == 1


def test_finished_tasks_stamp_a_few_times_a_canary(wait: Callable[[float], None]) -> None:
    stamps = []
    for _ in range(4):
        Heartbeat.objects.update(at=LONG_AGO)
        pulse.stamp()
        stamps.append(Heartbeat.objects.get(host=identity.name()).at > LONG_AGO)
        wait(CANARY / 7)
    assert stamps.count(True) == 2


@pytest.mark.usefixtures("wait")
def test_without_a_database_stamping_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    with connection.execute_wrapper(away):
        pulse.stamp()
    assert "no heartbeat" in caplog.text


def look_for(ours: pulse.Pulse, seconds: int, wait: Callable[[float], None]) -> None:
    """Look every ten seconds."""
    for _ in range(seconds // 10):
        wait(10)
        ours.look()


def test_an_idle_cluster_has_not_stalled(ours: pulse.Pulse, wait: Callable[[float], None]) -> None:
    look_for(ours, 5 * STALL, wait)
    assert not ours.stalled


@pytest.mark.usefixtures("waiting_task")
def test_tasks_that_wait_too_long_mean_a_stall(
    ours: pulse.Pulse, wait: Callable[[float], None]
) -> None:
    look_for(ours, STALL, wait)
    assert not ours.stalled
    wait(1)
    assert ours.stalled


@pytest.mark.usefixtures("waiting_task")
def test_whoever_finishes_tasks_has_not_stalled(
    ours: pulse.Pulse, wait: Callable[[float], None]
) -> None:
    for _ in range(5):
        pulse.stamp()
        look_for(ours, STALL, wait)
        assert not ours.stalled


@pytest.mark.usefixtures("waiting_task")
def test_the_stamps_of_another_worker_are_no_excuse(
    ours: pulse.Pulse, wait: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(identity.VARIABLE, "elsewhere/1")
    pulse.stamp()
    look_for(ours, STALL + 10, wait)
    assert ours.stalled


def test_whoever_never_gets_a_canary_has_stalled(
    ours: pulse.Pulse, wait: Callable[[float], None]
) -> None:
    look_for(ours, pulse.CANARIES_MISSED * CANARY, wait)
    assert not ours.stalled
    wait(1)
    assert ours.stalled


@pytest.mark.usefixtures("waiting_task")
def test_an_outage_of_the_database_is_nobodys_stall(
    ours: pulse.Pulse, wait: Callable[[float], None]
) -> None:
    look_for(ours, STALL + 10, wait)
    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        ours.look()
    assert not ours.stalled


@pytest.mark.usefixtures("waiting_task")
def test_a_database_that_hangs_is_nobodys_stall(
    ours: pulse.Pulse, wait: Callable[[float], None]
) -> None:
    wait(STALL + 10)
    assert not ours.stalled
    ours.look()
    assert not ours.stalled
    look_for(ours, STALL + 10, wait)
    assert ours.stalled

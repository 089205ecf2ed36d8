"""Long runs of what comes at random, and what takes its time; only in `make faults`."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

import psutil
import pytest

from tests.faults.accidents import named
from tests.faults.frail import PATIENCE, SHORT_TIMES, Frail, assert_sound
from tests.faults.test_workers import photo, photos
from tests.live.client import Client
from tests.live.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.live]
SECONDS, PAUSE, BATCH = 75, 4, 20
NewFrail = Callable[..., Frail]


def kill_at_random(system: Frail, enough: Event) -> None:
    """One process of the cluster after another, whatever it is doing."""
    dice = random.Random(1)
    while not enough.wait(PAUSE):
        below = [pid for pid, title in system.worker_titles().items() if "qcluster" in title]
        if below:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(dice.choice(below)).kill()


def test_random_kills_lose_and_double_nothing(new_frail: NewFrail) -> None:
    system = new_frail(SHORT_TIMES).start()
    enough, jobs = Event(), []
    killer = Thread(target=kill_at_random, args=(system, enough))
    with Client(system, "uploader") as client:
        killer.start()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            jobs.append(client.upload(photos(BATCH)))
            enough.wait(PAUSE)
        enough.set()
        killer.join()
        states = [client.wait(job, timeout=PATIENCE)["progress"]["completed"] for job in jobs]
    assert states == [BATCH] * len(jobs)
    assert_sound(system)


def test_bells_that_a_new_key_made_unreadable_are_rung_again(new_frail: NewFrail) -> None:
    system = new_frail(SHORT_TIMES).start(worker=False)
    with Client(system, "uploader") as client:
        job = client.upload(photos(5))
        system.env["SECRET_KEY"] = system.env["SECRET_KEY"][::-1]
        system.start_worker()
        assert client.wait(job, timeout=PATIENCE)["job_status"] == "done"
    assert_sound(system)


def test_file_that_never_ends_runs_into_its_time_out(new_frail: NewFrail) -> None:
    system = new_frail(SHORT_TIMES).start()
    with Client(system, "uploader") as client:
        job = client.upload([photo(named("hold", "claimed")), *photos(BATCH)])
        status = client.wait(job, timeout=PATIENCE)
    assert status["items"][0]["code"] == "processing_failed"
    assert status["progress"]["completed"] == BATCH
    wait_until(system.complete_family, timeout=PATIENCE, what="the cluster is complete")

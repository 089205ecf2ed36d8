"""Stops in order, stops by force, and a database that comes and goes: nothing is lost."""

from collections.abc import Callable

import psutil
import pytest

from tests.faults.accidents import named
from tests.faults.frail import LONG_TASKS, PATIENCE, Frail, assert_sound, in_order, kill
from tests.faults.test_workers import photo, photos
from tests.live.client import Client
from tests.live.postgres import Postgres
from tests.live.sizes import size
from tests.live.waiting import wait_until

NewFrail = Callable[..., Frail]


def gone(processes: list[psutil.Process]) -> bool:
    return all(not each.is_running() or each.status() == psutil.STATUS_ZOMBIE for each in processes)


@pytest.mark.live
def test_stop_under_load_loses_nothing_and_spends_no_attempt(new_frail: NewFrail) -> None:
    system = new_frail(LONG_TASKS | {"FUNDUS_STOP_GRACE_SECONDS": "1"}).start()
    with Client(system, "uploader") as client:
        held = [photo(named("hold", "claimed", times=1)) for _ in range(2)]
        job = client.upload([*held, *photos(size(10, 98))])
        wait_until(lambda: system.reached(job) and system.reached(job, 1), what="both are held")
        assert system.stop_worker() == 0
        states = {item["state"] for item in system.items(job)}
        assert "processing" not in states
        system.start_worker()
        assert in_order(client, job)["job_status"] == "done"
    assert {item["attempts"] for item in system.items(job)} == {1}


@pytest.mark.live
def test_nothing_outlives_a_killed_supervisor(frail: Frail, uploader: Client) -> None:
    below = [each for members in frail.complete_family().values() for each in members]
    kill(frail.worker_pids()[0])
    wait_until(lambda: gone(below), what="the cluster is gone")
    job = uploader.upload(photos(3))
    frail.start_worker()
    assert in_order(uploader, job)["job_status"] == "done"


def test_worker_outlives_an_outage_of_the_database(new_frail: NewFrail) -> None:
    with Postgres() as server:
        system = new_frail({"DATABASE_URL": server.database()}).start()
        with Client(system, "uploader") as client:
            job = client.upload([photo(named("hold", "stored")), *photos(size(10, 90))])
            wait_until(lambda: system.reached(job), timeout=PATIENCE, what="it is held")
            server.stop(how=3)
            system.let_go()
            wait_until(lambda: "not possible now" in system.log_text("worker"), what="a complaint")
            server.launch()
            client.wait(job, timeout=PATIENCE)
        assert_sound(system)
        assert system.worker is not None
        assert system.worker.poll() is None
        system.stop()

"""Workers that die or hang at the worst moment: every file is stored exactly once all the same."""

from itertools import count

import pytest

from tests import images
from tests.faults.accidents import POINTS, named
from tests.faults.frail import PATIENCE, Frail, assert_sound, in_order, kill
from tests.live.client import Client, File
from tests.live.waiting import wait_until

SEEDS = count(1_000)
ROLES = ("idle", "monitor", "pusher", "sentinel", "main")


def photo(name: str = "eye.jpg") -> File:
    return File(name, images.jpeg(seed=next(SEEDS)))


def photos(number: int) -> list[File]:
    return [photo(f"eye-{n}.jpg") for n in range(number)]


def test_item_of_a_killed_worker_runs_again(frail: Frail, uploader: Client) -> None:
    job = uploader.upload([photo(named("hold", "claimed", times=1)), *photos(3)])
    (pid,) = wait_until(lambda: frail.reached(job), timeout=PATIENCE, what="it is being processed")
    kill(pid)
    assert in_order(uploader, job)["job_status"] == "done"
    assert frail.items(job)[0]["attempts"] == 2


@pytest.mark.parametrize("role", ROLES)
def test_killed_idle_process_stops_the_queue_for_a_moment_only(
    frail: Frail, uploader: Client, role: str
) -> None:
    kill(*frail.complete_family()[role])
    job = uploader.upload(photos(6))
    assert in_order(uploader, job)["progress"]["completed"] == 6
    frail.complete_family()


def test_file_that_kills_its_worker_each_time_fails_alone(frail: Frail, uploader: Client) -> None:
    job = uploader.upload([photo(named("die", "claimed")), *photos(3)])
    status = in_order(uploader, job)
    assert [item["code"] for item in status["items"]] == ["processing_failed", None, None, None]
    assert len(frail.reached(job)) == frail.items(job)[0]["attempts"] == 3


def test_file_that_hangs_the_decoder_is_cut_off(frail: Frail, uploader: Client) -> None:
    job = uploader.upload([photo(named("hang", "claimed", times=1)), *photos(3)])
    assert in_order(uploader, job)["job_status"] == "done"
    assert frail.items(job)[0]["attempts"] == 2


def test_file_that_eats_all_memory_fails_and_the_worker_lives(
    frail: Frail, uploader: Client
) -> None:
    job = uploader.upload([photo(named("drain", "claimed", times=1)), *photos(3)])
    assert in_order(uploader, job)["job_status"] == "done"
    assert frail.items(job)[0]["attempts"] == 2


@pytest.mark.parametrize("point", POINTS)
def test_crash_between_storing_and_acknowledging_stores_once(
    frail: Frail, uploader: Client, point: str
) -> None:
    job = uploader.upload([photo(named("die", point, times=1)), *photos(2)])
    assert in_order(uploader, job)["progress"]["completed"] == 3


def test_leftovers_of_the_dead_do_not_pile_up(frail: Frail) -> None:
    assert_sound(frail)
    queue = "SELECT COUNT(*) FROM django_q_ormq"
    wait_until(
        lambda: frail.rows(queue)[0][0] <= 1, timeout=PATIENCE * 2, what="the queue is empty"
    )

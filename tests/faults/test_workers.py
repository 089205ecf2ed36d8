"""Workers that die or hang at the worst moment: every file is stored exactly once all the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests import images
from tests.faults.accidents import POINTS, named
from tests.faults.frail import PATIENCE, Frail, assert_sound, in_order, kill
from tests.live.client import Client, File
from tests.live.waiting import wait_until

pytestmark = pytest.mark.live
SEEDS = count(1_000)
ACCIDENTS = {
    "poison": named("die", "claimed"),
    "hang": named("hang", "claimed", times=1),
    "memory": named("drain", "claimed", times=1),
    **{point: named("die", point, times=1) for point in POINTS},
}


def photo(name: str = "eye.jpg") -> File:
    return File(name, images.jpeg(seed=next(SEEDS)))


def photos(number: int) -> list[File]:
    return [photo(f"eye-{n}.jpg") for n in range(number)]


Day = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def bad_day(frail: Frail) -> Iterator[Day]:
    """What became of the items of one job: one with each accident, and some without."""
    files = [photo(name) for name in ACCIDENTS.values()] + photos(4)
    with Client(frail, "uploader") as client:
        job = client.upload(files)
        client.wait(job, timeout=2 * PATIENCE)
    rows = zip([*ACCIDENTS, *"abcd"], frail.items(job), strict=True)
    yield {name: {**row, "starts": len(frail.reached(job, row["n"]))} for name, row in rows}
    assert_sound(frail)


def test_file_that_kills_its_worker_each_time_fails(bad_day: Day) -> None:
    poison = bad_day["poison"]
    assert (poison["state"], poison["code"]) == ("error", "processing_failed")
    assert poison["starts"] == poison["attempts"] == 3


def test_files_beside_the_bad_ones_are_stored(bad_day: Day) -> None:
    assert {bad_day[name]["state"] for name in "abcd"} == {"completed"}


def test_file_that_hangs_the_decoder_is_cut_off_and_tried_again(bad_day: Day) -> None:
    assert (bad_day["hang"]["state"], bad_day["hang"]["attempts"]) == ("completed", 2)


def test_file_that_wants_all_memory_is_tried_again(bad_day: Day) -> None:
    assert (bad_day["memory"]["state"], bad_day["memory"]["attempts"]) == ("completed", 2)


@pytest.mark.parametrize("point", POINTS)
def test_crash_at_any_point_stores_once(bad_day: Day, point: str) -> None:
    before_commit = point in ("claimed", "stored", "written")
    assert bad_day[point]["state"] == "completed"
    assert bad_day[point]["attempts"] == (2 if before_commit else 1)


def test_item_of_a_killed_worker_runs_again(frail: Frail, uploader: Client) -> None:
    job = uploader.upload([photo(named("hold", "claimed", times=1)), *photos(3)])
    (pid,) = wait_until(lambda: frail.reached(job), timeout=PATIENCE, what="it is being processed")
    kill(pid)
    assert in_order(uploader, job)["job_status"] == "done"
    assert frail.items(job)[0]["attempts"] == 2


@pytest.mark.parametrize("role", ["idle", "monitor", "pusher", "sentinel", "main"])
def test_killed_idle_process_stops_the_queue_for_a_moment_only(
    frail: Frail, uploader: Client, role: str
) -> None:
    kill(*frail.complete_family()[role])
    job = uploader.upload(photos(6))
    assert in_order(uploader, job)["progress"]["completed"] == 6
    frail.await_heartbeat()
    assert frail.complete_family()


@pytest.mark.slow
def test_what_the_dead_had_taken_is_acknowledged_in_the_end(frail: Frail) -> None:
    wait_until(
        lambda: frail.rows("SELECT COUNT(*) FROM django_q_ormq")[0][0] <= 1,
        timeout=2 * PATIENCE,
        what="the queue is empty but for a canary",
    )

"""What was dropped is picked up, and what cannot end is ended."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from django.conf import settings as live
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django_q.models import OrmQ

from accounts.models import LabUnit, User
from jobs import lifecycle, sweeper
from jobs.codes import Code
from jobs.models import Job, JobItem
from jobs.states import JobState
from tests import cast
from tests.jobs.moments import age_items, age_job


@pytest.fixture
def queued(alice: User, screening: LabUnit) -> Job:
    return cast.received(alice, screening, cast.photo())


@pytest.fixture
def awaiting(alice: User, screening: LabUnit) -> Job:
    return cast.announced(alice, screening, *cast.photos(2))


def found() -> dict[str, int]:
    """What the sweeper put right, zeroes left out."""
    return {name: number for name, number in sweeper.sweep().items() if number}


def bells() -> int:
    return int(OrmQ.objects.count())


def test_where_all_is_well_nothing_is_done(queued: Job, awaiting: Job) -> None:
    cast.claimed(queued)
    assert found() == {}


def test_items_of_dead_workers_are_queued_again(queued: Job) -> None:
    dead, rung = cast.claimed(queued), bells()
    age_items(queued, "lease_until", minutes=2)
    assert found() == {"requeued": 1}
    assert (cast.states(queued), bells()) == (["queued"], rung + 1)
    assert not lifecycle.fail(dead, Code.CORRUPT)


def test_an_item_queued_again_is_processed_once(queued: Job, alice: User) -> None:
    cast.claimed(queued)
    age_items(queued, "lease_until", minutes=2)
    sweeper.sweep()
    cast.work(queued)
    cast.work(queued)
    assert cast.states(queued) == ["completed"]
    assert cast.again(alice).file_upload_count == 1


def test_an_item_that_kills_three_workers_is_an_error(queued: Job, alice: User) -> None:
    for _ in range(3):
        cast.claimed(queued)
        age_items(queued, "lease_until", minutes=2)
        swept = found()
    assert swept == {"exhausted": 1}
    assert (cast.states(queued), Job.objects.get().state) == (["processing_failed"], "error")
    assert cast.again(alice).file_upload_count == 0
    assert cast.only(queued).file


def test_a_lost_bell_is_rung_again(queued: Job) -> None:
    OrmQ.objects.all().delete()
    age_items(queued, "enqueued_at", minutes=3)
    assert found() == {"rung": 1}
    assert bells() == 1
    assert found() == {}


def test_a_bell_is_rung_again_and_again(queued: Job) -> None:
    for _ in range(2):
        OrmQ.objects.all().delete()
        age_items(queued, "enqueued_at", minutes=3)
        assert found() == {"rung": 1}


def test_while_other_bells_wait_more_patience_is_due(queued: Job) -> None:
    age_items(queued, "enqueued_at", minutes=3)
    assert bells() == 1
    assert found() == {}
    age_items(queued, "enqueued_at", minutes=18)
    assert found() == {"rung": 1}


def test_a_try_that_is_due_is_rung_for(queued: Job) -> None:
    lifecycle.postpone(cast.claimed(queued), counts=True)
    assert found() == {}
    age_items(queued, "next_try_at", "enqueued_at", seconds=20)
    assert found() == {"rung": 1}
    assert found() == {}


def test_the_lost_bell_of_a_later_try_is_rung_again(queued: Job) -> None:
    lifecycle.postpone(cast.claimed(queued), counts=True)
    age_items(queued, "next_try_at", "enqueued_at", seconds=20)
    sweeper.sweep()
    OrmQ.objects.all().delete()
    age_items(queued, "next_try_at", "enqueued_at", minutes=3)
    assert found() == {"rung": 1}


def test_files_that_never_came_are_given_up_after_an_hour(awaiting: Job, alice: User) -> None:
    age_job(awaiting, "created_at", minutes=59)
    assert found() == {}
    age_job(awaiting, "created_at", minutes=2)
    assert found() == {"not_received": 2}
    assert cast.states(awaiting) == ["not_received"] * 2
    assert cast.items(awaiting)[0].detail == "Not received. Send it again."
    assert cast.again(alice).file_upload_count == 0
    assert Job.objects.get(pk=awaiting.pk).state == "error"


def test_the_hour_runs_from_the_last_byte(awaiting: Job) -> None:
    age_job(awaiting, "created_at", hours=3)
    lifecycle.receive(cast.items(awaiting)[0], key="k", size=1, md5="m", sha256="s")
    assert found() == {}
    age_job(awaiting, "last_received_at", minutes=61)
    assert found() == {"not_received": 1}
    assert cast.states(awaiting) == ["queued", "not_received"]


def test_a_job_nobody_settled_is_settled(queued: Job) -> None:
    cast.work(queued)
    Job.objects.update(state=JobState.PROCESSING, finished_at=None)
    assert found() == {"settled": 1}
    assert Job.objects.get().state == "done"


# --- Leftovers -----------------------------------------------------------------------------


@pytest.fixture
def broken(queued: Job) -> JobItem:
    lifecycle.fail(cast.claimed(queued), Code.PROCESSING_FAILED)
    return cast.only(queued)


def test_bytes_of_our_failures_go_after_thirty_days(queued: Job, broken: JobItem) -> None:
    age_items(queued, "finished_at", days=29)
    assert sweeper.collect_leftovers()["expired"] == 0
    assert broken.file.name in cast.keys("staging")
    age_items(queued, "finished_at", days=2)
    assert sweeper.collect_leftovers()["expired"] == 1
    assert broken.file.name not in cast.keys("staging")
    assert not cast.only(queued).file


def stale(key: str) -> None:
    """A staged file that nobody names, as old as a crash of the day before yesterday."""
    storages["staging"].save(key, ContentFile(b"left behind"))
    if not live.BUCKET:
        past = time.time() - 48 * 3600
        os.utime(storages["staging"].path(key), (past, past))


@pytest.fixture
def old(settings: Any) -> None:
    """A bucket tells no lies about times: there everything counts as old instead."""
    if live.BUCKET:
        settings.JOBS_ORPHAN_AFTER = -settings.JOBS_ORPHAN_AFTER


def test_staged_files_nobody_names_go_after_a_day(old: None, db: None) -> None:
    stale("lost-job/0-lost")
    sweeper.collect_leftovers()
    assert "lost-job/0-lost" not in cast.keys("staging")


def test_fresh_staged_files_stay(db: None) -> None:
    storages["staging"].save("new-job/0-new", ContentFile(b"on its way"))
    sweeper.collect_leftovers()
    assert "new-job/0-new" in cast.keys("staging")
    storages["staging"].delete("new-job/0-new")


def test_staged_files_of_items_stay_however_old(old: None, queued: Job) -> None:
    name = cast.only(queued).file.name or ""
    storages["staging"].delete(name)
    stale(name)
    sweeper.collect_leftovers()
    assert name in cast.keys("staging")


def test_an_empty_staging_has_no_leftovers(settings: Any, tmp_path: Any, db: None) -> None:
    options = {"location": str(tmp_path / "never-made")}
    staging = {"BACKEND": "jobs.storage.DurableFiles", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "staging": staging}
    assert sweeper.collect_leftovers().total() == 0

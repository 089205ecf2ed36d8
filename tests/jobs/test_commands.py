"""Sweeping from the command line."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from pytest_django.fixtures import Settings

from accounts.models import LabUnit, User
from jobs.models import Job
from tests import cast


def sweep() -> str:
    out = StringIO()
    call_command("sweep_jobs", stdout=out)
    return out.getvalue()


def test_with_nothing_amiss_it_says_so_in_one_line(db: None) -> None:
    assert sweep() == "Swept: nothing to do.\n"


def test_what_never_came_is_closed_and_told(
    alice: User, screening: LabUnit, settings: Settings
) -> None:
    settings.JOBS_NOT_RECEIVED_AFTER = timedelta(0)
    job = cast.announced(alice, screening, *cast.photos(2))
    assert sweep() == "Swept: 2 never received.\n"
    assert cast.states(job) == ["not_received", "not_received"]
    assert Job.objects.get(pk=job.pk).state == "error"


def test_the_trail_says_that_a_command_did_it(
    alice: User, screening: LabUnit, settings: Settings
) -> None:
    settings.JOBS_NOT_RECEIVED_AFTER = timedelta(0)
    cast.announced(alice, screening, cast.photo())
    sweep()
    [event] = cast.audit("item_refused")
    assert event.actor_name == "command sweep_jobs"


def test_an_abandoned_file_is_queued_again(
    alice: User, screening: LabUnit, settings: Settings
) -> None:
    settings.JOBS_LEASE = timedelta(0)
    job = cast.received(alice, screening, cast.photo())
    cast.claimed(job)
    assert sweep() == "Swept: 1 abandoned by a worker, queued again.\n"
    assert cast.states(job) == ["queued"]

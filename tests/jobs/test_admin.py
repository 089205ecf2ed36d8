"""Jobs and items in the administration: read, found, queued again, given up."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import LabUnit, User
from jobs import lifecycle
from jobs.codes import Code
from jobs.models import Job, JobItem
from tests import cast
from tests.adminforms import act, told

JOBS = "/admin/jobs/job/"
ITEMS = "/admin/jobs/jobitem/"


@pytest.fixture
def client(adam: User) -> Client:
    return cast.signed_in(adam)


@pytest.fixture
def broken(alice: User, screening: LabUnit) -> Job:
    """A job of one file whose processing failed through our fault."""
    job = cast.received(alice, screening, cast.photo())
    lifecycle.fail(cast.claimed(job), Code.PROCESSING_FAILED)
    lifecycle.settle(job.pk)
    return job


@pytest.fixture
def refused(alice: User, screening: LabUnit) -> Job:
    """A job of one file that is no picture."""
    return cast.uploaded(alice, screening, cast.File("notes.jpg", b"not a picture at all"))


def found(client: Client, url: str, **query: Any) -> list[Any]:
    return list(client.get(url, query).context["cl"].result_list)


def many_items(job: Job, number: int) -> None:
    JobItem.objects.bulk_create(
        JobItem(job=job, n=n, filename=f"eye-{n}.jpg", rejected=True, state="error")
        for n in range(1, number)
    )


# --- Reading ---------------------------------------------------------------------------------


def test_a_job_is_found_by_its_token_or_its_beginning(
    client: Client, alice: User, screening: LabUnit
) -> None:
    job = cast.announced(alice, screening, cast.photo())
    cast.announced(alice, screening, cast.photo())
    for query in (str(job.token), str(job.token)[:10], str(job.token).upper()):
        assert found(client, JOBS, q=query) == [job]


def test_items_are_found_by_the_token_of_their_job(
    client: Client, alice: User, screening: LabUnit
) -> None:
    job = cast.announced(alice, screening, *cast.photos(2))
    cast.announced(alice, screening, cast.photo())
    assert {item.job_id for item in found(client, ITEMS, q=str(job.token))} == {job.pk}


def test_items_of_one_job_stand_in_their_order_and_newest_first_otherwise(
    client: Client, alice: User, screening: LabUnit
) -> None:
    job = cast.announced(alice, screening, *cast.photos(3))
    cast.announced(alice, screening, cast.photo())
    assert [item.n for item in found(client, ITEMS, job__id__exact=job.pk)] == [0, 1, 2]
    assert [item.n for item in found(client, ITEMS)] == [0, 2, 1, 0]


def test_the_list_counts_what_became_of_the_files(
    client: Client, alice: User, screening: LabUnit
) -> None:
    file = cast.photo()
    cast.uploaded(alice, screening, file, cast.File("notes.jpg", b"not a picture at all"))
    [job] = found(client, JOBS)
    assert (job.stored, job.not_stored, job.unfinished) == (1, 1, 0)


def test_a_jobs_page_shows_its_items_a_hundred_at_a_time(
    client: Client, alice: User, screening: LabUnit
) -> None:
    job = cast.announced(alice, screening, cast.photo())
    many_items(job, 1100)
    first = client.get(f"{JOBS}{job.pk}/change/").content.decode()
    last = client.get(f"{JOBS}{job.pk}/change/", {"items": 11}).content.decode()
    assert "1 to 100 of 1100" in first
    assert "eye-99.jpg" in first
    assert "eye-100.jpg" not in first
    assert "eye-1099.jpg" in last


def test_a_page_of_items_costs_few_queries(
    client: Client, alice: User, screening: LabUnit, django_assert_max_num_queries: Any
) -> None:
    job = cast.announced(alice, screening, cast.photo())
    many_items(job, 1100)
    with django_assert_max_num_queries(20):
        client.get(f"{JOBS}{job.pk}/change/")


def test_an_items_page_shows_where_its_bytes_lie(client: Client, broken: Job) -> None:
    item = cast.only(broken)
    html = client.get(f"{ITEMS}{item.pk}/change/").content.decode()
    assert str(item.file.name) in html
    assert "The file could not be processed" in html


@pytest.mark.parametrize("what", ["add/", "{pk}/delete/"])
def test_nothing_is_added_or_deleted(client: Client, broken: Job, what: str) -> None:
    for url, pk in ((JOBS, broken.pk), (ITEMS, cast.only(broken).pk)):
        assert client.post(url + what.format(pk=pk), {"post": "yes"}).status_code == 403


def test_nothing_is_changed_by_hand(client: Client, broken: Job) -> None:
    page = client.get(f"{JOBS}{broken.pk}/change/")
    assert b'name="_save"' not in page.content
    assert client.post(f"{JOBS}{broken.pk}/change/", {"state": "done"}).status_code == 403
    assert Job.objects.get(pk=broken.pk).state == "error"


# --- Queueing again --------------------------------------------------------------------------


def test_a_broken_file_is_queued_again_and_stored(client: Client, broken: Job) -> None:
    answer = act(client, JOBS, "requeue", broken)
    assert told(answer) == ["1 queued again."]
    assert Job.objects.get(pk=broken.pk).state == "queued"
    cast.work(broken)
    assert Job.objects.get(pk=broken.pk).state == "done"


def test_queueing_again_reserves_quota_again_and_is_written_down(
    client: Client, broken: Job, alice: User
) -> None:
    assert cast.again(alice).file_upload_count == 0
    act(client, ITEMS, "requeue", cast.only(broken))
    assert cast.again(alice).file_upload_count == 1
    [event] = cast.audit("item_requeued")
    assert (event.actor_name, event.job_token) == ("adam", broken.token)


def test_it_is_done_from_the_page_of_one_job_too(client: Client, broken: Job) -> None:
    answer = act(client, JOBS, "requeue", broken, back_to=broken.pk)
    assert answer.redirect_chain[-1][0] == f"{JOBS}{broken.pk}/change/"
    assert told(answer) == ["1 queued again."]


def test_a_filtered_list_can_be_queued_again_whole(client: Client, broken: Job) -> None:
    item = cast.only(broken)
    answer = act(client, f"{ITEMS}?state__exact=error", "requeue", item)
    assert told(answer) == ["1 queued again."]


def test_a_refused_file_stays_refused(client: Client, refused: Job) -> None:
    answer = act(client, JOBS, "requeue", refused)
    assert told(answer) == ["1 not: the file itself was refused."]
    assert cast.states(refused) == ["wrong_type"]


def test_bytes_no_longer_kept_cannot_be_queued(client: Client, broken: Job) -> None:
    JobItem.objects.update(file="")
    answer = act(client, JOBS, "requeue", broken)
    assert told(answer) == ["1 not: the bytes are no longer kept and must be sent again."]


def test_without_quota_nothing_is_queued(client: Client, broken: Job, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=0)
    answer = act(client, JOBS, "requeue", broken)
    assert told(answer) == ["1 not: the uploader's quota is used up."]
    assert cast.states(broken) == ["processing_failed"]


def test_open_files_are_not_queued_twice(client: Client, alice: User, screening: LabUnit) -> None:
    job = cast.received(alice, screening, cast.photo())
    answer = act(client, ITEMS, "requeue", cast.only(job))
    assert told(answer) == ["1 not: no failure."]


def test_several_jobs_are_told_of_in_one_sentence(
    client: Client, broken: Job, refused: Job
) -> None:
    answer = act(client, JOBS, "requeue", broken, refused)
    assert told(answer) == ["1 queued again. 1 not: the file itself was refused."]


def test_a_job_without_failures_says_that_nothing_was_to_do(
    client: Client, alice: User, screening: LabUnit
) -> None:
    job = cast.received(alice, screening, cast.photo())
    assert told(act(client, JOBS, "requeue", job)) == ["There was nothing to do."]


# --- Giving up -------------------------------------------------------------------------------


def test_open_files_are_given_up_and_their_quota_returned(
    client: Client, alice: User, screening: LabUnit
) -> None:
    file, awaited = cast.photos(2)
    job = cast.announced(alice, screening, file, awaited)
    cast.work(job)
    answer = act(client, JOBS, "fail", job)
    assert told(answer) == ["2 given up."]
    assert Job.objects.get(pk=job.pk).state == "error"
    assert cast.again(alice).file_upload_count == 0


def test_what_was_given_up_can_be_queued_again(
    client: Client, alice: User, screening: LabUnit
) -> None:
    job = cast.received(alice, screening, cast.photo())
    act(client, ITEMS, "fail", cast.only(job))
    assert cast.states(job) == ["processing_failed"]
    assert told(act(client, ITEMS, "requeue", cast.only(job))) == ["1 queued again."]


def test_giving_up_is_written_down(client: Client, alice: User, screening: LabUnit) -> None:
    job = cast.received(alice, screening, cast.photo())
    act(client, JOBS, "fail", job)
    [event] = cast.audit("item_failed")
    assert (event.actor_name, event.job_token) == ("adam", job.token)


def test_ended_files_are_not_given_up(client: Client, alice: User, screening: LabUnit) -> None:
    job = cast.uploaded(alice, screening, cast.photo())
    answer = act(client, ITEMS, "fail", cast.only(job))
    assert told(answer) == ["1 not: ended already."]
    assert cast.states(job) == ["completed"]


def test_a_file_under_a_worker_is_given_up_and_the_worker_stores_nothing(
    client: Client, alice: User, screening: LabUnit
) -> None:
    job = cast.received(alice, screening, cast.photo())
    item = cast.claimed(job)
    act(client, ITEMS, "fail", item)
    with pytest.raises(lifecycle.Fenced):
        lifecycle.complete(item, job.token)
    assert cast.states(job) == ["processing_failed"]

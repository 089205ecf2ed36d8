"""Every transition of jobs and items, allowed and forbidden."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from accounts.models import LabUnit, User
from jobs import lifecycle
from jobs.codes import Code
from jobs.models import Job, JobItem
from jobs.states import TRANSITIONS, UNDER_WAY, ItemState, JobState
from tests import cast
from tests.jobs.moments import age_items

A, Q, P, C, E = ItemState
ALLOWED = {(A, Q), (A, E), (Q, P), (Q, E), (P, C), (P, E), (P, Q), (E, Q)}


@pytest.fixture
def awaiting(alice: User, screening: LabUnit) -> Job:
    return cast.announced(alice, screening, cast.photo())


@pytest.fixture
def queued(alice: User, screening: LabUnit) -> Job:
    return cast.received(alice, screening, cast.photo())


def bells() -> int:
    return int(OrmQ.objects.count())


def used(user: User) -> tuple[int, int]:
    """Places counted, and those of them held for open files."""
    user = cast.again(user)
    return user.file_upload_count, user.file_upload_held


def job_state(job: Job) -> str:
    return Job.objects.get(pk=job.pk).state


@pytest.mark.parametrize("old", ItemState)
@pytest.mark.parametrize("new", ItemState)
def test_only_these_transitions_exist(awaiting: Job, old: ItemState, new: ItemState) -> None:
    items = JobItem.objects.filter(job=awaiting)
    items.update(state=old, image_id=uuid4())
    if (old, new) in ALLOWED:
        assert lifecycle.move(items, old, new) == 1
        assert lifecycle.move(items, old, new) == 0
    else:
        with pytest.raises(ValueError, match="cannot go"):
            lifecycle.move(items, old, new)


def test_final_states_lead_nowhere_by_themselves() -> None:
    assert ItemState.final() == (C, E)
    assert TRANSITIONS[C] == set()


def test_a_completed_item_needs_an_image(awaiting: Job) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        JobItem.objects.filter(job=awaiting).update(state=C)


@pytest.mark.parametrize("model", [Job, JobItem])
def test_the_database_knows_no_other_state(awaiting: Job, model: type[Job] | type[JobItem]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(state="lost")


# --- Receiving -----------------------------------------------------------------------------


def test_receiving_rings_the_bell(awaiting: Job) -> None:
    item = cast.only(awaiting)
    assert lifecycle.receive(item, key="k", size=3, md5="m", sha256="s")
    fresh = cast.only(awaiting)
    assert (fresh.state, fresh.file.name, fresh.size_bytes) == (Q, "k", 3)
    assert fresh.enqueued_at is not None
    assert bells() == 1


def test_receiving_twice_does_nothing(awaiting: Job) -> None:
    item = cast.only(awaiting)
    assert [lifecycle.receive(item, key=k, size=3, md5="m", sha256="s") for k in "ab"] == [
        True,
        False,
    ]
    assert cast.only(awaiting).file.name == "a"
    assert bells() == 1


def test_bell_and_state_roll_back_together(awaiting: Job) -> None:
    with transaction.atomic():
        lifecycle.receive(cast.only(awaiting), key="k", size=3, md5="m", sha256="s")
        transaction.set_rollback(True)
    assert (cast.states(awaiting), bells()) == (["awaiting"], 0)
    assert cast.audit("item_received") == []


def test_refusing_an_awaiting_item_gives_its_place_back_once(awaiting: Job, alice: User) -> None:
    item = cast.only(awaiting)
    assert used(alice) == (1, 1)
    assert [lifecycle.refuse_awaiting(item, Code.TOO_LARGE) for _ in range(2)] == [True, False]
    assert used(alice) == (0, 0)
    assert (cast.states(awaiting), job_state(awaiting)) == (["too_large"], "error")


def test_a_received_item_cannot_be_refused_as_awaiting(queued: Job) -> None:
    assert not lifecycle.refuse_awaiting(cast.only(queued), Code.NOT_RECEIVED)
    assert cast.states(queued) == ["queued"]


# --- Claiming ------------------------------------------------------------------------------


def test_a_claim_takes_the_item_and_starts_the_job(queued: Job) -> None:
    item = cast.claimed(queued)
    assert (item.state, item.attempts) == (P, 1)
    assert item.lease_token is not None
    job = Job.objects.get(pk=queued.pk)
    assert (job.state, job.started_at is not None) == ("processing", True)


def test_a_claimed_item_is_not_claimed_again(queued: Job) -> None:
    item = cast.claimed(queued)
    assert lifecycle.claim(item.pk) is None
    assert cast.only(queued).attempts == 1


def test_an_expired_lease_passes_on(queued: Job) -> None:
    first = cast.claimed(queued)
    age_items(queued, "lease_until", hours=1)
    second = cast.claimed(queued)
    assert (second.attempts, second.started_at) == (2, first.started_at)
    assert second.lease_token != first.lease_token


@pytest.mark.parametrize("state", [A, C, E])
def test_other_states_are_not_claimed(queued: Job, state: ItemState) -> None:
    JobItem.objects.filter(job=queued).update(state=state, image_id=uuid4())
    assert lifecycle.claim(cast.only(queued).pk) is None


def test_a_spent_item_is_not_claimed(queued: Job) -> None:
    JobItem.objects.filter(job=queued).update(attempts=3)
    assert lifecycle.claim(cast.only(queued).pk) is None


def test_an_item_is_not_claimed_before_its_next_try(queued: Job) -> None:
    item = cast.claimed(queued)
    assert lifecycle.postpone(item, counts=True)
    assert lifecycle.claim(item.pk) is None
    age_items(queued, "next_try_at", hours=1)
    assert lifecycle.claim(item.pk) is not None


def test_an_unknown_item_is_not_claimed(db: None) -> None:
    assert lifecycle.claim(10**9) is None


# --- Completing and failing ----------------------------------------------------------------


def test_completing_keeps_the_place(queued: Job, alice: User, commits: cast.Commits) -> None:
    item = cast.claimed(queued)
    with commits():
        lifecycle.complete(item, uuid4())
    assert used(alice) == (1, 0)
    assert (cast.only(queued).file.name, item.file.name in cast.keys("staging")) == ("", False)


def test_a_worker_whose_lease_passed_on_completes_nothing(queued: Job, alice: User) -> None:
    late = cast.claimed(queued)
    age_items(queued, "lease_until", hours=1)
    cast.claimed(queued)
    with pytest.raises(lifecycle.Fenced), transaction.atomic():
        lifecycle.complete(late, uuid4())
    assert (cast.states(queued), used(alice)) == (["processing"], (1, 1))


def test_a_worker_whose_lease_passed_on_fails_nothing(queued: Job, alice: User) -> None:
    late = cast.claimed(queued)
    age_items(queued, "lease_until", hours=1)
    cast.claimed(queued)
    assert not lifecycle.fail(late, Code.CORRUPT)
    assert not lifecycle.postpone(late, counts=True)
    assert (cast.states(queued), used(alice)) == (["processing"], (1, 1))


def test_failing_gives_the_place_back_once(queued: Job, alice: User) -> None:
    item = cast.claimed(queued)
    assert [lifecycle.fail(item, Code.CORRUPT) for _ in range(2)] == [True, False]
    assert used(alice) == (0, 0)


@pytest.mark.parametrize(
    ("code", "kept"),
    [(Code.CORRUPT, False), (Code.PROCESSING_FAILED, True), (Code.STORAGE_UNAVAILABLE, True)],
)
def test_bytes_are_kept_where_the_fault_is_ours(
    queued: Job, commits: cast.Commits, code: Code, kept: bool
) -> None:
    item = cast.claimed(queued)
    with commits():
        lifecycle.fail(item, code)
    assert bool(cast.only(queued).file) is kept
    assert (item.file.name in cast.keys("staging")) is kept


def test_a_refund_never_goes_below_zero(queued: Job, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(file_upload_count=0, file_upload_held=0)
    lifecycle.fail(cast.claimed(queued), Code.CORRUPT)
    assert used(alice) == (0, 0)


# --- Postponing ----------------------------------------------------------------------------


def test_the_last_attempt_ends_the_item(queued: Job) -> None:
    for attempt in (1, 2, 3):
        age_items(queued, "next_try_at", hours=1)
        item = cast.claimed(queued)
        assert item.attempts == attempt
        lifecycle.postpone(item, counts=True)
    assert cast.states(queued) == ["processing_failed"]


def test_absent_storage_costs_no_attempt(queued: Job) -> None:
    for _ in range(5):
        age_items(queued, "next_try_at", hours=1)
        lifecycle.postpone(cast.claimed(queued), counts=False)
    assert (cast.states(queued), cast.only(queued).attempts) == (["queued"], 0)


@pytest.mark.parametrize(("hours", "seconds"), [(0, 10), (1, 300)])
def test_waits_grow_from_ten_seconds_to_five_minutes(queued: Job, hours: int, seconds: int) -> None:
    lifecycle.postpone(cast.claimed(queued), counts=False)
    age_items(queued, "next_try_at", hours=1)
    age_items(queued, "trouble_since", hours=hours)
    lifecycle.postpone(cast.claimed(queued), counts=False)
    next_try = cast.only(queued).next_try_at
    assert next_try is not None
    assert abs((next_try - timezone.now()).total_seconds() - seconds) < 5


def test_patience_with_absent_storage_ends(queued: Job, alice: User) -> None:
    lifecycle.postpone(cast.claimed(queued), counts=False)
    age_items(queued, "next_try_at", "trouble_since", hours=7)
    lifecycle.postpone(cast.claimed(queued), counts=False)
    assert (cast.states(queued), used(alice)) == (["storage_unavailable"], (0, 0))
    assert cast.only(queued).file


def test_trouble_is_forgotten_with_success(queued: Job) -> None:
    lifecycle.postpone(cast.claimed(queued), counts=False)
    age_items(queued, "next_try_at", hours=1)
    lifecycle.complete(cast.claimed(queued), uuid4())
    assert cast.only(queued).trouble_since is None


# --- Settling ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [("CC", "done"), ("CE", "error"), ("EE", "error"), ("CA", "queued"), ("CQ", "queued")],
)
def test_a_job_ends_with_its_last_item(
    alice: User, screening: LabUnit, ends: str, outcome: str
) -> None:
    job = cast.announced(alice, screening, *cast.photos(2))
    for item, end in zip(cast.items(job), ends, strict=True):
        state = {"A": A, "Q": Q, "C": C, "E": E}[end]
        JobItem.objects.filter(pk=item.pk).update(state=state, image_id=uuid4())
    assert lifecycle.settle(job.pk) is (outcome not in UNDER_WAY)
    assert job_state(job) == outcome


def test_rejected_files_make_no_job_an_error(alice: User, screening: LabUnit) -> None:
    job = cast.uploaded(alice, screening, cast.photo())
    JobItem.objects.create(job=job, n=1, filename="x", rejected=True, state=E, code="wrong_type")
    Job.objects.filter(pk=job.pk).update(state=JobState.PROCESSING)
    lifecycle.settle(job.pk)
    assert job_state(job) == "done"


def test_a_settled_job_stays_as_it_is(alice: User, screening: LabUnit) -> None:
    job = cast.uploaded(alice, screening, cast.photo())
    assert not lifecycle.settle(job.pk)
    assert Job.objects.get(pk=job.pk).finished_at == job.finished_at


# --- By hand -------------------------------------------------------------------------------


@pytest.fixture
def broken(queued: Job) -> Job:
    lifecycle.fail(cast.claimed(queued), Code.PROCESSING_FAILED)
    lifecycle.settle(queued.pk)
    return queued


def test_a_broken_item_can_be_queued_again(broken: Job, alice: User) -> None:
    rung = bells()
    assert lifecycle.requeue(cast.only(broken))
    item = cast.only(broken)
    assert (item.state, item.code, item.detail, item.attempts) == (Q, "", "", 0)
    assert (job_state(broken), used(alice), bells()) == ("queued", (1, 1), rung + 1)
    assert len(cast.audit("item_requeued")) == 1


def test_an_item_queued_again_becomes_an_image(broken: Job, alice: User) -> None:
    lifecycle.requeue(cast.only(broken))
    cast.work(broken)
    assert (cast.states(broken), job_state(broken)) == (["completed"], "done")
    assert used(alice) == (1, 0)


def test_without_quota_nothing_is_queued_again(broken: Job, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=0)
    assert not lifecycle.requeue(cast.only(broken))
    assert (cast.states(broken), job_state(broken)) == (["processing_failed"], "error")
    assert used(alice) == (0, 0)
    assert cast.audit("item_requeued") == []


def test_refused_items_are_not_queued_again(queued: Job) -> None:
    lifecycle.fail(cast.claimed(queued), Code.CORRUPT)
    assert not lifecycle.requeue(cast.only(queued))


def test_items_without_bytes_are_not_queued_again(broken: Job) -> None:
    JobItem.objects.filter(job=broken).update(file="")
    assert not lifecycle.requeue(cast.only(broken))


@pytest.mark.parametrize(("state", "code"), [(A, "not_received"), (Q, "processing_failed")])
def test_open_items_can_be_failed(queued: Job, alice: User, state: ItemState, code: str) -> None:
    JobItem.objects.filter(job=queued).update(state=state)
    assert lifecycle.fail_open(cast.only(queued))
    assert (cast.states(queued), job_state(queued)) == ([code], "error")
    assert used(alice) == (0, 0)


def test_an_item_under_way_can_be_failed_and_its_worker_is_fenced(queued: Job) -> None:
    item = cast.claimed(queued)
    assert lifecycle.fail_open(item)
    with pytest.raises(lifecycle.Fenced), transaction.atomic():
        lifecycle.complete(item, uuid4())


def test_ended_items_cannot_be_failed(broken: Job) -> None:
    assert not lifecycle.fail_open(cast.only(broken))


# --- Redis ---------------------------------------------------------------------------------


def test_with_another_broker_the_bell_waits_for_the_commit(
    awaiting: Job, settings: Settings, commits: cast.Commits
) -> None:
    settings.QUEUE_BROKER = "redis://127.0.0.1:9"
    with commits():
        lifecycle.receive(cast.only(awaiting), key="k", size=3, md5="m", sha256="s")
        assert bells() == 0
    assert bells() == 1

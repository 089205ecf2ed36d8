"""Every transition of jobs and items. Each is one conditional UPDATE naming the state it leaves.

Zero rows changed means that somebody else was faster, and nothing was done. Times are the
database's: worker hosts may disagree about the hour.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest, Now
from django.utils import timezone

from accounts import audit, quota
from accounts.models import Action, User
from jobs.codes import BROKEN, Code, sentence
from jobs.models import Job, JobItem
from jobs.queue import enqueue
from jobs.states import TRANSITIONS, UNDER_WAY, ItemState, JobState
from jobs.worker import identity

SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=5)


class Fenced(Exception):
    """The lease has passed to another worker; what this one did must not count."""


def move(items: QuerySet[JobItem], old: ItemState, new: ItemState, **changes: Any) -> int:
    """The one UPDATE behind every transition. Returns the number of items that moved."""
    if new not in TRANSITIONS[old]:
        raise ValueError(f"An item cannot go from {old} to {new}.")
    return items.filter(state=old).update(state=new, **changes)


# --- Arriving -----------------------------------------------------------------------------


@transaction.atomic
def receive(item: JobItem, *, key: str, size: int, md5: str, sha256: str) -> bool:
    """awaiting → queued: the bytes lie in staging under `key`."""
    moved = move(
        JobItem.objects.filter(pk=item.pk),
        ItemState.AWAITING,
        ItemState.QUEUED,
        file=key,
        size_bytes=size,
        content_md5=md5,
        content_sha256=sha256,
        received_at=Now(),
        enqueued_at=Now(),
    )
    if not moved:
        return False
    Job.objects.filter(pk=item.job_id).update(last_received_at=Now())
    audit.record(
        Action.ITEM_RECEIVED,
        item,
        job_token=item.job.token,
        after={"md5": md5, "size_bytes": size},
    )
    enqueue(item.pk)
    return True


def refuse_awaiting(item: JobItem, code: Code, detail: str = "") -> bool:
    """awaiting → error, the quota given back."""
    with transaction.atomic():
        closed = _close(item, ItemState.AWAITING, code, detail)
    settle(item.job_id)
    return closed


# --- Processing ---------------------------------------------------------------------------


def claim(item_id: int) -> JobItem | None:
    """queued, or processing under a lease that ran out → processing under a lease of our own."""
    free = Q(state=ItemState.QUEUED) & (Q(next_try_at=None) | Q(next_try_at__lte=Now()))
    abandoned = Q(state=ItemState.PROCESSING, lease_until__lt=Now())
    token = uuid.uuid4()
    with transaction.atomic():
        claimed = JobItem.objects.filter(
            free | abandoned, pk=item_id, attempts__lt=settings.JOBS_MAX_ATTEMPTS
        ).update(
            state=ItemState.PROCESSING,
            attempts=F("attempts") + 1,
            leased_by=identity.name(),
            lease_token=token,
            lease_until=Now() + settings.JOBS_LEASE,
            next_try_at=None,
            started_at=Coalesce(F("started_at"), Now()),
        )
        if not claimed:
            return None
        Job.objects.filter(items=item_id, state=JobState.QUEUED).update(
            state=JobState.PROCESSING, started_at=Coalesce(F("started_at"), Now())
        )
    return JobItem.objects.select_related("job__uploader").get(pk=item_id, lease_token=token)


def complete(item: JobItem, image_id: uuid.UUID) -> None:
    """processing → completed, inside the transaction that writes the image. Fenced: roll back."""
    done = move(
        _leased(item),
        ItemState.PROCESSING,
        ItemState.COMPLETED,
        image_id=image_id,
        finished_at=Now(),
        file="",
        trouble_since=None,
    )
    if not done:
        raise Fenced
    quota.keep(item.job.uploader_id)
    drop_staged_after_commit(item.file.name or "")


@transaction.atomic
def fail(
    item: JobItem, code: Code, detail: str = "", *, duplicate_of: uuid.UUID | None = None
) -> bool:
    """processing → error under our lease."""
    return _close(
        item,
        ItemState.PROCESSING,
        code,
        detail,
        lease_token=item.lease_token,
        duplicate_of=duplicate_of,
    )


def postpone(item: JobItem, *, counts: bool) -> bool:
    """processing → queued for a later try; the last try ends as an error.

    `counts`: the attempt was spent on the file. Otherwise the storage was away, which is not the
    file's doing: it is tried again, less and less often, until patience ends.
    """
    if counts and item.attempts >= settings.JOBS_MAX_ATTEMPTS:
        return fail(item, Code.PROCESSING_FAILED)
    trouble = item.trouble_since or timezone.now()
    lasted = timezone.now() - trouble
    if not counts and lasted >= settings.JOBS_STORAGE_PATIENCE:
        return fail(item, Code.STORAGE_UNAVAILABLE)
    wait = min(max(lasted, SHORTEST_WAIT), LONGEST_WAIT)
    spent = F("attempts") if counts else Greatest(F("attempts") - 1, Value(0))
    return bool(
        move(
            _leased(item),
            ItemState.PROCESSING,
            ItemState.QUEUED,
            attempts=spent,
            trouble_since=trouble,
            lease_until=None,
            next_try_at=Now() + wait,
        )
    )


def give_back(worker: str) -> int:
    """processing → queued for what `worker` was cut off from by our own stop: no attempt is spent.

    Only when none of its processes is left. Returns the number of items.
    """
    cut_off = JobItem.objects.filter(state=ItemState.PROCESSING, leased_by=worker)
    return sum(_give_back(item) for item in cut_off)


@transaction.atomic
def _give_back(item: JobItem) -> bool:
    moved = move(
        _leased(item),
        ItemState.PROCESSING,
        ItemState.QUEUED,
        attempts=Greatest(F("attempts") - 1, Value(0)),
        lease_until=None,
        enqueued_at=Now(),
    )
    if moved:
        enqueue(item.pk)
    return bool(moved)


# --- Ending -------------------------------------------------------------------------------


def settle(job_id: int) -> bool:
    """queued or processing → done or error, once no item is open.

    Runs in a transaction of its own: two last items that end in parallel transactions cannot see
    each other. Whoever commits last settles; the sweeper repeats it.
    """
    if JobItem.objects.open().filter(job=job_id).exists():  # all but once, and much cheaper
        return False
    ended = JobItem.objects.filter(job=OuterRef("pk"), rejected=False)
    completed = Exists(ended.filter(state=ItemState.COMPLETED))
    failed = Exists(ended.filter(state=ItemState.ERROR))
    open_items = Exists(JobItem.objects.open().filter(job=OuterRef("pk")))
    jobs = Job.objects.filter(~open_items, pk=job_id, state__in=UNDER_WAY)
    outcome = Case(
        When(completed & ~failed, then=Value(JobState.DONE.value)),
        default=Value(JobState.ERROR.value),
    )
    return bool(jobs.update(state=outcome, finished_at=Now()))


@transaction.atomic
def requeue(item: JobItem) -> bool:
    """error → queued by an administrator, where the bytes are still kept and quota is left."""
    uploader = User.objects.get(pk=item.job.uploader_id)
    broken = JobItem.objects.filter(pk=item.pk, code__in=BROKEN).exclude(file="")
    moved = move(
        broken,
        ItemState.ERROR,
        ItemState.QUEUED,
        code="",
        detail="",
        attempts=0,
        next_try_at=None,
        trouble_since=None,
        finished_at=None,
        enqueued_at=Now(),
    )
    if not moved:
        return False
    if not quota.reserve(uploader, 1):
        transaction.set_rollback(True)
        return False
    Job.objects.filter(pk=item.job_id, state__in=(JobState.DONE, JobState.ERROR)).update(
        state=JobState.QUEUED, finished_at=None
    )
    audit.record(Action.ITEM_REQUEUED, item, job_token=item.job.token)
    enqueue(item.pk)
    return True


def fail_open(item: JobItem) -> bool:
    """Any open state → error, by an administrator or because nothing more can come of it."""
    for state in (ItemState.AWAITING, ItemState.QUEUED, ItemState.PROCESSING):
        code = Code.NOT_RECEIVED if state == ItemState.AWAITING else Code.PROCESSING_FAILED
        with transaction.atomic():
            closed = _close(item, state, code, "")
        if closed:
            settle(item.job_id)
            return True
    return False


def drop_staged(key: str) -> None:
    """Remove staged bytes that nobody needs any more. What stays behind, the sweeper finds."""
    if key:
        storages["staging"].delete(key)


def drop_staged_after_commit(key: str) -> None:
    """The same at the end of the transaction. A storage that is away only leaves bytes behind."""

    # Not a partial: Django cannot name one in its log when it fails, and raises then.
    def drop() -> None:
        drop_staged(key)

    transaction.on_commit(drop, robust=True)


def _leased(item: JobItem) -> QuerySet[JobItem]:
    return JobItem.objects.filter(pk=item.pk, lease_token=item.lease_token)


def _close(
    item: JobItem,
    old: ItemState,
    code: Code,
    detail: str,
    *,
    lease_token: uuid.UUID | None = None,
    duplicate_of: uuid.UUID | None = None,
) -> bool:
    """Open → error: the refund and the audit row are in the same transaction, so happen once."""
    items = JobItem.objects.filter(pk=item.pk)
    if lease_token:
        items = items.filter(lease_token=lease_token)
    keeps = code in BROKEN
    changes: dict[str, Any] = {} if keeps else {"file": ""}
    moved = move(
        items,
        old,
        ItemState.ERROR,
        code=code,
        detail=detail or sentence(code),
        finished_at=Now(),
        duplicate_of=duplicate_of,
        **changes,
    )
    if not moved:
        return False
    quota.refund(item.job.uploader_id)
    audit.record(
        Action.ITEM_FAILED if keeps else Action.ITEM_REFUSED,
        item,
        succeeded=False,
        job_token=item.job.token,
        after={"code": code, "md5": item.content_md5 or item.declared_md5},
    )
    if not keeps:
        drop_staged_after_commit(item.file.name or "")
    return True

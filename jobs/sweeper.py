"""Repairs what was dropped: dead workers' items, lost bells, files that never came, leftovers."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import origin
from jobs import lifecycle, removal
from jobs.codes import Code
from jobs.models import Job, JobItem
from jobs.queue import bells_waiting, enqueue
from jobs.states import UNDER_WAY, ItemState
from jobs.storage import PARTS

log = logging.getLogger(__name__)

BUSY_ROUNDS = 40  # how much longer a bell may stay unheard while others are


def sweep() -> Counter[str]:
    """Put everything right that can be, and say how much of what it was."""
    return Counter(
        requeued=_requeue_abandoned(),
        exhausted=_close_exhausted(),
        rung=_ring_again(),
        not_received=_close_missing(),
        settled=_settle_ended(),
        edits=import_string(settings.JOBS_EDIT_SWEEP)(),
    )


def collect_leftovers() -> Counter[str]:
    """Remove staged bytes whose time is over."""
    return Counter(expired=_drop_expired(), orphans=_drop_orphans(), parts=_drop_parts())


def remove_deleted() -> Counter[str]:
    """Remove stored files that were given up and could not be removed at once."""
    return Counter(removed=removal.remove_due())


def _requeue_abandoned() -> int:
    """Items whose worker died, while they have attempts left."""
    abandoned = JobItem.objects.filter(
        state=ItemState.PROCESSING,
        lease_until__lt=Now(),
        attempts__lt=settings.JOBS_MAX_ATTEMPTS,
    )
    return sum(_requeue(item) for item in abandoned)


@transaction.atomic
def _requeue(item: JobItem) -> bool:
    moved = lifecycle.move(
        JobItem.objects.filter(pk=item.pk, lease_token=item.lease_token, lease_until__lt=Now()),
        ItemState.PROCESSING,
        ItemState.QUEUED,
        lease_until=None,
        enqueued_at=Now(),
    )
    if moved:
        log.warning("item %s was abandoned by its worker: queued again", item.pk)
        enqueue(item.pk)
    return bool(moved)


def _close_exhausted() -> int:
    """Items that killed their worker each time."""
    poison = JobItem.objects.select_related("job__uploader").filter(
        Q(state=ItemState.PROCESSING, lease_until__lt=Now()) | Q(state=ItemState.QUEUED),
        attempts__gte=settings.JOBS_MAX_ATTEMPTS,
    )
    return sum(_for_uploader(item, lifecycle.fail_open) for item in poison)


def _ring_again() -> int:
    """Queued items whose bell was lost, or whose next try is due."""
    # While bells wait to be heard, one that was lost cannot be told from one whose turn is later.
    rounds = BUSY_ROUNDS if bells_waiting() else 1
    long_ago = Now() - rounds * settings.JOBS_PICKUP_AFTER
    due = Q(next_try_at__lte=Now(), enqueued_at__lt=F("next_try_at"))
    lost = Q(enqueued_at__lt=long_ago) & (Q(next_try_at=None) | Q(next_try_at__lte=long_ago))
    silent = JobItem.objects.filter(due | lost, state=ItemState.QUEUED)
    return sum(_ring(silent, pk) for pk in list(silent.values_list("pk", flat=True)))


@transaction.atomic
def _ring(silent: QuerySet[JobItem], pk: int) -> bool:
    """Ring unless somebody has meanwhile: the item is not silent any more then."""
    rung = silent.filter(pk=pk).update(enqueued_at=Now())
    if rung:
        enqueue(pk)
    return bool(rung)


def _close_missing() -> int:
    """Announced files whose bytes have not come."""
    quiet = Coalesce(F("job__last_received_at"), F("job__created_at"))
    missing = (
        JobItem.objects.select_related("job__uploader")
        .filter(state=ItemState.AWAITING)
        .alias(quiet_since=quiet)
        .filter(quiet_since__lt=Now() - settings.JOBS_NOT_RECEIVED_AFTER)
    )
    refuse = partial(lifecycle.refuse_awaiting, code=Code.NOT_RECEIVED)
    return sum(_for_uploader(item, refuse) for item in missing)


def _for_uploader(item: JobItem, act: Callable[[JobItem], bool]) -> bool:
    """The audit trail is to say whose file it was."""
    who = replace(origin.current(), on_behalf_of=item.job.uploader.get_username())
    with origin.acting(who):
        return act(item)


def _settle_ended() -> int:
    open_items = JobItem.objects.open().filter(job=OuterRef("pk"))
    ended = Job.objects.filter(~Exists(open_items), state__in=UNDER_WAY)
    return sum(lifecycle.settle(pk) for pk in ended.values_list("pk", flat=True))


def _drop_expired() -> int:
    """Bytes kept because a failure was ours, after their time."""
    expired = JobItem.objects.filter(
        state=ItemState.ERROR, finished_at__lt=Now() - settings.JOBS_KEEP_BROKEN
    ).exclude(file="")
    dropped = 0
    for item in expired:
        if JobItem.objects.filter(pk=item.pk, state=ItemState.ERROR).update(file=""):
            lifecycle.drop_staged(item.file.name or "")
            dropped += 1
    return dropped


def _drop_orphans() -> int:
    """Staged files no item names: left by a crash between the file and its row."""
    storage = storages["staging"]
    before = timezone.now() - settings.JOBS_ORPHAN_AFTER
    dropped = 0
    for key in _old_keys(storage, "", before):
        if not JobItem.objects.filter(file=key).exists():
            storage.delete(key)
            dropped += 1
    return dropped


def _drop_parts() -> int:
    """Files whose writer was killed: stored ones, and those on their way in on this host."""
    spool = FileSystemStorage(settings.SPOOL_DIR)
    before = timezone.now() - settings.JOBS_ORPHAN_AFTER
    dropped = 0
    for storage, folder in ((storages["default"], PARTS), (spool, "")):
        for key in _old_keys(storage, folder, before):
            if key.endswith(".part"):
                storage.delete(key)
                dropped += 1
    return dropped


def _old_keys(storage: Storage, folder: str, before: datetime) -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:  # nothing was staged yet, or what was is gone again
        return
    for name in files:
        if _is_older(storage, key := f"{folder}{name}", before):
            yield key
    for name in folders:
        yield from _old_keys(storage, f"{folder}{name}/", before)


def _is_older(storage: Storage, key: str, before: datetime) -> bool:
    try:
        return storage.get_modified_time(key) < before
    except FileNotFoundError:  # a worker has just finished with it
        return False

"""Stored files that nobody needs any more: queued with the change that gave them up, then removed
until they are gone.

A key that is queued must never be written again: a late removal would take the new file with it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import timedelta

from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from jobs.models import Removal
from jobs.storage import StorageAway, storage_trouble

log = logging.getLogger(__name__)

TOGETHER = 200
# One file that cannot be removed must not hold up the others, a storage that is away must.
TROUBLES = 3
AT_ONCE = 5.0  # seconds that whoever gave the files up waits for them
SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)


def remove_after_commit(keys: Iterable[str]) -> None:
    """Queue these keys of the default storage. Call inside the transaction that gives them up.

    They are removed as soon as it has committed. What a storage that is away, or a crash, leaves
    behind, `remove_due` goes on with.
    """
    listed = list(keys)
    Removal.objects.bulk_create(
        [Removal(key=key, next_try_at=Now()) for key in listed], ignore_conflicts=True
    )

    # Not a partial: Django cannot name one in its log when it fails, and raises then.
    def remove() -> None:
        _remove(Removal.objects.filter(key__in=listed), troubles=1, seconds=AT_ONCE)

    transaction.on_commit(remove, robust=True)


def remove_due() -> int:
    """Remove what is queued and due. Returns the number of files that are gone."""
    removed = 0
    while True:
        due = Removal.objects.filter(next_try_at__lte=Now()).order_by("next_try_at")[:TOGETHER]
        gone = _remove(due, troubles=TROUBLES)
        removed += gone
        if gone < TOGETHER:
            return removed


def _remove(queued: Iterable[Removal], *, troubles: int, seconds: float | None = None) -> int:
    """Stops after so many troubles, or so many seconds."""
    end = time.monotonic() + seconds if seconds is not None else None
    gone: list[int] = []
    for each in queued:
        if end is not None and time.monotonic() > end:
            break
        if _removed(each):
            gone.append(each.pk)
        elif not (troubles := troubles - 1):
            break
    Removal.objects.filter(pk__in=gone).delete()
    return len(gone)


def _removed(queued: Removal) -> bool:
    try:
        with storage_trouble():
            storages["default"].delete(queued.key)
    except StorageAway as trouble:
        log.warning("a file could not be removed and is kept in mind (%s)", trouble)
        wait = min(SHORTEST_WAIT * 2 ** min(queued.attempts, 12), LONGEST_WAIT)
        Removal.objects.filter(pk=queued.pk).update(
            attempts=F("attempts") + 1, next_try_at=Now() + wait
        )
        return False
    return True

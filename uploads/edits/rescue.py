"""Repairs edits that stand still: dead workers' ones and lost bells."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from jobs.queue import ring
from uploads.edits.rendering import give_up_abandoned
from uploads.models import EditState, ImageEdit

log = logging.getLogger(__name__)


def sweep() -> int:
    """Put everything right that can be; the number of edits it concerned."""
    left = ImageEdit.objects.filter(state=EditState.PROCESSING, lease_until__lt=Now())
    spent = left.filter(attempts__gte=settings.JOBS_MAX_ATTEMPTS).select_related("image")
    given_up = sum(give_up_abandoned(edit) for edit in spent)
    late = Now() - settings.JOBS_PICKUP_AFTER
    silent = ImageEdit.objects.filter(state=EditState.QUEUED, enqueued_at__lt=late)
    rung = sum(_ring(rows, pk) for rows in (left, silent) for pk in _ids(rows))
    if given_up or rung:
        log.warning("edits swept: %s given up, %s queued again", given_up, rung)
    return given_up + rung


def _ids(rows: QuerySet[ImageEdit]) -> list[int]:
    return list(rows.values_list("pk", flat=True))


@transaction.atomic
def _ring(rows: QuerySet[ImageEdit], pk: int) -> bool:
    """Ring unless somebody has meanwhile: the edit does not stand still any more then."""
    moved = rows.filter(pk=pk).update(
        state=EditState.QUEUED, lease_token=None, lease_until=None, enqueued_at=Now()
    )
    if moved:
        ring(settings.JOBS_EDIT_TASK, pk)
    return bool(moved)

"""What an administrator can do about items: queue them again or give them up, or why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from jobs import lifecycle
from jobs.codes import BROKEN
from jobs.models import JobItem
from jobs.states import ItemState


class Outcome(models.TextChoices):
    REQUEUED = "requeued", _("%d queued again")
    FAILED = "failed", _("%d given up")
    NOT_FAILED = "not_failed", _("%d not: no failure")
    ENDED = "ended", _("%d not: ended already")
    REFUSED = "refused", _("%d not: the file itself was refused")
    BYTES_GONE = "bytes_gone", _("%d not: the bytes are no longer kept and must be sent again")
    QUOTA = "quota", _("%d not: the uploader's quota is used up")


def requeue_all(items: QuerySet[JobItem]) -> Counter[Outcome]:
    """Queue every item again whose failure was ours, each in a transaction of its own."""
    return Counter(_requeue(item) for item in _each(items))


def fail_all(items: QuerySet[JobItem]) -> Counter[Outcome]:
    """Give up every item that is still open."""
    return Counter(
        Outcome.FAILED if lifecycle.fail_open(item) else Outcome.ENDED for item in _each(items)
    )


def sentence(outcomes: Counter[Outcome]) -> str:
    """What happened to how many files: "3 queued again. 1 not: …"."""
    told = [str(outcome.label) % outcomes[outcome] for outcome in Outcome if outcomes[outcome]]
    return ". ".join(told) + "."


def _each(items: QuerySet[JobItem]) -> Iterable[JobItem]:
    return items.select_related("job").order_by("job", "n").iterator(chunk_size=500)


def _requeue(item: JobItem) -> Outcome:
    if lifecycle.requeue(item):
        return Outcome.REQUEUED
    return _hindrance(JobItem.objects.get(pk=item.pk))


def _hindrance(item: JobItem) -> Outcome:
    if item.state != ItemState.ERROR:
        return Outcome.NOT_FAILED
    if item.code not in BROKEN:
        return Outcome.REFUSED
    return Outcome.QUOTA if item.file else Outcome.BYTES_GONE

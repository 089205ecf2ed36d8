"""One search box for images and grades that asks no question the database has no index for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import User
from jobs.models import JobItem
from uploads.listing.names import named
from uploads.models import FundusImage, Grade

_ID_OR_BEGINNING = re.compile(r"[0-9a-f]{8,32}", re.IGNORECASE)


def images(rows: QuerySet[FundusImage], text: str) -> QuerySet[FundusImage]:
    """What the text is of the first kind that fits: an id, a hash, a job, a person, a name."""
    if not text:
        return rows
    for condition in _conditions(text):
        if FundusImage.objects.filter(condition).exists():
            return rows.filter(condition)
    return named(text).narrow(rows)  # type: ignore[arg-type]


def grades(rows: QuerySet[Grade], text: str) -> QuerySet[Grade]:
    """Those of an image, or else by a grader."""
    if not text:
        return rows
    between = ids_beginning(text)
    if between:
        found = FundusImage.objects.filter(public_id__range=between)
        ids = list(found.values_list("pk", flat=True)[:100])
        if ids:
            return rows.filter(image__in=ids)
    return rows.filter(grader__in=list(User.objects.filter(username=text)))


def ids_beginning(text: str) -> tuple[UUID, UUID] | None:
    """The first and the last id that begin so; None for what is no id nor the beginning of one."""
    digits = text.replace("-", "")
    if not _ID_OR_BEGINNING.fullmatch(digits):
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))


def _conditions(text: str) -> Iterator[Q]:
    between, hashed = ids_beginning(text), text.lower()
    if between:
        yield Q(public_id__range=between)
        yield Q(content_md5=hashed)
        # By number: planners misjudge a join from a million rows to some.
        items = JobItem.objects.filter(job__token__range=between).values_list("pk", flat=True)
        yield Q(source_item__in=list(items[:2000]))
    yield Q(stored_sha256=hashed)
    yield Q(uploaded_by__in=list(User.objects.filter(username=text).values_list("pk", flat=True)))

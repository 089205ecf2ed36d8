"""Rows of images without files, for tests of lists: made by the code that makes every row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction
from django.http import QueryDict

from accounts.models import LabUnit, User
from jobs.models import Job, JobItem
from tests import cast
from uploads import tallying
from uploads.listing.selection import Selection
from uploads.models import FundusImage

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_NUMBERS = count(1)


def filed(user: User, at: LabUnit, **columns: Any) -> FundusImage:
    """One image with these columns; `created_at` is by the minute, in the order of filing."""
    return all_filed(user, at, [columns])[0]


@transaction.atomic
def all_filed(
    user: User, at: LabUnit, wanted: Iterable[dict[str, Any]], **common: Any
) -> list[FundusImage]:
    job = Job.objects.create(uploader=user, lab_unit=at, state="done")
    made = []
    for n, columns in enumerate(wanted):
        image = _image(user, at, job, n, **{**common, **columns})
        tallying.add(image)
        JobItem.objects.filter(pk=image.source_item_id).update(image_id=image.public_id)
        made.append(image)
    return made


def some(number: int, **columns: Any) -> list[dict[str, Any]]:
    return [dict(columns) for _ in range(number)]


def _image(user: User, at: LabUnit, job: Job, n: int, **columns: Any) -> FundusImage:
    number = next(_NUMBERS)
    chosen = cast.choices(at)
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    item = JobItem.objects.create(job=job, n=n, filename=columns.get("filename", "eye.jpg"))
    given = {
        "camera": chosen.camera,
        "disease": chosen.disease,
        "laterality": "OD",
        "created_at": NOON + timedelta(minutes=number),
        "filename": f"eye-{number}.jpg",
        **columns,
    }
    return FundusImage(
        source_item=item,
        lab_unit=at,
        uploaded_by=user,
        content_md5=digest[:32],
        content_sha256=digest,
        stored_sha256=digest,
        size_bytes=1000,
        stored_size=900,
        mime_type="image/jpeg",
        width=32,
        height=24,
        original=f"originals/{number}.jpg",
        thumbnail=f"thumbnails/{number}.jpg",
        **given,
    )


def selection(user: User, query: str = "") -> Selection:
    return Selection.of(cast.again(user), QueryDict(query))

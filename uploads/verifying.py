"""Verifying all stored files in pieces: how far it is stands in the database after each of them."""

from __future__ import annotations

import logging
import random
import re
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit
from accounts.models import Action
from jobs.storage import StorageAway
from uploads import verification
from uploads.models import FileCheck, FundusImage
from uploads.verification import KINDS, Finding

log = logging.getLogger(__name__)

PIECE = 20  # images
# Seconds of each turn, which come every ten: whoever works with the files is not to feel it.
BUSY = 2.0
LEASE = timedelta(minutes=5)
NAMED = 1000  # findings of one check in the trail and in the log, lest a lost disk fill both
NO_TEXT = re.compile("[\ud800-\udfff]")
NEEDED = ("public_id", "lab_unit_id", *verification.FILES, "stored_sha256", "edited_sha256")


def begin(*, scheduled: bool = False, percent: int = 100) -> FileCheck:
    total = FundusImage.objects.count()
    return FileCheck.objects.create(scheduled=scheduled, percent=percent, total=total)


def interrupted(*, scheduled: bool = False) -> FileCheck | None:
    """The newest one, if it has not come to its end."""
    newest = FileCheck.objects.filter(scheduled=scheduled).first()
    return newest if newest and newest.finished_at is None else None


def advance(check: FileCheck) -> list[Finding]:
    """Do the next piece and write down how far that is. Raises StorageAway, then repeat it."""
    found = _strays(check) if check.images_done else _images(check)
    for kind in KINDS:
        count = sum(finding.kind == kind for finding in found)
        setattr(check, kind, getattr(check, kind) + count)
    with transaction.atomic():
        check.save()
        _write_down(check, found)
    return found


def work() -> None:
    """One turn of the check that recurs by the clock: a short while of it, if one is due.

    Interrupted, it goes on from the last piece, on whichever host comes first.
    """
    check = _due() if settings.JOBS_CHECK_DAYS else None
    if check is None or not _taken(check):
        return
    until = time.monotonic() + BUSY
    try:
        while check.finished_at is None:
            for finding in advance(check):
                _log(check, finding)
            if time.monotonic() >= until:
                break
    except StorageAway as trouble:
        # The lease is kept: not again before it ends.
        log.warning("verifying stored files: storage away (%s)", trouble)
        return
    FileCheck.objects.filter(pk=check.pk).update(lease_until=None)


def _images(check: FileCheck) -> list[Finding]:
    rows = FundusImage.objects.filter(pk__gt=check.after_image).order_by("pk").only(*NEEDED)
    piece = list(rows[:PIECE])
    chosen = [image for image in piece if random.random() * 100 < check.percent]  # noqa: S311
    found = [finding for image in chosen for finding in verification.damaged(image)]
    check.images += len(chosen)
    check.images_done = len(piece) < PIECE
    check.after_image = piece[-1].pk if piece else check.after_image
    return found


def _strays(check: FileCheck) -> list[Finding]:
    batch = next(verification.batches(check.after_key), None)
    if batch is None:
        check.finished_at = timezone.now()
        return []
    # What is no text sorts behind every text, so nothing is looked at twice.
    check.after_key = NO_TEXT.sub("\uffff", batch[-1])
    return verification.orphaned(batch)


def _write_down(check: FileCheck, found: list[Finding]) -> None:
    before = check.found - len(found)
    named = found[: max(0, NAMED - before)]
    audit.record_all([_event(finding) for finding in named])
    if check.finished_at:
        audit.record(
            Action.FILES_VERIFIED,
            check,
            succeeded=not check.found,
            after={"images": check.images, "percent": check.percent, **_counts(check)},
        )


def _event(finding: Finding) -> Any:
    image = finding.image
    return audit.event(
        Action.FILE_DAMAGED,
        image,
        object_id=str(image.public_id) if image else "",
        lab_unit_id=image.lab_unit_id if image else None,
        succeeded=False,
        after={"kind": finding.kind, "key": finding.shown[:500]},
    )


def _counts(check: FileCheck) -> dict[str, int]:
    return {kind: getattr(check, kind) for kind in KINDS}


def _log(check: FileCheck, finding: Finding) -> None:
    """By the image's id: keys of strays may hold whatever somebody has put there."""
    if check.found > NAMED:
        return
    if finding.image:
        log.error("image %s: its %s is %s", finding.image.public_id, finding.file, finding.kind)
    else:
        log.error("a stored file belongs to no image: see the audit trail")


def _due() -> FileCheck | None:
    """The one under way, or a new one when the last was begun long enough ago."""
    newest = FileCheck.objects.filter(scheduled=True).first()
    if newest is None:
        return _begun()
    if newest.finished_at is None:
        return newest
    next_at = newest.started_at + timedelta(days=settings.JOBS_CHECK_DAYS)
    return _begun() if next_at <= timezone.now() else None


def _begun() -> FileCheck | None:
    try:
        with transaction.atomic():
            return begin(scheduled=True)
    except IntegrityError:  # another host was faster
        return None


def _taken(check: FileCheck) -> bool:
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    if not FileCheck.objects.filter(free, pk=check.pk).update(lease_until=Now() + LEASE):
        return False
    # Another host may have been at it since we read how far it is.
    check.refresh_from_db()
    return check.finished_at is None

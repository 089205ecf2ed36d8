"""Deleting images: the rows at once, the bytes as soon as the storage lets us, the trail never."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import Action, AuditEvent, User
from jobs import removal
from jobs.models import Job, JobItem
from uploads import tallying
from uploads.changing import rules
from uploads.changing.naming import Names
from uploads.grading import giving
from uploads.models import FundusImage, Grade


class Gone(Exception):
    """Some of the images are no longer there, or no longer the user's to delete."""


class Graded(Exception):
    """These images were graded: deleting them needs a data manager."""

    def __init__(self, images: list[FundusImage]) -> None:
        super().__init__(f"{len(images)} graded")
        self.images = images


@transaction.atomic
def delete(*, user: User, ids: Iterable[uuid.UUID]) -> int:
    """Delete all of the images; returns their number. No quota is given back.

    Raises Gone or Graded, and has deleted nothing then.
    """
    wanted = set(ids)
    images = rules.locked(user, wanted)
    if len(images) < len(wanted):
        raise Gone
    if graded := rules.undeletable(user, images):
        raise Graded(graded)
    audit.record_all(_events(images))
    JobItem.objects.filter(pk__in=[image.source_item_id for image in images]).update(
        image_deleted_at=Now(), image_deleted_by=user.display_name[:150]
    )
    removal.remove_after_commit(key for image in images for key in image.file_keys)
    tallying.remove(images)
    return len(images)


def names_of_deleted(user: User, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Those of the ids whose images were deleted, where the user may see the job they came with."""
    items = JobItem.objects.filter(
        image_id__in=list(ids),
        image_deleted_at__isnull=False,
        job__in=Job.objects.visible_to(user),
    )
    return {image: name for image, name in items.values_list("image_id", "filename") if image}


def _events(images: Sequence[FundusImage]) -> list[AuditEvent]:
    names = Names(map(rules.present, images))
    grades: dict[int, list[dict[str, Any]]] = {}
    given = Grade.objects.filter(image__in=images).order_by("pk")
    for grade in given.select_related("disease", "scale", "level", "grader"):
        told = giving.described(grade) | {"given_at": grade.given_at.isoformat()}
        grades.setdefault(grade.image_id, []).append(told)
    return [_event(image, names.words(rules.present(image)), grades) for image in images]


def _event(
    image: FundusImage, words: dict[str, str], grades: dict[int, list[dict[str, Any]]]
) -> AuditEvent:
    kept = ("filename", "content_md5", "content_sha256", "stored_sha256", "edited_sha256")
    before: dict[str, Any] = {name: getattr(image, name) for name in kept}
    before |= words | {
        "uploaded_by_id": image.uploaded_by_id,
        "created_at": image.created_at.isoformat(),
        "grades": grades.get(image.pk, []),
    }
    return audit.event(
        Action.IMAGE_DELETED,
        image,
        object_id=str(image.public_id),
        lab_unit_id=image.lab_unit_id,
        job_token=image.source_item.job.token,
        before=before,
    )

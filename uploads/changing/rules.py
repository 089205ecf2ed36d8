"""What may be changed about images and who may delete them, and why not."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count
from django.utils.translation import ngettext

from accounts.models import User
from accounts.roles import Role
from uploads.limits import BULK_IMAGES
from uploads.models import FundusImage, Grade

MOST = BULK_IMAGES
# What describes an image. Values are kept by these names, as they stand in the database.
COLUMNS = ("lab_unit_id", "camera_id", "disease_id", "laterality", "mydriatic", "pregraded")
Values = dict[str, Any]


def differing(image: FundusImage, wanted: Values) -> Values:
    """That part of what is wanted which the image is not yet."""
    return {name: value for name, value in wanted.items() if getattr(image, name) != value}


def present(image: FundusImage, names: Iterable[str] = COLUMNS) -> Values:
    return {name: getattr(image, name) for name in names}


def locked(user: User, ids: Iterable[uuid.UUID]) -> list[FundusImage]:
    """Those of the images that `user` may change, locked until the transaction ends."""
    images = (
        FundusImage.objects.of_keys(public_id__in=list(ids))
        .editable_by(user)
        .select_for_update(of=("self",))
        .select_related("source_item__job")
    )
    return list(images.order_by("pk"))


def grades_of(images: Sequence[FundusImage]) -> Counter[int]:
    """Numbers of grades by primary key of the image."""
    grades = Grade.objects.filter(image__in=[image.pk for image in images]).order_by()
    return Counter(dict(grades.values_list("image").annotate(number=Count("pk"))))


def hindrance(change: Values, grades: int) -> str:
    """Why an image with so many grades cannot be changed so; empty when it can."""
    if "disease_id" not in change or not grades:
        return ""
    return ngettext(
        "The disease cannot change: the image has %(n)s grade for the present one.",
        "The disease cannot change: the image has %(n)s grades for the present one.",
        grades,
    ) % {"n": grades}


def may_mark_pregraded(user: User) -> bool:
    return user.is_administrator or user.has_role(Role.DATA_MANAGER)


def may_delete_graded(user: User) -> bool:
    """Of images that they may change at all."""
    return user.is_administrator or user.has_role(Role.DATA_MANAGER)


def undeletable(user: User, images: Iterable[FundusImage]) -> list[FundusImage]:
    """Graded images, unless the user may delete such."""
    if may_delete_graded(user):
        return []
    return [image for image in images if image.graded]


def nothing_to_change(images: int) -> str:
    return ngettext(
        "Nothing was changed: the image is described so already.",
        "Nothing was changed: the images are described so already.",
        images,
    )

"""The one way from a user and a public id to an image."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from accounts import audit
from accounts.middleware import signed_in
from accounts.models import User
from uploads.models import FundusImage, ScopedQuerySet

ImageView = Callable[[HttpRequest, FundusImage], HttpResponseBase]


def image_for(user: User, public_id: uuid.UUID) -> FundusImage:
    """Raises Http404 for images the user may not see, exactly as for those that do not exist."""
    images = FundusImage.objects.visible_to(user).select_related(
        "lab_unit__hospital", "camera", "disease", "uploaded_by", "source_item__job"
    )
    try:
        found: FundusImage = images.get(public_id=public_id)
    except FundusImage.DoesNotExist:
        there = FundusImage.objects.filter(public_id=public_id).exists()
        audit.deny_unseen(FundusImage, public_id, exists=there)
        raise Http404 from None
    return found


def with_image(view: ImageView) -> Callable[[HttpRequest, uuid.UUID], HttpResponseBase]:
    @wraps(view)
    def found(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
        return view(request, image_for(signed_in(request), public_id))

    return found


def require_editable(user: User, image: FundusImage) -> None:
    """403 for somebody who may see this image but not change it."""
    _require(FundusImage.objects.editable_by(user), user, image, "edit")


def require_gradable(user: User, image: FundusImage) -> None:
    """403 for somebody who may see this image but not grade it."""
    _require(FundusImage.objects.gradable_by(user), user, image, "grade")


def _require(allowed: ScopedQuerySet, user: User, image: FundusImage, what: str) -> None:
    if allowed.filter(pk=image.pk).exists():
        return
    audit.deny(
        image,
        object_id=str(image.public_id),
        lab_unit_id=image.lab_unit_id,
        after={"needs": what},
    )
    raise PermissionDenied

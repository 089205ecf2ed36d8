"""The images that somebody has selected on the dashboard, for what is done to many at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from accounts.middleware import signed_in
from accounts.models import User
from uploads.changing import deletion
from uploads.changing.rules import MOST
from uploads.gates import require_editable
from uploads.models import FundusImage

APPLY = "apply"
SEVERAL = ("lab_unit__hospital", "camera", "disease", "source_item__job")


@dataclass(frozen=True, slots=True)
class Selected:
    """Images the user may change, and the ids of those deleted since they were previewed."""

    images: list[FundusImage]
    gone: set[uuid.UUID]

    @property
    def ids(self) -> set[uuid.UUID]:
        return {image.public_id for image in self.images} | self.gone


SelectedView = Callable[[HttpRequest, Selected], HttpResponse]


def with_selected(view: SelectedView) -> Callable[[HttpRequest], HttpResponse]:
    """All of the posted `ids` or a refusal: 422 for none or too many, 404 with their number where
    some are not there for this person, whatever the reason, 403 where they may only look.

    Of images deleted between a preview and applying it, the view is left to tell. Whoever comes
    from signing in again, and so without `ids`, gets a page that sends for theirs.
    """

    @wraps(view)
    def found(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return render(request, "uploads/bulk_unsent.html", {"query": carried(request)})
        posted = {_uuid(text) or text for text in request.POST.getlist("ids") if text}
        if not posted:
            return refused(request, _("Select at least one image"))
        if len(posted) > MOST:
            return refused(request, _too_many(len(posted)))
        user = signed_in(request)
        ids = {each for each in posted if isinstance(each, uuid.UUID)}
        images = FundusImage.objects.of_keys(public_id__in=ids).visible_to(user)
        selected = list(images.select_related(*SEVERAL))
        gone = ids - {image.public_id for image in selected}
        missing = len(posted) - len(selected)
        if gone and selected and request.POST.get("step") == APPLY:
            missing -= len(deletion.names_of_deleted(user, gone))
        if missing:
            asked = {"asked for": len(posted), "not to be seen": missing}
            audit.deny(FundusImage(), object_id="several", after=asked)
            return unavailable(request, len(posted) - len(selected), len(posted))
        _require_editable(user, selected)
        return view(request, Selected(selected, gone))

    return found


def _require_editable(user: User, images: list[FundusImage]) -> None:
    ids = [image.pk for image in images]
    editable = FundusImage.objects.of_keys(pk__in=ids).editable_by(user)
    allowed = set(editable.values_list("pk", flat=True))
    for image in images:
        if image.pk not in allowed:
            require_editable(user, image)


def refused(request: HttpRequest, sentence: str, status: int = 422) -> HttpResponse:
    context = {"sentence": sentence, "query": carried(request)}
    return render(request, "uploads/bulk_refused.html", context, status=status)


def unavailable(request: HttpRequest, missing: int, chosen: int) -> HttpResponse:
    sentence = ngettext(
        "%(missing)s of the %(chosen)s selected images is not available",
        "%(missing)s of the %(chosen)s selected images are not available",
        missing,
    )
    return refused(request, sentence % {"missing": missing, "chosen": chosen}, status=404)


def carried(request: HttpRequest) -> str:
    """The dashboard's filters, which pages take along so that the way back leads to them."""
    query = request.GET.urlencode()
    return f"?{query}" if query else ""


def _too_many(chosen: int) -> str:
    return _("Select at most %(most)s images. You selected %(chosen)s.") % {
        "most": MOST,
        "chosen": chosen,
    }


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None

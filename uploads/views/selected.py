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

from accounts.middleware import signed_in
from uploads.changing.rules import MOST
from uploads.gates import require_editable
from uploads.models import FundusImage

SEVERAL = ("lab_unit__hospital", "camera", "disease", "source_item__job")


@dataclass(frozen=True, slots=True)
class Selected:
    """Images the user may change, and ids besides that were posted with `step=apply`."""

    images: list[FundusImage]
    gone: set[uuid.UUID]

    @property
    def ids(self) -> set[uuid.UUID]:
        return {image.public_id for image in self.images} | self.gone


SelectedView = Callable[[HttpRequest, Selected], HttpResponse]


def with_selected(view: SelectedView) -> Callable[[HttpRequest], HttpResponse]:
    """All of the posted `ids` or a refusal: 422 for none or too many, 404 with their number where
    some are not there for this person, whatever the reason, 403 where they may only look.

    Images that go between a preview and applying it are left to the view to tell of.
    """

    @wraps(view)
    def found(request: HttpRequest) -> HttpResponse:
        posted = {_uuid(text) or text for text in request.POST.getlist("ids") if text}
        if not posted:
            return refused(request, _("Select at least one image"))
        if len(posted) > MOST:
            return refused(request, _too_many(len(posted)))
        ids = {each for each in posted if isinstance(each, uuid.UUID)}
        user = signed_in(request)
        visible = FundusImage.objects.visible_to(user).filter(public_id__in=ids)
        images = list(visible.select_related(*SEVERAL))
        previewed = request.POST.get("step") == "apply" and len(ids) == len(posted)
        if not images or (len(images) < len(posted) and not previewed):
            return unavailable(request, len(posted) - len(images), len(posted))
        allowed = set(FundusImage.objects.editable_by(user).filter(pk__in=images).values_list("pk"))
        for image in images:
            if (image.pk,) not in allowed:
                require_editable(user, image)
        return view(request, Selected(images, ids - {image.public_id for image in images}))

    return found


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

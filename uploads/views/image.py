"""The page of one image: the picture, what is known of it, and what happened to it."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.middleware import signed_in
from accounts.models import Action, User
from jobs.models import Job
from uploads import describing, timeline
from uploads.changing import rules
from uploads.gates import with_image
from uploads.grading import giving
from uploads.listing import neighbours
from uploads.listing.pages import Point
from uploads.listing.selection import Selection
from uploads.models import FundusImage

ORIGINAL, EDITED = "original", "edited"


@require_safe
@with_image
def detail(request: HttpRequest, image: FundusImage) -> HttpResponse:
    user = signed_in(request)
    version = _version(request.GET, image)
    _note(image, version)
    selection = Selection.of(user, request.GET)
    history = giving.history(image)
    context = {
        "image": image,
        "name": image.filename,
        "eye": image.get_laterality_display(),
        "shown": version,
        "versions": _versions(image, selection.here),
        "facts": describing.facts(image),
        "technical": describing.technical(image),
        "grades": history,
        "timeline": timeline.entries(image),
        "timeline_limit": timeline.NEWEST,
        "links": _links(selection, image),
        "may": _may(user, image),
        "edit": image.edits.first(),
        "job_url": _job_url(user, image),
    }
    return render(request, "uploads/image_detail.html", context)


def _version(params: QueryDict, image: FundusImage) -> str:
    return EDITED if image.edited and params.get("version") == EDITED else ORIGINAL


def _versions(image: FundusImage, query: str) -> dict[str, dict[str, str]]:
    """By name, the addresses of each version there is: its page, its bytes, where to grade it."""
    labels = {ORIGINAL: _("Original")} | ({EDITED: _("Edited")} if image.edited else {})
    return {
        name: {
            "label": label,
            "page": _address("image-detail", image.public_id, query, version=name),
            "picture": _address(f"image-{name}", image.public_id),
            "download": _address(f"image-{name}", image.public_id, "download"),
            "grade": _address("image-grade", image.public_id, query, version=name),
        }
        for name, label in labels.items()
    }


def _links(selection: Selection, image: FundusImage) -> dict[str, str]:
    """Where to go from here, within the list that the viewer came from."""
    query = selection.here
    before = neighbours.preceding(selection, image)
    after = neighbours.following(selection, image)
    back = reverse("uploads:dashboard")
    return {
        "back": f"{back}?{query}" if query else back,
        "previous": _address("image-detail", before.image, query) if before.image else "",
        "next": _address("image-detail", after.image, query) if after.image else "",
        "search_back": _searching(selection, before=before.beyond),
        "search_on": _searching(selection, after=after.beyond),
        "edit": _address("image-edit", image.public_id, query),
        "edit_pixels": _address("image-edit-pixels", image.public_id, query),
        "edited": _address("image-detail", image.public_id, query, version=EDITED),
        "delete": _address("image-delete", image.public_id, query),
    }


def _searching(selection: Selection, **points: Point | None) -> str:
    """The page of the list on which a search goes on that took too long; "" where none did."""
    found = {name: str(point) for name, point in points.items() if point}
    return f"{reverse('uploads:dashboard')}?{selection.query_with(**found)}" if found else ""


def _address(name: str, public_id: UUID, query: str = "", **more: str) -> str:
    parts = [part for part in (query, urlencode(more)) if part]
    address = reverse(f"uploads:{name}", args=[public_id])
    return f"{address}?{'&'.join(parts)}" if parts else address


def _may(user: User, image: FundusImage) -> dict[str, bool]:
    edit = FundusImage.objects.editable_by(user).filter(pk=image.pk).exists()
    return {
        "edit": edit,
        "edit_pixels": edit and not image.pregraded,
        "delete": edit and not rules.undeletable(user, [image]),
        "grade": FundusImage.objects.gradable_by(user).filter(pk=image.pk).exists(),
    }


def _job_url(user: User, image: FundusImage) -> str:
    job = image.source_item.job
    if not Job.objects.visible_to(user).filter(pk=job.pk).exists():
        return ""
    return reverse("jobs:job-results", args=[job.token])


def _note(image: FundusImage, version: str) -> None:
    audit.record(
        Action.IMAGE_VIEWED,
        image,
        object_id=str(image.public_id),
        lab_unit_id=image.lab_unit_id,
        job_token=image.source_item.job.token,
        after={"version": version},
    )

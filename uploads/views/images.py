"""Looking at images: the list, the page of one, and its bytes."""

from __future__ import annotations

import logging
from typing import Any

from django.core.paginator import Paginator
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.gates import role_required
from accounts.middleware import background, signed_in
from accounts.models import Action, User
from accounts.roles import Role
from jobs.models import Job
from jobs.storage import storage_trouble
from uploads.gates import with_image
from uploads.models import FundusImage

log = logging.getLogger(__name__)
PAGE_SIZE = 48
MEDIA_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


@require_safe
@role_required(Role.UPLOADER, Role.DATA_MANAGER, Role.GRADER)
def dashboard(request: HttpRequest) -> HttpResponse:
    images = FundusImage.objects.visible_to(signed_in(request)).select_related(
        "lab_unit__hospital", "camera", "disease"
    )
    page = Paginator(images, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "images": [_card(image) for image in page],
        "total": page.paginator.count,
        "newer_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "older_url": f"?page={page.next_page_number()}" if page.has_next() else "",
    }
    return render(request, "uploads/dashboard.html", context)


def _card(image: FundusImage) -> dict[str, Any]:
    return {
        "public_id": image.public_id,
        "filename": image.filename,
        "thumbnail_url": reverse("uploads:image-thumbnail", args=[image.public_id]),
        "detail_url": reverse("uploads:image-detail", args=[image.public_id]),
        "laterality": image.get_laterality_display(),
        "camera": image.camera.name,
        "disease": image.disease.name,
        "lab_unit": image.lab_unit.name,
        "hospital": image.lab_unit.hospital.name,
        "created_at": image.created_at,
        "mydriatic": image.mydriatic,
        "pregraded": image.pregraded,
    }


@require_safe
@with_image
def detail(request: HttpRequest, image: FundusImage) -> HttpResponse:
    _note(Action.IMAGE_VIEWED, image)
    original = reverse("uploads:image-original", args=[image.public_id])
    context = {
        "image": image,
        "facts": _facts(image),
        "thumbnail_url": reverse("uploads:image-thumbnail", args=[image.public_id]),
        "original_url": original,
        "download_url": f"{original}?download",
        "job_url": _job_url(signed_in(request), image),
    }
    return render(request, "uploads/image_detail.html", context)


def _facts(image: FundusImage) -> list[tuple[str, Any]]:
    width, height = image.upright_size
    dilation = _("Mydriatic") if image.mydriatic else _("Non Mydriatic")
    return [
        (_("File name"), image.filename),
        (_("Uploaded"), image.created_at),
        (_("Uploaded by"), image.uploaded_by.get_full_name() or image.uploaded_by.get_username()),
        (_("Hospital"), image.lab_unit.hospital.name),
        (_("Lab unit"), image.lab_unit.name),
        (_("Camera"), image.camera.name),
        (_("Disease"), image.disease.name),
        (_("Area"), image.get_laterality_display()),
        (_("Pupils"), dilation),
        (_("Pre-graded"), _("Yes") if image.pregraded else _("No")),
        (_("Size"), f"{width} × {height} px"),
        (_("Format"), image.mime_type),
        (_("MD5 as received"), image.content_md5),
        (_("SHA-256 as received"), image.content_sha256),
        (_("SHA-256 as stored"), image.stored_sha256),
    ]


def _job_url(user: User, image: FundusImage) -> str | None:
    job = image.source_item.job
    if not Job.objects.visible_to(user).filter(pk=job.pk).exists():
        return None
    return reverse("jobs:job-results", args=[job.token])


@require_safe
@with_image
def original(request: HttpRequest, image: FundusImage) -> HttpResponseBase:
    download = "download" in request.GET
    _note(Action.IMAGE_DOWNLOADED if download else Action.IMAGE_READ, image)
    return _serve(image, image.original, image.mime_type, attachment=download)


@background
@require_safe
@with_image
def thumbnail(request: HttpRequest, image: FundusImage) -> HttpResponseBase:
    attachment = "download" in request.GET
    return _serve(image, image.thumbnail, "image/jpeg", attachment=attachment)


@require_safe
@with_image
def not_edited(request: HttpRequest, image: FundusImage) -> HttpResponseBase:
    """The address of an edited version, for an image that has none."""
    raise Http404


def _serve(
    image: FundusImage, stored: FieldFile, mime_type: str, *, attachment: bool
) -> HttpResponseBase:
    """The stored bytes, typed by what we decoded and never by a name."""
    try:
        with storage_trouble():
            content = stored.storage.open(str(stored.name))
    except FileNotFoundError:
        log.error("image %s: a stored file is missing", image.public_id)
        raise Http404 from None
    extension = str(stored.name).rsplit(".", 1)[-1]
    return FileResponse(
        content,
        as_attachment=attachment,
        filename=f"{image.public_id}.{extension}",
        content_type=mime_type,
        headers=MEDIA_HEADERS,
    )


def _note(action: Action, image: FundusImage) -> None:
    audit.record(
        action,
        image,
        object_id=str(image.public_id),
        lab_unit_id=image.lab_unit_id,
        job_token=image.source_item.job.token,
    )

"""The page of one image."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.middleware import signed_in
from accounts.models import Action, User
from jobs.models import Job
from uploads.gates import with_image
from uploads.models import FundusImage


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


def _note(action: Action, image: FundusImage) -> None:
    audit.record(
        action,
        image,
        object_id=str(image.public_id),
        lab_unit_id=image.lab_unit_id,
        job_token=image.source_item.job.token,
    )

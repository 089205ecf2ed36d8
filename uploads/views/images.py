"""The list of images."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.gates import role_required
from accounts.middleware import signed_in
from accounts.roles import Role
from uploads.models import FundusImage

PAGE_SIZE = 48


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

"""Addresses that are promised and whose pages are not built yet: they say so."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from uploads.gates import with_image
from uploads.models import FundusImage


@require_safe
@with_image
def of_image(request: HttpRequest, image: FundusImage) -> HttpResponse:
    return render(request, "uploads/later.html", {"image": image}, status=501)

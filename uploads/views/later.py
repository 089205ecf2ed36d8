"""Addresses that are promised and whose pages are not built yet: they say so."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.gates import role_required
from accounts.roles import Role
from uploads.gates import with_image
from uploads.models import FundusImage


@require_safe
@with_image
def of_image(request: HttpRequest, image: FundusImage) -> HttpResponse:
    return render(request, "uploads/later.html", {"image": image}, status=501)


@require_POST
@role_required(Role.UPLOADER, Role.DATA_MANAGER)
def of_selection(request: HttpRequest) -> HttpResponse:
    return render(request, "uploads/later.html", status=501)


@require_safe
@role_required(Role.UPLOADER, Role.DATA_MANAGER, Role.GRADER)
def of_all(request: HttpRequest) -> HttpResponse:
    return render(request, "uploads/later.html", status=501)


@require_safe
@role_required(Role.DATA_MANAGER)
def of_managers(request: HttpRequest) -> HttpResponse:
    return render(request, "uploads/later.html", status=501)

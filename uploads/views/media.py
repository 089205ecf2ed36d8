"""The bytes of images, by their own addresses and by the signed ones that pages use."""

from __future__ import annotations

import time

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.middleware import background, signed_in
from accounts.models import Action
from uploads import serving, thumblinks
from uploads.gates import image_for, with_image
from uploads.models import FundusImage


@require_safe
@with_image
def original(request: HttpRequest, image: FundusImage) -> HttpResponseBase:
    return _picture(request, image, edited=False)


@require_safe
@with_image
def edited(request: HttpRequest, image: FundusImage) -> HttpResponseBase:
    return _picture(request, image, edited=True)


@background
@require_safe
@with_image
def thumbnail(request: HttpRequest, image: FundusImage) -> HttpResponseBase:
    return serving.thumbnail(image, edited=False, attachment="download" in request.GET)


@background
@require_safe
@with_image
def edited_thumbnail(request: HttpRequest, image: FundusImage) -> HttpResponseBase:
    download = "download" in request.GET
    try:
        return serving.thumbnail(image, edited=True, attachment=download)
    except Http404:
        return serving.thumbnail(_replaced(request, image), edited=True, attachment=download)


@background
@require_safe
def signed_thumbnail(request: HttpRequest, signed: str) -> HttpResponseBase:
    """The signature says that this session may see it, as long as the person's rights stay."""
    ticket = thumblinks.redeem(request, signed)
    if ticket is None:
        raise Http404
    width = ticket.width if ticket.width < thumblinks.FULL else None
    return serving.small(ticket.key, width=width, seconds=ticket.expires - int(time.time()))


def _picture(request: HttpRequest, image: FundusImage, *, edited: bool) -> HttpResponseBase:
    download = "download" in request.GET
    try:
        response = serving.picture(image, edited=edited, attachment=download)
    except Http404:
        image = _replaced(request, image)
        response = serving.picture(image, edited=edited, attachment=download)
    _note(Action.IMAGE_DOWNLOADED if download else Action.IMAGE_READ, image, edited=edited)
    return response


def _replaced(request: HttpRequest, image: FundusImage) -> FundusImage:
    """The image as it is now, where another edit has replaced the one just looked for.

    Its files are removed as soon as the new ones are named. Raises Http404 where none has.
    """
    fresh = image_for(signed_in(request), image.public_id)
    if fresh.edited.name == image.edited.name:
        raise Http404
    return fresh


def _note(action: Action, image: FundusImage, *, edited: bool) -> None:
    audit.record(
        action,
        image,
        object_id=str(image.public_id),
        lab_unit_id=image.lab_unit_id,
        job_token=image.source_item.job.token,
        after={"version": "edited" if edited else "original"},
    )

"""Lets templates show images: those of jobs, whose pages know nothing of images, and thumbnails."""

from __future__ import annotations

import uuid
from typing import Any

from django import template
from django.db.models import Q
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse

from accounts.models import User
from uploads import thumblinks
from uploads.models import FundusImage

register = template.Library()
Row = dict[str, Any]


@register.simple_tag(takes_context=True)
def thumbnail_links(context: Context, image: FundusImage, edited: bool = False) -> thumblinks.Links:
    """`src`, `srcset` and `sizes` of an image's thumbnail; see `uploads.thumblinks.links`."""
    return thumblinks.links(context["request"], image, edited)


@register.simple_tag(takes_context=True)
def with_images(context: Context, rows: list[Row], user: User) -> list[Row]:
    """The rows of items, each with the addresses of its image, or of the image it repeats, where
    `user` may see it; rows of images that are gone or out of sight carry none.
    """
    wanted = {row[key] for row in rows for key in ("image_id", "duplicate_of") if row.get(key)}
    repeated = {row["md5"] for row in rows if row["code"] == "duplicate" and row["md5"]}
    keys = Q(public_id__in=wanted) | Q(content_md5__in=repeated)
    images = FundusImage.objects.of_keys(keys).visible_to(user)
    found = {str(image.public_id): image for image in images}
    by_hash = {image.content_md5: image for image in images}
    request: HttpRequest = context["request"]
    return [row | _links(request, row, found, by_hash) for row in rows]


def _links(
    request: HttpRequest,
    row: Row,
    found: dict[str, FundusImage],
    by_hash: dict[str, FundusImage],
) -> Row:
    own, other = found.get(row.get("image_id") or ""), found.get(row.get("duplicate_of") or "")
    if row["code"] == "duplicate":
        other = other or by_hash.get(row["md5"])
    links: Row = {"image_url": None}
    if own:
        links = {"image_url": _detail(own.public_id), "thumbnail": thumblinks.links(request, own)}
    if other:
        links["duplicate_url"] = _detail(other.public_id)
        links["duplicate_thumbnail"] = thumblinks.links(request, other)
        links["duplicate_created_at"] = other.created_at
    return links


def _detail(public_id: uuid.UUID) -> str:
    return reverse("uploads:image-detail", args=[public_id])

"""The bytes of images: private, typed by our own decode, and good for nothing but looking."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from io import BytesIO
from typing import Final
from urllib.parse import quote

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from PIL import Image

from jobs.storage import PrivateBucket, storage_trouble
from uploads.models import FundusImage

log = logging.getLogger(__name__)
SAFE: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
PRIVATE: Final = "private, no-store"
REDIRECT_SECONDS: Final = 60


def picture(image: FundusImage, *, edited: bool, attachment: bool) -> HttpResponseBase:
    """The photograph as it is stored, or its edited version, whole: sent by the bucket, by the
    proxy in front of us, or by ourselves.

    Raises Http404 where there is no such version, StorageAway where the storage is.
    """
    key = _key(image.edited if edited else image.original)
    name = _name(image, key)
    headers = {
        **SAFE,
        "Cache-Control": PRIVATE,
        "Content-Type": image.edited_mime_type if edited else image.mime_type,
        "Content-Disposition": str(content_disposition_header(attachment, name)),
    }
    if isinstance(default_storage, PrivateBucket):
        return _by_bucket(key, headers, image)
    content = _opened(key, f"image {image.public_id}")
    if settings.MEDIA_ACCEL_PREFIX:
        content.close()
        return HttpResponse(headers={**headers, "X-Accel-Redirect": _inside(key)})
    return FileResponse(content, as_attachment=attachment, filename=name, headers=headers)


def thumbnail(image: FundusImage, *, edited: bool, attachment: bool) -> HttpResponse:
    """Its stored thumbnail, never by a redirect. Raises as `picture` does."""
    key = _key(image.edited_thumbnail if edited else image.thumbnail)
    data = _read(key, f"image {image.public_id}")
    named = str(content_disposition_header(attachment, _name(image, key)))
    return _jpeg(data, {**SAFE, "Cache-Control": PRIVATE, "Content-Disposition": named})


def small(key: str, *, width: int | None, seconds: int) -> HttpResponse:
    """A stored thumbnail by its key, for browsers to keep, its longer side reduced to `width`.

    Raises Http404 where the file is missing, StorageAway where the storage is.
    """
    data = _read(key, key)
    caching = {"Cache-Control": f"private, max-age={seconds}, immutable"}
    return _jpeg(_reduced(data, width) if width else data, {**SAFE, **caching})


def _key(field: FieldFile) -> str:
    if not field:
        raise Http404
    return str(field.name)


def _name(image: FundusImage, key: str) -> str:
    """Downloads carry no name that somebody typed."""
    return f"{image.public_id}.{key.rsplit('.', 1)[-1]}"


def _read(key: str, what: str) -> bytes:
    with storage_trouble(), _opened(key, what) as content:
        data: bytes = content.read()
    return data


def _opened(key: str, what: str) -> File[bytes]:
    try:
        with storage_trouble():
            return default_storage.open(key)
    except FileNotFoundError:
        raise _missing(what) from None


def _jpeg(data: bytes, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(data, content_type="image/jpeg", headers=headers)


def _reduced(data: bytes, side: int) -> bytes:
    """One of our own thumbnails, smaller."""
    with Image.open(BytesIO(data), formats=("JPEG",)) as stored:
        stored.draft(None, (side, side))
        stored.thumbnail((side, side))
        output = BytesIO()
        stored.save(output, "JPEG", quality=80)
    return output.getvalue()


def _inside(key: str) -> str:
    """The address by which the proxy in front finds a file of the media folder."""
    return f"/{settings.MEDIA_ACCEL_PREFIX.strip('/')}/{quote(key)}"


def _by_bucket(key: str, headers: Mapping[str, str], image: FundusImage) -> HttpResponse:
    """A short-lived address at which the bucket answers with our headers, as far as it can."""
    told = {
        "ResponseContentType": headers["Content-Type"],
        "ResponseContentDisposition": headers["Content-Disposition"],
        "ResponseCacheControl": headers["Cache-Control"],
    }
    with storage_trouble():
        if not default_storage.exists(key):
            raise _missing(f"image {image.public_id}")
        address = default_storage.url(key, parameters=told, expire=REDIRECT_SECONDS)  # type: ignore[call-arg]
    return HttpResponseRedirect(address, headers={"Cache-Control": PRIVATE})


def _missing(what: str) -> Http404:
    log.error("%s: a stored file is missing", what)
    return Http404()

"""An edited version beside an original, as an editor leaves it."""

from __future__ import annotations

from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from tests.images import png
from uploads.models import FundusImage

WIDTH, HEIGHT = 60, 40


def edited(image: FundusImage, width: int = WIDTH, height: int = HEIGHT) -> FundusImage:
    """The image with another picture, a PNG, as its edited version."""
    data = png(width, height, seed=image.pk)
    name = image.public_id.hex
    picture = default_storage.save(f"edited/{name}.png", ContentFile(data))
    small = default_storage.save(f"edited-thumbnails/{name}.jpg", ContentFile(_thumbnail(image)))
    image.edited, image.edited_thumbnail = picture, small
    image.edited_sha256, image.edited_mime_type = sha256(data).hexdigest(), "image/png"
    image.edited_at = timezone.now()
    image.save()
    return image


def _thumbnail(image: FundusImage) -> bytes:
    with image.thumbnail.open("rb") as stored:
        data: bytes = stored.read()
    return data

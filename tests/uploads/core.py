"""The pure way of one file, as the tests of its parts and of the test files walk it."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from uploads import privacy, thumbnails, validation
from uploads.privacy import Stripped
from uploads.refusals import Refused
from uploads.validation import Inspection


@dataclass(frozen=True)
class Taken:
    inspection: Inspection
    stripped: Stripped
    picture: Image.Image
    thumbnail: bytes


def take(data: bytes, max_megapixels: int = 100) -> Taken:
    """What the core makes of a file it accepts; raises Refused as the core does."""
    inspection = validation.inspect(data, max_megapixels=max_megapixels)
    stripped = privacy.strip(data, inspection.format)
    picture = validation.prove(stripped.data, inspection)
    thumbnail = thumbnails.render(picture, orientation=stripped.orientation)
    return Taken(inspection, stripped, picture, thumbnail)


def verdict(data: bytes, max_megapixels: int = 100) -> str:
    """``accept``, or the code of the refusal."""
    try:
        take(data, max_megapixels)
    except Refused as refusal:
        return refusal.code
    return "accept"

"""Take everything out of a file that could tell who is in the picture, and no pixel.

Works on segments and chunks: the compressed picture data stays bit for bit as it was. What
cannot be parsed is refused, so nothing is ever kept unstripped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from uploads.privacy import jpeg, png

Format = Literal["jpeg", "png"]


@dataclass(frozen=True, slots=True)
class Stripped:
    """What is kept of a file.

    `orientation` is 1 to 8, as EXIF counts. `make` and `model` are the file's own words: store
    them only where they match a known camera. `exposure` holds numbers only, under
    exposure_time_s, f_number, iso, exposure_bias_ev, focal_length_mm.
    """

    data: bytes
    orientation: int
    make: str | None
    model: str | None
    exposure: dict[str, float]


def strip(data: bytes, format: Format) -> Stripped:  # noqa: A002 - the word for it
    """Strip a whole file held in memory; raises Refused("corrupt") where it does not parse."""
    stripped, told = jpeg.strip(data) if format == "jpeg" else png.strip(data)
    return Stripped(stripped, told.orientation or 1, told.make, told.model, told.exposure)

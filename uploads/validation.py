"""Decide whether a file is a picture we take: the cheapest question first.

type → pixel count (`inspect`) → metadata removed (`privacy.strip`) → decoded to its end, once
(`prove`), which also yields the small picture for the thumbnail.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import pylibmagic  # noqa: F401 - shows python-magic the way to the libmagic it carries

# isort: split
import magic
from PIL import Image

from uploads import decoding
from uploads.privacy import Format, jpeg, png
from uploads.refusals import Refused, corrupt

_FORMATS: Final[dict[str, Format]] = {"image/jpeg": "jpeg", "image/png": "png"}
# libmagic knows both types by their first bytes; showing it no more keeps its many other
# parsers away from hostile data.
_SNIFFED: Final = 4096
# libpng's own limit: a line of pixels costs memory of its own, so a picture one pixel wide
# and a hundred million high is not small.
_MAX_SIDE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Header:
    """`bit_depth` is bits per sample, `channels` samples per pixel (1 also for a palette)."""

    width: int
    height: int
    bit_depth: int
    channels: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is known of a file before it is decoded; `width` and `height` in stored pixels."""

    mime: str
    format: Format
    width: int
    height: int
    bit_depth: int
    channels: int


@cache
def _libmagic() -> magic.Magic:
    return magic.Magic(mime=True)


def sniff(data: bytes) -> str:
    """``image/jpeg`` or ``image/png``, by content; Refused("wrong_type") for all others."""
    if not data:
        raise corrupt()
    try:
        mime = str(_libmagic().from_buffer(data[:_SNIFFED]))
    except magic.MagicException:
        mime = "application/octet-stream"
    if mime not in _FORMATS:
        raise Refused("wrong_type", mime_type=mime)
    return mime


def header(data: bytes, mime: str) -> Header:
    """Size and layout as the file's own header tells, without decoding."""
    if _FORMATS[mime] == "png":
        layout = png.header(data)
        return Header(layout.width, layout.height, layout.depth, layout.samples)
    frame = jpeg.frame(data)
    return Header(frame.width, frame.height, frame.bits, frame.components)


def inspect(data: bytes, *, max_megapixels: int) -> Inspection:
    """Type and size of a whole file; decodes nothing, needs no memory beyond the file.

    Raises Refused: wrong_type (with mime_type), corrupt, too_many_pixels (with max_megapixels).
    """
    mime = sniff(data)
    read = header(data, mime)
    too_many = read.width * read.height > max_megapixels * 1_000_000
    if too_many or max(read.width, read.height) > _MAX_SIDE:
        raise Refused("too_many_pixels", max_megapixels=max_megapixels)
    return Inspection(mime, _FORMATS[mime], read.width, read.height, read.bit_depth, read.channels)


def prove(stripped: bytes, inspection: Inspection, *, side: int = 400) -> Image.Image:
    """Decode stripped bytes to their end; return the picture reduced, in mode L or RGB.

    Its longer side has at least `side` pixels if the file has. It is not turned upright.
    Raises Refused("corrupt") for anything missing, damaged or spliced that a decoder can see.
    """
    if inspection.format == "png":
        png.check(stripped)
        return decoding.png(stripped, inspection.width, inspection.height, side)
    grey = inspection.channels == 1
    return decoding.jpeg(stripped, inspection.width, inspection.height, side, grey=grey)

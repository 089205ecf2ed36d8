"""Decode a stripped file to its end, once, into a small picture of mode L or RGB.

Only Pillow's two file classes are used, never its global settings: `Image.open` would compare
the size with a process-wide limit, while here the size must be the one already judged.
"""

from __future__ import annotations

import re
import struct
import zlib
from io import BytesIO
from typing import Final

import numpy as np
import simplejpeg
from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from uploads.refusals import corrupt

# Images stand on near-black everywhere, and so do transparent ones.
NEAR_BLACK: Final = (16, 16, 16)
_FAULTS: Final = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)
_BAND: Final = 1 << 21  # pixels worked on at once


def jpeg(data: bytes, width: int, height: int, side: int, *, grey: bool) -> Image.Image:
    """A JPEG decoded at the smallest scale whose longer side has `side` pixels.

    The scale saves time on the pixels only: every bit of the compressed data is still read.
    """
    least = {"min_width": side} if width >= height else {"min_height": side}
    space = "gray" if grey else "rgb"
    try:
        pixels = simplejpeg.decode_jpeg(data, space, strict=True, **least)
    except ValueError as error:
        return _second_opinion(data, width, height, side, error)
    return Image.fromarray(pixels[:, :, 0] if grey else pixels)


def _second_opinion(
    data: bytes, width: int, height: int, side: int, error: ValueError
) -> Image.Image:
    """Tell damage from a layout that TurboJPEG's interface does not know.

    Not by the words of the message, which change from release to release: `strict` is the only
    difference between the two calls, and it decides about warnings alone. So what passes
    without it has damaged data, which Pillow would not notice. What fails in both calls is
    either broken beyond doubt or of an unusual layout, and Pillow's verdict counts.
    """
    _raise_if_ours(error)
    try:
        simplejpeg.decode_jpeg(data, "rgb", min_width=1, min_height=1, strict=False)
    except ValueError:
        return _by_pillow(JpegImageFile, data, width, height, side)
    raise corrupt() from error


def png(data: bytes, width: int, height: int, side: int) -> Image.Image:
    """A PNG decoded in full, then reduced to at least `side` pixels on its longer side."""
    return _by_pillow(PngImageFile, data, width, height, side)


def _by_pillow(
    opened: type[ImageFile.ImageFile], data: bytes, width: int, height: int, side: int
) -> Image.Image:
    try:
        picture = opened(BytesIO(data))
        if picture.size != (width, height):
            raise corrupt()
        picture.draft(None, _scaled(width, height, side))
        picture.load()
    except _FAULTS as error:
        _raise_if_ours(error)
        raise corrupt() from error
    return shrink(picture, side)


def _raise_if_ours(error: Exception) -> None:
    # Both libraries report a lack of memory in the words of an ordinary fault of the file.
    if re.search("insufficient memory|out of memory", str(error), re.IGNORECASE):
        raise MemoryError(str(error)) from error


def _scaled(width: int, height: int, side: int) -> tuple[int, int]:
    longer = max(width, height)
    return -(-width * side // longer), -(-height * side // longer)


def shrink(picture: Image.Image, side: int) -> Image.Image:
    """Average whole pixels together as long as the longer side keeps at least `side`.

    Gives mode L or RGB, transparency laid on near-black, 16 bits scaled to 8. Goes band by
    band, so that a large picture is never held twice.
    """
    factor = max(1, max(picture.size) // side)
    mode = "L" if _is_grey(picture) else "RGB"
    size = (-(-picture.width // factor), -(-picture.height // factor))
    small = Image.new(mode, size)
    step = max(1, _BAND // (picture.width * factor))
    for top in range(0, size[1], step):
        rows = (0, top * factor, picture.width, min((top + step) * factor, picture.height))
        small.paste(_opaque(picture.crop(rows), mode).reduce(factor), (0, top))
    return small


def _is_grey(picture: Image.Image) -> bool:
    return picture.mode[0] in "1LI" and not picture.has_transparency_data


def _opaque(picture: Image.Image, mode: str) -> Image.Image:
    if picture.mode.startswith("I;16"):
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if not picture.has_transparency_data:
        return picture.convert(mode)
    ground = Image.new("RGBA", picture.size, (*NEAR_BLACK, 255))
    return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")

"""Small pictures for lists and pages."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from PIL import Image

from uploads.decoding import shrink

_QUALITY: Final = 80
# What EXIF's Orientation asks for, by its number; 1 is upright already.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def render(picture: Image.Image, *, orientation: int, box: int = 400) -> bytes:
    """An upright JPEG of any picture, its longer side at most `box` pixels, never enlarged.

    Holds pixels only: no profile, no EXIF, no comment.
    """
    small = shrink(picture, box)
    scale = box / max(small.size)
    if scale < 1:
        size = max(1, round(small.width * scale)), max(1, round(small.height * scale))
        small = small.resize(size, Image.Resampling.BICUBIC)
    if orientation in _TURNS:
        small = small.transpose(_TURNS[orientation])
    output = BytesIO()
    small.save(output, "JPEG", quality=_QUALITY)
    return output.getvalue()

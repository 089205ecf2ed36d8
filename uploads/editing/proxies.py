"""Small upright copies of an original, and parts of it: what previews are made from."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from uploads.editing import geometry, pictures
from uploads.editing.geometry import Pixels
from uploads.editing.scanlines import Scratch
from uploads.editing.steps import Rect

SIDE: Final = 1600  # pixels of a copy or of a preview, at most
# Its mark; channels; the original's width and height; those of the whole copy; the place of the
# pixels in it; and the size of the profile that follows.
_HEAD: Final = struct.Struct(">4s10I")
_MARK: Final = b"FPX2"


@dataclass(frozen=True, slots=True)
class Proxy:
    """An original made upright and smaller, or not smaller.

    `width` and `height` are those of the original, upright, and `whole` those of all of the copy;
    `pixels` are the part of it at `place`.
    """

    pixels: Pixels
    width: int
    height: int
    whole: tuple[int, int]
    place: Rect
    profile: bytes | None

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the copy for one of the original, across and down."""
        return self.whole[0] / self.width, self.whole[1] / self.height

    def to_bytes(self) -> bytes:
        """For a cache: not packed, so that reading it back costs next to nothing."""
        channels, profile = 3 if self.pixels.ndim == 3 else 1, self.profile or b""
        numbers = channels, self.width, self.height, *self.whole, *self.place, len(profile)
        return _HEAD.pack(_MARK, *numbers) + profile + self.pixels.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Proxy:
        """Raises ValueError for anything that `to_bytes` did not write."""
        if len(data) < _HEAD.size:
            raise ValueError("No proxy.")
        mark, channels, width, height, *numbers, size = _HEAD.unpack_from(data)
        whole, place = (numbers[0], numbers[1]), Rect(*numbers[2:])
        start = _HEAD.size + size
        if (
            mark != _MARK
            or channels not in {1, 3}
            or len(data) - start != place.width * place.height * channels
        ):
            raise ValueError("No proxy.")
        shape = (place.height, place.width, 3) if channels == 3 else (place.height, place.width)
        pixels = np.frombuffer(data, np.uint8, offset=start).reshape(shape)
        return cls(pixels, width, height, whole, place, data[_HEAD.size : start] or None)


def whole(data: bytes, *, mime: str, orientation: int, box: int = SIDE) -> Proxy:
    """All of a stored original, its longer side at most `box` pixels."""
    picture, (width, height) = pictures.read_small(data, mime, box)
    pixels = np.ascontiguousarray(geometry.UPRIGHT[orientation].view(picture.pixels))
    if orientation >= 5:
        width, height = height, width
    rows, columns = pixels.shape[:2]
    place = Rect(0, 0, columns, rows)
    return Proxy(pixels, width, height, (columns, rows), place, picture.profile)


def reduced(width: int, height: int, factor: int) -> tuple[int, int]:
    """Width and height of a copy of which each pixel stands for `factor` by `factor`."""
    return -(-width // factor), -(-height // factor)


def part(
    data: bytes,
    *,
    mime: str,
    orientation: int,
    place: Rect,
    factor: int,
    scratch: Scratch | None = None,
) -> Proxy:
    """The part at `place` of the original reduced by `factor`, of which 1 keeps every pixel.

    A few large JPEGs take a temporary file of up to four bytes a pixel.
    """
    picture = pictures.read(data, mime, scratch)
    upright = geometry.UPRIGHT[orientation].view(picture.pixels)
    height, width = upright.shape[:2]
    left, top, right, bottom = (
        edge * factor for edge in (place.x, place.y, place.right, place.bottom)
    )
    seen = upright[top:bottom, left:right]
    # A copy in any case: whoever keeps the part must not keep the whole original with it.
    pixels = seen.copy() if factor == 1 else np.asarray(pictures.reduced(seen, factor))
    return Proxy(pixels, width, height, reduced(width, height, factor), place, picture.profile)

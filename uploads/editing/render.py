"""The edited picture: in full from the original, or as a preview from a small copy of it.

What a recipe means, in whatever order its geometry steps stand:

1. Black-outs are painted on the original's pixels. No covered pixel takes part in anything
   after that, and the area is exactly black in the result.
2. The last crop decides what is kept. Nothing outside takes part in anything after that.
3. Tone steps work in their order on the kept area. The radius of sharpening follows the size of
   the original, so a crop does not change it; the histograms of local contrast are those of the
   kept area and change gradually as a crop is widened.
4. Black-outs are painted again, since a tone step may have lifted black.
5. Quarter turns and flips follow in their order.
6. The angles are added up and turn the picture clockwise about its centre, on a larger canvas
   with black corners.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from uploads.editing import encoding, geometry, pictures, tones
from uploads.editing.bands import Meter
from uploads.editing.geometry import Pixels, Plan
from uploads.editing.recipe import Recipe

_PREVIEW_QUALITY: Final = 85
_SMALL: Final = 400  # pixels on the longer side of what a thumbnail is made from
# Of a kept proxy: its mark, width, height, channels, the original's width and height, and the
# size of the profile that follows.
_PROXY: Final = struct.Struct(">4s6I")
_MARK: Final = b"FPX1"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The edited file; `picture` is the same reduced, mode L or RGB, for a thumbnail."""

    data: bytes
    mime: str
    width: int
    height: int
    picture: Image.Image


@dataclass(frozen=True, slots=True)
class Proxy:
    """A small upright copy of an original; `width` and `height` are the original's, upright."""

    pixels: Pixels
    width: int
    height: int
    profile: bytes | None

    def to_bytes(self) -> bytes:
        """For a cache: not packed, so that reading it back costs next to nothing."""
        rows, columns = self.pixels.shape[:2]
        channels, profile = self.pixels.size // (rows * columns), self.profile or b""
        sizes = (columns, rows, channels, self.width, self.height, len(profile))
        return _PROXY.pack(_MARK, *sizes) + profile + self.pixels.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Proxy:
        """Raises ValueError for anything that `to_bytes` did not write."""
        if len(data) < _PROXY.size:
            raise ValueError("No proxy.")
        mark, columns, rows, channels, width, height, size = _PROXY.unpack_from(data)
        start = _PROXY.size + size
        if (
            mark != _MARK
            or channels not in {1, 3}
            or len(data) - start != rows * columns * channels
        ):
            raise ValueError("No proxy.")
        shape = (rows, columns, 3) if channels == 3 else (rows, columns)
        pixels = np.frombuffer(data, np.uint8, offset=start).reshape(shape)
        return cls(pixels, width, height, data[_PROXY.size : start] or None)


def full(
    data: bytes,
    recipe: Recipe,
    *,
    mime: str,
    orientation: int,
    progress: Callable[[float], None] | None = None,
    scratch: Path | None = None,
) -> Rendered:
    """The edited picture in full size, of the original's type, from the bytes as stored.

    `progress` is called with the finished share, 0 to 1, never falling. The same recipe gives
    the same bytes. `scratch` is a folder for temporary files, or the system's. Raises
    Refused("corrupt") for an original that does not decode.
    """
    found = tones.groups(recipe.steps)
    meter = Meter(progress, 3 + tones.stages(found))
    read = pictures.read(data, mime, scratch)
    meter.stage()(1.0)
    profile, upright = read.profile, geometry.UPRIGHT[orientation].view(read.pixels)
    height, width = upright.shape[:2]
    plan = Plan.of(recipe.steps, width, height)
    # Nothing may hold the original's pixels any longer than the result needs them.
    del read
    pixels = _edited(_kept(upright, plan), plan, found, tones.sigma(max(width, height)), meter)
    del upright
    return _written(pixels, profile, mime, meter)


def proxy(data: bytes, *, mime: str, orientation: int, box: int = 1600) -> Proxy:
    """A small copy of a stored original, its longer side at most `box` pixels."""
    picture, (width, height) = pictures.read_small(data, mime, box)
    pixels = np.ascontiguousarray(geometry.UPRIGHT[orientation].view(picture.pixels))
    if orientation >= 5:
        width, height = height, width
    return Proxy(pixels, width, height, picture.profile)


def preview(proxy: Proxy, recipe: Recipe, *, width: int, height: int) -> bytes:
    """A JPEG of the proxy edited by the recipe for an upright original of that size."""
    rows, columns = proxy.pixels.shape[:2]
    across, down = columns / width, rows / height
    plan = Plan.of(recipe.steps, width, height).scaled(across, down, columns, rows)
    found = tones.groups(recipe.steps)
    radius = tones.sigma(max(width, height)) * max(across, down)
    meter = Meter(None, 1)
    kept = _kept(proxy.pixels, plan).copy()
    pixels = _edited(kept, plan, found, radius, meter)
    return encoding.quick_jpeg(pixels, proxy.profile, _PREVIEW_QUALITY)


def _kept(upright: Pixels, plan: Plan) -> Pixels:
    return upright[plan.kept.y : plan.kept.bottom, plan.kept.x : plan.kept.right]


def _edited(
    kept: Pixels, plan: Plan, found: list[tones.Group], radius: float, meter: Meter
) -> Pixels:
    """Every step on the kept pixels, which are changed on the way."""
    plan.black_out(kept)
    tones.apply(kept, found, radius, meter)
    plan.black_out(kept)
    laid, tick = plan.pose.view(kept), meter.stage()
    if plan.angle:
        return geometry.turned(laid, plan.angle, plan.resampling, tick)
    tick(1.0)
    return laid


def _written(pixels: Pixels, profile: bytes | None, mime: str, meter: Meter) -> Rendered:
    height, width = pixels.shape[:2]
    picture, tick = pictures.small(pixels, _SMALL), meter.stage()
    if mime == "image/png":
        data = encoding.png(pixels, profile, tick)
    else:
        data = encoding.jpeg(pixels, profile)
        tick(1.0)
    return Rendered(data, mime, width, height, picture)

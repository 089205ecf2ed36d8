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

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PIL import Image

from uploads.editing import encoding, geometry, pictures, tones
from uploads.editing.bands import Meter
from uploads.editing.clahe import Floats, Place
from uploads.editing.geometry import Pixels, Plan
from uploads.editing.proxies import Proxy
from uploads.editing.recipe import Recipe
from uploads.editing.scanlines import Scratch
from uploads.editing.steps import Rect
from uploads.editing.views import View

_PREVIEW_QUALITY: Final = 85
_WINDOW_QUALITY: Final = 90  # grain is looked at closely there
_SMALL: Final = 400  # pixels on the longer side of what a thumbnail is made from


@dataclass(frozen=True, slots=True)
class Rendered:
    """The edited file; `picture` is the same reduced, mode L or RGB, for a thumbnail."""

    data: bytes
    mime: str
    width: int
    height: int
    picture: Image.Image


def full(
    data: bytes,
    recipe: Recipe,
    *,
    mime: str,
    orientation: int,
    progress: Callable[[float], None] | None = None,
    scratch: Scratch | None = None,
) -> Rendered:
    """The edited picture in full size, of the original's type, from the bytes as stored.

    `progress` is called with the finished share, 0 to 1, never falling. The same recipe gives
    the same bytes. `scratch` is the place for a temporary file, else the system's. Raises
    Refused("corrupt") for an original that does not decode, and MemoryError.
    """
    found = tones.groups(recipe.steps)
    meter = Meter(progress, 3 + tones.stages(found))
    read = pictures.read(data, mime, scratch)
    meter.stage()(1.0)
    profile, upright = read.profile, geometry.UPRIGHT[orientation].view(read.pixels)
    height, width = upright.shape[:2]
    view = View.all(Plan.of(recipe.steps, width, height))
    # Nothing may hold the original's pixels any longer than the result needs them.
    del read
    kept = _part(upright, view.worked)
    del upright
    pixels = _edited(kept, view, found, tones.sigma(max(width, height)), meter)
    del kept
    return _written(pixels, profile, mime, meter)


def preview(proxy: Proxy, recipe: Recipe) -> bytes:
    """A JPEG of a copy of the whole original, edited by the recipe."""
    edited = _shown(proxy, recipe, View.all(_plan(proxy, recipe)), ())
    return encoding.quick_jpeg(edited, proxy.profile, _PREVIEW_QUALITY)


def window(part: Proxy, recipe: Recipe, view: View, tables: tuple[Floats, ...]) -> bytes:
    """A JPEG of a part of the result, from a part of the original that holds all of
    `view.worked`; `tables` as from `learn`, needed if that is not all that is kept.
    """
    edited = _shown(part, recipe, view, tables)
    return encoding.quick_jpeg(edited, part.profile, _WINDOW_QUALITY)


def learn(proxy: Proxy, recipe: Recipe) -> tuple[Floats, ...]:
    """What local contrast, which depends on all that is kept, does at each place."""
    found = tones.groups(recipe.steps)
    while found and not tones.needs_whole(found[-1:]):
        found.pop()
    if not found:
        return ()
    plan = _plan(proxy, recipe)
    kept = _part(proxy.pixels, plan.kept).copy()
    plan.black_out(kept, plan.kept)
    return tones.apply(kept, found, _radius(proxy), Meter(None, 1))


def _plan(proxy: Proxy, recipe: Recipe) -> Plan:
    plan = Plan.of(recipe.steps, proxy.width, proxy.height)
    return plan.scaled(*proxy.scale, *proxy.whole)


def _radius(proxy: Proxy) -> float:
    return tones.sigma(max(proxy.width, proxy.height)) * max(proxy.scale)


def _shown(proxy: Proxy, recipe: Recipe, view: View, tables: tuple[Floats, ...]) -> Pixels:
    x, y = view.worked.x - proxy.place.x, view.worked.y - proxy.place.y
    pixels = _part(proxy.pixels, view.worked._replace(x=x, y=y)).copy()
    found = tones.groups(recipe.steps)
    return _edited(pixels, view, found, _radius(proxy), Meter(None, 1), tables)


def _part(pixels: Pixels, place: Rect) -> Pixels:
    return pixels[place.y : place.bottom, place.x : place.right]


def _edited(
    pixels: Pixels,
    view: View,
    found: list[tones.Group],
    radius: float,
    meter: Meter,
    tables: tuple[Floats, ...] = (),
) -> Pixels:
    """Every step on the pixels at `view.worked`, which are changed on the way."""
    plan, worked, source = view.plan, view.worked, view.source
    setting = None if view.is_whole else tones.Setting(_within(worked, plan.kept), tables)
    plan.black_out(pixels, worked)
    tones.apply(pixels, found, radius, meter, setting)
    plan.black_out(pixels, worked)
    inside = source._replace(x=source.x - worked.x, y=source.y - worked.y)
    laid, tick = plan.pose.view(_part(pixels, inside)), meter.stage()
    if view.turn:
        return geometry.turned(laid, view.turn, plan.resampling, tick)
    tick(1.0)
    return laid


def _within(worked: Rect, kept: Rect) -> Place:
    return Place(worked.x - kept.x, worked.y - kept.y, kept.width, kept.height)


def _written(pixels: Pixels, profile: bytes | None, mime: str, meter: Meter) -> Rendered:
    height, width = pixels.shape[:2]
    picture, tick = pictures.small(pixels, _SMALL), meter.stage()
    if mime == "image/png":
        data = encoding.png(pixels, profile, tick)
    else:
        data = encoding.jpeg(pixels, profile)
        tick(1.0)
    return Rendered(data, mime, width, height, picture)

"""Brightness, contrast, gamma, sharpness and local contrast, in place on the kept area.

Steps that follow one another are taken together: curves become one table without rounding in
between; sharpness and local contrast work on the luminance, and the colours follow once, by
the factor by which the luminance changed. Scaling red, green and blue alike keeps hue and
saturation, where adding the difference (as YCbCr does) turns a dark red into grey. A channel
that would pass 255 stays there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeAlias

import numpy as np
from PIL import Image, ImageFilter

from uploads.editing import bands, clahe
from uploads.editing.bands import Meter, Tick
from uploads.editing.geometry import Pixels
from uploads.editing.steps import (
    Brightness,
    Contrast,
    Curve,
    Gamma,
    LocalContrast,
    Sharpness,
    Step,
    Tone,
    is_neutral,
)

_WHITE: Final = 255.0
_GREY: Final = 127.5
_STOP: Final = 50.0  # of brightness or contrast double the effect
# The radius grows with the picture, so that a preview shows what the result will show; in small
# pictures it is that of the finest detail there is.
_SIGMA: Final = 0.001  # of the original's longer side
_LEAST_SIGMA: Final = 0.7  # pixels of the original
_MOST_SHARP: Final = 2.0
_MOST_SLOPE: Final = 3.0
_RECIPROCAL: Final = (1 / np.maximum(np.arange(256), 1)).astype(np.float32)

Group: TypeAlias = list[Tone]
Local: TypeAlias = Callable[[Pixels, float, Tick], None]


def groups(steps: Iterable[Step]) -> list[Group]:
    """The tone steps that do something, those that are taken together in one group."""
    active = [step for step in steps if isinstance(step, Tone) and not is_neutral(step)]
    return [list(group) for _, group in groupby(active, lambda step: isinstance(step, Curve))]


def sigma(longer_side: int) -> float:
    """The radius of sharpening, in pixels of an original of that size."""
    return max(_LEAST_SIGMA, _SIGMA * longer_side)


@dataclass(frozen=True, slots=True)
class Setting:
    """For a part of the kept area: where it lies, and what local contrast, which needs the whole,
    does there; one table for each of its steps, in order.
    """

    place: clahe.Place
    tables: tuple[clahe.Floats, ...]


def apply(
    pixels: Pixels,
    found: list[Group],
    radius: float,
    meter: Meter,
    setting: Setting | None = None,
) -> tuple[clahe.Floats, ...]:
    """Carry out all groups; `radius` is `sigma` at the scale of these pixels.

    Without a `setting` the pixels are the whole kept area. Returns the tables of local contrast.
    """
    height, width = pixels.shape[:2]
    place = setting.place if setting else clahe.Place(0, 0, width, height)
    known = iter(setting.tables) if setting else None
    used: list[clahe.Floats] = []

    def local(plane: Pixels, slope: float, tick: Tick) -> None:
        used.append(next(known) if known else clahe.learn(plane, slope))
        clahe.equalise(plane, used[-1], place, tick)

    for group in found:
        if isinstance(group[0], Curve):
            _bend(pixels, table(group), meter.stage())
        else:
            _relight(pixels, group, radius, meter, local)
    return tuple(used)


def reach(found: list[Group], radius: float) -> int:
    """How far from a pixel others count for what becomes of it, local contrast aside."""
    return _reach(radius) * sum(isinstance(step, Sharpness) for group in found for step in group)


def needs_whole(found: list[Group]) -> bool:
    return any(isinstance(step, LocalContrast) for group in found for step in group)


def stages(found: list[Group]) -> int:
    """How many stages of a meter `apply` takes."""
    return sum(1 if isinstance(group[0], Curve) else len(group) + 2 for group in found)


def table(curves: Iterable[Tone]) -> Pixels:
    """What becomes of each of the 256 values."""
    values = np.arange(256, dtype=np.float64)
    for step in curves:
        match step:
            case Brightness(amount):
                values *= 2 ** (amount / _STOP)
            case Contrast(amount):
                values = _GREY + (values - _GREY) * 2 ** (amount / _STOP)
            case Gamma(value):
                values = _WHITE * (values / _WHITE) ** (1 / value)
        values = values.clip(0, _WHITE)
    return np.rint(values).astype(np.uint8)


def _bend(pixels: Pixels, values: Pixels, tick: Tick) -> None:
    def work(first: int, end: int) -> None:
        pixels[first:end] = values.take(pixels[first:end])

    bands.rows(work, pixels.shape, tick)


def _relight(pixels: Pixels, lights: Group, radius: float, meter: Meter, local: Local) -> None:
    plane = _luminance(pixels, meter.stage())
    for step in lights:
        match step:
            case Sharpness(amount):
                plane = _sharpened(plane, radius, _MOST_SHARP * amount / 100, meter.stage())
            case LocalContrast(amount):
                local(plane, 1 + _MOST_SLOPE * amount / 100, meter.stage())
    _follow(pixels, plane, meter.stage())


def _luminance(pixels: Pixels, tick: Tick) -> Pixels:
    plane = np.empty(pixels.shape[:2], np.uint8)

    def work(first: int, end: int) -> None:
        plane[first:end] = np.asarray(Image.fromarray(pixels[first:end]).convert("L"))

    bands.rows(work, plane.shape, tick)
    return plane


def _sharpened(plane: Pixels, radius: float, amount: float, tick: Tick) -> Pixels:
    """Away from the blurred picture by `amount` times the distance: unsharp masking."""
    result = np.empty_like(plane)
    blur = ImageFilter.GaussianBlur(radius)
    reach = _reach(radius)

    def work(first: int, end: int) -> None:
        low = max(0, first - reach)
        around = Image.fromarray(plane[low : end + reach]).filter(blur)
        blurred = np.asarray(around)[first - low : end - low]
        band = plane[first:end].astype(np.float32)
        band += (band - blurred) * np.float32(amount)
        result[first:end] = (band.clip(0, _WHITE) + np.float32(0.5)).astype(np.uint8)

    bands.rows(work, plane.shape, tick, least=4 * reach)
    return result


def _reach(radius: float) -> int:
    return 3 * (int(radius) + 3)  # of three boxes of about that radius


def _follow(pixels: Pixels, plane: Pixels, tick: Tick) -> None:
    """Give the pixels a new luminance."""

    def grey(first: int, end: int) -> None:
        pixels[first:end] = plane[first:end]

    def colour(first: int, end: int) -> None:
        band = pixels[first:end]
        before = np.asarray(Image.fromarray(band).convert("L"))
        factor = _RECIPROCAL.take(before)
        factor *= plane[first:end]
        for channel in range(3):
            values = band[:, :, channel] * factor
            values += np.float32(0.5)
            np.minimum(values, np.float32(_WHITE), out=values)
            band[:, :, channel] = values.astype(np.uint8)

    bands.rows(grey if pixels.ndim == 2 else colour, plane.shape, tick)

"""Where the pixels of the original go: crop, turns, flips and the fine angle.

Whatever the order of the steps: black-outs and the last crop are rectangles of the upright
original; quarter turns and flips then follow one another; the angles are added up and turn what
was kept about its centre, clockwise as the result shows it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from uploads.editing import bands
from uploads.editing.bands import Tick
from uploads.editing.steps import Angle, Blackout, Crop, Flip, Rect, Rotate, Step

# Rows, columns and, for colour, three channels.
Pixels: TypeAlias = npt.NDArray[np.uint8]

# A turned picture needs a larger canvas; a long and narrow one a very much larger one.
MAX_TURNED_PIXELS: Final = 160_000_000
MAX_TURNED_SIDE: Final = 65_500  # of a JPEG
_TILE: Final = 512
_REACH: Final = 3  # pixels around a place that interpolation may read


class Pose(NamedTuple):
    """One of the eight ways to lay a picture: flipped left to right or not, then turned."""

    flipped: bool = False
    quarters: int = 0  # clockwise

    def then(self, step: Step) -> Pose:
        match step:
            case Rotate(degrees):
                return Pose(self.flipped, (self.quarters + degrees // 90) % 4)
            case Flip(axis):
                # A flip behind turns equals the same flip before the opposite turns.
                half = 2 if axis == "vertical" else 0
                return Pose(not self.flipped, (half - self.quarters) % 4)
        return self

    def view(self, pixels: Pixels) -> Pixels:
        """The same memory, looked at in this way."""
        laid = pixels[:, ::-1] if self.flipped else pixels
        return np.rot90(laid, -self.quarters)

    def before(self, rect: Rect, width: int, height: int) -> Rect:
        """Where a rectangle of the laid picture, of that size, was before it was laid so."""
        for _ in range(self.quarters):
            rect = Rect(rect.y, width - rect.right, rect.height, rect.width)
            width, height = height, width
        return rect._replace(x=width - rect.right) if self.flipped else rect


# By EXIF's Orientation, what makes a stored picture upright.
UPRIGHT: Final = {
    1: Pose(),
    2: Pose(flipped=True),
    3: Pose(quarters=2),
    4: Pose(flipped=True, quarters=2),
    5: Pose(flipped=True, quarters=3),
    6: Pose(quarters=1),
    7: Pose(flipped=True, quarters=1),
    8: Pose(quarters=3),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The geometry of a recipe for an original of a certain size."""

    kept: Rect
    covered: tuple[Rect, ...]
    pose: Pose
    angle: float
    resampling: Image.Resampling = Image.Resampling.BICUBIC

    @classmethod
    def of(cls, steps: Iterable[Step], width: int, height: int) -> Plan:
        kept, pose, angle = Rect(0, 0, width, height), Pose(), 0.0
        covered: tuple[Rect, ...] = ()
        for step in steps:
            pose = pose.then(step)
            match step:
                case Blackout(rects):
                    covered += rects
                case Crop(rect):
                    kept = rect
                case Angle(degrees):
                    angle += degrees
        return cls(kept, covered, pose, angle)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the full result."""
        return self.size_of(self.kept.width, self.kept.height)

    def size_of(self, width: int, height: int) -> tuple[int, int]:
        return canvas(*self.laid_size(width, height), self.angle)

    def laid_size(self, width: int, height: int) -> tuple[int, int]:
        return (height, width) if self.pose.quarters % 2 else (width, height)

    def scaled(self, across: float, down: float, width: int, height: int) -> Plan:
        """For a smaller picture of the same; black-outs cover every pixel they touch."""
        kept = _nearest(self.kept, across, down, width, height)
        covered = tuple(_around(rect, across, down) for rect in self.covered)
        # A reduced picture has lost what bicubic would keep, and bilinear takes half the time.
        reduced = min(across, down) < 1
        resampling = Image.Resampling.BILINEAR if reduced else self.resampling
        return Plan(kept, covered, self.pose, self.angle, resampling)

    def black_out(self, pixels: Pixels, place: Rect) -> None:
        """Paint the covered ones of the pixels that lie at that place, exactly black."""
        for rect in self.covered:
            left, top = max(0, rect.x - place.x), max(0, rect.y - place.y)
            right, bottom = rect.right - place.x, rect.bottom - place.y
            pixels[top : max(0, bottom), left : max(0, right)] = 0


def _nearest(rect: Rect, across: float, down: float, width: int, height: int) -> Rect:
    x, y = min(round(rect.x * across), width - 1), min(round(rect.y * down), height - 1)
    right, bottom = min(round(rect.right * across), width), min(round(rect.bottom * down), height)
    return Rect(x, y, max(1, right - x), max(1, bottom - y))


def _around(rect: Rect, across: float, down: float) -> Rect:
    x, y = math.floor(rect.x * across), math.floor(rect.y * down)
    right, bottom = math.ceil(rect.right * across), math.ceil(rect.bottom * down)
    return Rect(x, y, right - x, bottom - y)


def canvas(width: int, height: int, degrees: float) -> tuple[int, int]:
    """The smallest whole size that holds the turned picture."""
    cos, sin = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    wide, high = width * cos + height * sin, width * sin + height * cos
    return max(1, math.ceil(wide - 1e-6)), max(1, math.ceil(high - 1e-6))


def turned(pixels: Pixels, turn: Turn, resampling: Image.Resampling, tick: Tick) -> Pixels:
    """The part `turn.look` of the turned picture, of which `pixels` are the part `turn.source`.

    Done tile by tile, so that nothing but the result is held beside the picture.
    """
    width, height = turn.look.width, turn.look.height
    result = np.zeros((height, width, *pixels.shape[2:]), np.uint8)
    back = turn.back.from_corner(turn.look.x, turn.look.y).to_corner(turn.source.x, turn.source.y)
    corners = [(x, y) for y in range(0, height, _TILE) for x in range(0, width, _TILE)]

    def work(number: int) -> None:
        x, y = corners[number]
        tile = result[y : y + _TILE, x : x + _TILE]
        _turn_tile(pixels, tile, back.from_corner(x, y), resampling)

    bands.every(work, len(corners), tick)
    return result


@dataclass(frozen=True, slots=True)
class Turn:
    """Clockwise about the centre, on a black canvas that holds it: the part `look` of the canvas
    is made from the part `source` of the picture.
    """

    back: _Back
    look: Rect
    source: Rect

    @classmethod
    def of(cls, degrees: float, size: tuple[int, int], look: Rect) -> Turn:
        back = _Back.of(degrees, size, canvas(*size, degrees))
        xs, ys = (look.x, look.right), (look.y, look.bottom)
        across, down = zip(*(back(x, y) for x in xs for y in ys), strict=True)
        left, right = _least(_span(across, size[0]), size[0])
        top, bottom = _least(_span(down, size[1]), size[1])
        return cls(back, look, Rect(left, top, right - left, bottom - top))


class _Back(NamedTuple):
    """From a place of the result to that of the picture: x' = ax + by + c, y' = dx + ey + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @classmethod
    def of(cls, degrees: float, size: tuple[int, int], canvas_size: tuple[int, int]) -> _Back:
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        x, y = canvas_size[0] / 2, canvas_size[1] / 2
        c, f = size[0] / 2 - cos * x - sin * y, size[1] / 2 + sin * x - cos * y
        return cls(cos, sin, c, -sin, cos, f)

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f

    def from_corner(self, x: int, y: int) -> _Back:
        c, f = self(x, y)
        return self._replace(c=c, f=f)

    def to_corner(self, x: int, y: int) -> _Back:
        return self._replace(c=self.c - x, f=self.f - y)


def _turn_tile(pixels: Pixels, tile: Pixels, back: _Back, resampling: Image.Resampling) -> None:
    height, width = tile.shape[:2]
    places = [back(x, y) for x in (0, width) for y in (0, height)]
    across, down = zip(*places, strict=True)
    left, right = _span(across, pixels.shape[1])
    top, bottom = _span(down, pixels.shape[0])
    if left >= right or top >= bottom:
        return
    source = Image.fromarray(pixels[top:bottom, left:right])
    numbers = back.to_corner(left, top)
    made = source.transform((width, height), Image.Transform.AFFINE, numbers, resampling)
    tile[...] = np.asarray(made)


def _span(places: Iterable[float], end: int) -> tuple[int, int]:
    found = sorted(places)
    return max(0, math.floor(found[0]) - _REACH), min(end, math.ceil(found[-1]) + _REACH)


def _least(span: tuple[int, int], end: int) -> tuple[int, int]:
    """At least one pixel within the picture, even for a look at nothing but a black corner."""
    start = min(span[0], end - 1)
    return start, max(span[1], start + 1)

"""The steps a recipe is made of, one class each; all are values.

Rectangles and axes are those of the upright original, in whole pixels, whatever other steps
stand before or behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Axis: TypeAlias = Literal["horizontal", "vertical"]


class Rect(NamedTuple):
    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Blackout:
    rects: tuple[Rect, ...]


@dataclass(frozen=True, slots=True)
class Crop:
    rect: Rect


@dataclass(frozen=True, slots=True)
class Rotate:
    """Clockwise by 90, 180 or 270."""

    degrees: int


@dataclass(frozen=True, slots=True)
class Flip:
    """`horizontal` swaps left and right, `vertical` top and bottom."""

    axis: Axis


@dataclass(frozen=True, slots=True)
class Angle:
    """Clockwise, -15 to 15."""

    degrees: float


@dataclass(frozen=True, slots=True)
class Brightness:
    """-100 to 100: the light from a quarter to four times as much; black stays black."""

    amount: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """-100 to 100: distances from middle grey from a quarter to four times as large."""

    amount: float


@dataclass(frozen=True, slots=True)
class Gamma:
    """0.2 to 5; above 1 the dark parts become lighter."""

    value: float


@dataclass(frozen=True, slots=True)
class Sharpness:
    """0 to 100."""

    amount: float


@dataclass(frozen=True, slots=True)
class LocalContrast:
    """0 to 100: how much steeper than before any tone may become at any place."""

    amount: float


Curve: TypeAlias = Brightness | Contrast | Gamma
Light: TypeAlias = Sharpness | LocalContrast
Tone: TypeAlias = Curve | Light
Step: TypeAlias = Blackout | Crop | Rotate | Flip | Angle | Tone


def is_neutral(step: Step) -> bool:
    """True if this step, wherever it stands, changes nothing."""
    match step:
        case Blackout(rects):
            return not rects
        case Gamma(value):
            return value == 1
        case Angle(number) | Brightness(number) | Contrast(number):
            return number == 0
        case Sharpness(number) | LocalContrast(number):
            return number == 0
    return False

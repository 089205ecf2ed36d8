"""Judge the steps of a recipe from outside, field by field.

A `Fault` names what is wrong below the field that was read; each level above puts its own name
in front, so that the whole path stands there in the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final, NamedTuple, TypeAlias, cast

from uploads.editing import steps
from uploads.editing.steps import Axis, Rect, Step

MAX_RECTS: Final = 100
_SHOWN: Final = 40  # characters of a value from outside
_TOLD: Final = 20  # keys without meaning in one object


class Size(NamedTuple):
    """Of the upright original, in pixels."""

    width: int
    height: int


class Fault(Exception):
    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(errors)
        self.errors = dict(errors)

    @classmethod
    def at(cls, path: str, sentence: str) -> Fault:
        return cls({path: sentence})

    def below(self, name: str) -> dict[str, str]:
        return {f"{name}.{path}" if path else name: text for path, text in self.errors.items()}


Fields: TypeAlias = Mapping[str, object]
Reader: TypeAlias = Callable[[object, Size], object]


def step(data: object, size: Size) -> Step:
    """One step; raises Fault with everything that is wrong with it."""
    if not isinstance(data, dict):
        raise Fault.at("", f"A step must be an object, not {shown(data)}.")
    op = data.get("op")
    if not isinstance(op, str) or op not in _OPS:
        names = ", ".join(_OPS)
        raise Fault.at("op", f"There is no step {shown(op)}. The steps are {names}.")
    make, readers = _OPS[op]
    return make(**_fields(data, {"op": _any, **readers}, size))


def _fields(
    data: dict[object, object], readers: Mapping[str, Reader], size: Size
) -> dict[str, object]:
    errors = unknown(data, readers)
    values = {}
    for name, read in readers.items():
        try:
            values[name] = read(required(data, name), size)
        except Fault as fault:
            errors |= fault.below(name)
    if errors:
        raise Fault(errors)
    del values["op"]
    return values


def unknown(data: dict[object, object], known: Mapping[str, object]) -> dict[str, str]:
    """An error for every key that has no meaning."""
    names = ", ".join(known)
    strange = islice((key for key in data if key not in known), _TOLD)
    return {
        _encodable(str(key)) or "?": f"There is no field {shown(key)} here. The fields are {names}."
        for key in strange
    }


def required(data: dict[object, object], name: str) -> object:
    if name not in data:
        raise Fault.at("", "This field is missing.")
    return data[name]


def shown(value: object) -> str:
    """A value from outside, short enough for a sentence."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    if isinstance(value, int | float):
        # Python refuses to write out an integer of some thousand digits.
        return f"{value:,}" if abs(value) < 10**15 else "a number out of all proportion"
    if isinstance(value, str):
        return f"“{_encodable(value)}…”" if len(value) > _SHOWN else f"“{_encodable(value)}”"
    return "a list" if isinstance(value, list) else "an object"


def _encodable(text: str) -> str:
    # JSON may hold half a surrogate pair, which no page and no log can be written with.
    return text[:_SHOWN].encode(errors="replace").decode()


# Readers of single fields


def _any(value: object, size: Size) -> object:
    return value


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(name: str, low: float, high: float) -> Reader:
    def read(value: object, size: Size) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Fault.at("", f"{name} must be a number, not {shown(value)}.")
        if isinstance(value, float) and not math.isfinite(value):
            raise Fault.at("", f"{name} must be a finite number, from {low} to {high}.")
        if not low <= value <= high:
            raise Fault.at("", f"{name} must be from {low} to {high}, not {shown(value)}.")
        return value

    return read


def _quarters(value: object, size: Size) -> object:
    if not is_whole(value) or value not in {90, 180, 270}:
        raise Fault.at("", f"A quarter turn is 90, 180 or 270 degrees, not {shown(value)}.")
    return value


def _axis(value: object, size: Size) -> Axis:
    if not isinstance(value, str) or value not in {"horizontal", "vertical"}:
        raise Fault.at("", f"The axis is horizontal or vertical, not {shown(value)}.")
    return cast("Axis", value)


def _rects(value: object, size: Size) -> tuple[Rect, ...]:
    if not isinstance(value, list):
        raise Fault.at("", f"The rectangles must be a list, not {shown(value)}.")
    if len(value) > MAX_RECTS:
        raise Fault.at("", too_many_rects(len(value)))
    found: list[Rect] = []
    errors: dict[str, str] = {}
    for number, item in enumerate(value):
        try:
            found.append(_rect(item, size))
        except Fault as fault:
            errors |= fault.below(str(number))
    if errors:
        raise Fault(errors)
    return tuple(found)


def too_many_rects(count: int) -> str:
    return f"At most {MAX_RECTS} rectangles can be blacked out, not {count}. Use larger ones."


def _rect(value: object, size: Size) -> Rect:
    if not isinstance(value, list) or len(value) != 4 or not all(map(is_whole, value)):
        raise Fault.at("", "A rectangle is four whole numbers: x, y, width, height.")
    rect = Rect(*value)
    if min(rect.width, rect.height) < 1:
        sides = f"{shown(rect.width)} × {shown(rect.height)}"
        raise Fault.at("", f"A rectangle must be at least 1 × 1 pixel, not {sides}.")
    if min(rect.x, rect.y) < 0 or rect.right > size.width or rect.bottom > size.height:
        edges = (
            f"x {shown(rect.x)} to {shown(rect.right)}, y {shown(rect.y)} to {shown(rect.bottom)}"
        )
        whole = f"{shown(size.width)} × {shown(size.height)}"
        raise Fault.at("", f"A rectangle must lie within the {whole} pixels, not cover {edges}.")
    return rect


_OPS: Final[dict[str, tuple[Callable[..., Step], dict[str, Reader]]]] = {
    "blackout": (steps.Blackout, {"rects": _rects}),
    "crop": (steps.Crop, {"rect": _rect}),
    "rotate": (steps.Rotate, {"degrees": _quarters}),
    "flip": (steps.Flip, {"axis": _axis}),
    "angle": (steps.Angle, {"degrees": _number("The angle", -15, 15)}),
    "brightness": (steps.Brightness, {"amount": _number("Brightness", -100, 100)}),
    "contrast": (steps.Contrast, {"amount": _number("Contrast", -100, 100)}),
    "gamma": (steps.Gamma, {"value": _number("Gamma", 0.2, 5)}),
    "sharpness": (steps.Sharpness, {"amount": _number("Sharpness", 0, 100)}),
    "local_contrast": (steps.LocalContrast, {"amount": _number("Local contrast", 0, 100)}),
}
NAMES: Final = {make: op for op, (make, _) in _OPS.items()}

"""Judge the steps of a recipe from outside, field by field.

A `Fault` names what is wrong below the field that was read; each level above puts its own name
in front, so that the whole path stands there in the end. What is wrong is a `Problem`: a code and
its values, for whoever has words for people.
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


class Problem(NamedTuple):
    """What is wrong with a field: a code, what was sent or found, and the limits it broke.

    `values` are whole numbers, floats, and short texts from outside.
    """

    code: str
    values: dict[str, object]

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.values.items())
        return f"{self.code} ({told})" if told else self.code


class Fault(Exception):
    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(problems)
        self.problems = dict(problems)

    @classmethod
    def at(cls, path: str, code: str, **values: object) -> Fault:
        return cls({path: Problem(code, values)})

    def below(self, name: str) -> dict[str, Problem]:
        return {f"{name}.{path}" if path else name: each for path, each in self.problems.items()}


Fields: TypeAlias = Mapping[str, object]
Reader: TypeAlias = Callable[[object, Size], object]


def step(data: object, size: Size) -> Step:
    """One step; raises Fault with everything that is wrong with it."""
    if not isinstance(data, dict):
        raise Fault.at("", "no_object", value=shown(data))
    op = data.get("op")
    if not isinstance(op, str) or op not in _OPS:
        raise Fault.at("op", "unknown_step", value=shown(op), known=", ".join(_OPS))
    make, readers = _OPS[op]
    return make(**_fields(data, {"op": _any, **readers}, size))


def _fields(
    data: dict[object, object], readers: Mapping[str, Reader], size: Size
) -> dict[str, object]:
    problems = unknown(data, readers)
    values = {}
    for name, read in readers.items():
        try:
            values[name] = read(required(data, name), size)
        except Fault as fault:
            problems |= fault.below(name)
    if problems:
        raise Fault(problems)
    del values["op"]
    return values


def unknown(data: dict[object, object], known: Mapping[str, object]) -> dict[str, Problem]:
    """A problem for every key that has no meaning."""
    names = ", ".join(known)
    strange = islice((key for key in data if key not in known), _TOLD)
    return {
        _encodable(str(key)) or "?": Problem("unknown_field", {"value": shown(key), "known": names})
        for key in strange
    }


def required(data: dict[object, object], name: str) -> object:
    if name not in data:
        raise Fault.at("", "missing")
    return data[name]


def shown(value: object) -> object:
    """A value from outside as it can be told: a number, or a short text."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int | float):
        # Python refuses to write out an integer of some thousand digits.
        return value if abs(value) < 10**15 else "1e15+"
    if isinstance(value, str):
        return f"“{_encodable(value)}…”" if len(value) > _SHOWN else f"“{_encodable(value)}”"
    return "[…]" if isinstance(value, list) else "{…}"


def _encodable(text: str) -> str:
    # JSON may hold half a surrogate pair, which no page and no log can be written with.
    return text[:_SHOWN].encode(errors="replace").decode()


# Readers of single fields


def _any(value: object, size: Size) -> object:
    return value


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(step: str, low: float, high: float) -> Reader:
    limits: dict[str, object] = {"step": step, "least": low, "most": high}

    def read(value: object, size: Size) -> object:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or (isinstance(value, float) and not math.isfinite(value)):
            raise Fault.at("", "no_number", **limits, value=shown(value))
        if not low <= cast("float", value) <= high:
            raise Fault.at("", "out_of_range", **limits, value=shown(value))
        return value

    return read


def _quarters(value: object, size: Size) -> object:
    if not is_whole(value) or value not in {90, 180, 270}:
        raise Fault.at("", "no_quarter", value=shown(value))
    return value


def _axis(value: object, size: Size) -> Axis:
    if not isinstance(value, str) or value not in {"horizontal", "vertical"}:
        raise Fault.at("", "no_axis", value=shown(value))
    return cast("Axis", value)


def _rects(value: object, size: Size) -> tuple[Rect, ...]:
    if not isinstance(value, list):
        raise Fault.at("", "no_list", value=shown(value))
    if len(value) > MAX_RECTS:
        raise Fault({"": too_many_rects(len(value))})
    found: list[Rect] = []
    problems: dict[str, Problem] = {}
    for number, item in enumerate(value):
        try:
            found.append(rect(item, size))
        except Fault as fault:
            problems |= fault.below(str(number))
    if problems:
        raise Fault(problems)
    return tuple(found)


def too_many_rects(count: int) -> Problem:
    return Problem("too_many_rects", {"value": count, "most": MAX_RECTS})


def rect(value: object, size: Size) -> Rect:
    """Four whole numbers within that size. Raises Fault."""
    if not isinstance(value, list) or len(value) != 4 or not all(map(is_whole, value)):
        raise Fault.at("", "no_rect", value=shown(value))
    found = Rect(*value)
    edges = (found.x, found.y, found.right, found.bottom)
    if min(found.width, found.height) < 1:
        raise Fault.at("", "flat_rect", width=shown(found.width), height=shown(found.height))
    if min(edges) < 0 or found.right > size.width or found.bottom > size.height:
        left, top, right, bottom = map(shown, edges)
        told = {"left": left, "top": top, "right": right, "bottom": bottom}
        raise Fault.at("", "rect_outside", **told, width=size.width, height=size.height)
    return found


_OPS: Final[dict[str, tuple[Callable[..., Step], dict[str, Reader]]]] = {
    "blackout": (steps.Blackout, {"rects": _rects}),
    "crop": (steps.Crop, {"rect": rect}),
    "rotate": (steps.Rotate, {"degrees": _quarters}),
    "flip": (steps.Flip, {"axis": _axis}),
    "angle": (steps.Angle, {"degrees": _number("angle", -15, 15)}),
    "brightness": (steps.Brightness, {"amount": _number("brightness", -100, 100)}),
    "contrast": (steps.Contrast, {"amount": _number("contrast", -100, 100)}),
    "gamma": (steps.Gamma, {"value": _number("gamma", 0.2, 5)}),
    "sharpness": (steps.Sharpness, {"amount": _number("sharpness", 0, 100)}),
    "local_contrast": (steps.LocalContrast, {"amount": _number("local_contrast", 0, 100)}),
}
NAMES: Final = {make: op for op, (make, _) in _OPS.items()}

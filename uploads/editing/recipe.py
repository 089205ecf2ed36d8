"""A recipe: what was done to an original, as a value that can be kept, shown and repeated."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from uploads.editing import reading
from uploads.editing.geometry import MAX_TURNED_PIXELS, MAX_TURNED_SIDE, Plan
from uploads.editing.reading import Fault, Size, shown
from uploads.editing.steps import Angle, Blackout, Step, is_neutral

VERSION: Final = 1
MAX_STEPS: Final = 40
MAX_RECTS: Final = reading.MAX_RECTS
_FIELDS: Final = {"version": None, "steps": None}


class RecipeError(ValueError):
    """`errors`: a sentence for each faulty field, by its path, such as ``steps.2.rect``.

    The path is ``recipe`` where the whole is not even an object.
    """

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{path}: {text}" for path, text in errors.items()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Recipe:
    """The steps of one edit, in the order the user gave them; see `render` for their meaning."""

    version: int = VERSION
    steps: tuple[Step, ...] = ()

    @classmethod
    def parse(cls, data: object, *, width: int, height: int) -> Recipe:
        """A recipe from decoded JSON, for an upright original of that size.

        Raises RecipeError with everything that is wrong, each with its limit and its value.
        """
        try:
            steps = _steps(data, Size(width, height))
            _check_canvas(steps, width, height)
        except Fault as fault:
            raise RecipeError(fault.errors) from None
        return cls(VERSION, steps)

    def to_json(self) -> dict[str, object]:
        """What `parse` reads; the same again for the same recipe."""
        return {"version": self.version, "steps": [_json(step) for step in self.steps]}

    @property
    def is_empty(self) -> bool:
        """True if no step does anything, so that nothing is edited."""
        return all(map(is_neutral, self.steps))

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the result in full, for an upright original of that size."""
        return Plan.of(self.steps, width, height).size


def _json(step: Step) -> dict[str, object]:
    # Rectangles are lists in JSON, and tuples only here.
    fields = {name: _plain(value) for name, value in dataclasses.asdict(step).items()}
    return {"op": reading.NAMES[type(step)], **fields}


def _plain(value: object) -> object:
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _steps(data: object, size: Size) -> tuple[Step, ...]:
    if not isinstance(data, dict):
        raise Fault.at("recipe", f"A recipe must be an object, not {shown(data)}.")
    errors = reading.unknown(data, _FIELDS)
    version, listed = data.get("version"), data.get("steps")
    if not reading.is_whole(version) or version != VERSION:
        errors["version"] = f"The version must be {VERSION}, not {shown(version)}."
    found: list[Step] = []
    if not isinstance(listed, list):
        errors["steps"] = f"The steps must be a list, not {shown(listed)}."
    elif len(listed) > MAX_STEPS:
        errors["steps"] = f"There can be at most {MAX_STEPS} steps, not {len(listed)}."
    else:
        errors |= _read_into(found, listed, size)
    if errors:
        raise Fault(errors)
    return tuple(found)


def _read_into(found: list[Step], listed: list[object], size: Size) -> dict[str, str]:
    errors: dict[str, str] = {}
    rects = 0
    for number, item in enumerate(listed):
        try:
            step = reading.step(item, size)
        except Fault as fault:
            errors |= fault.below(f"steps.{number}")
            continue
        found.append(step)
        rects += len(step.rects) if isinstance(step, Blackout) else 0
        if isinstance(step, Blackout) and rects > MAX_RECTS:
            errors[f"steps.{number}.rects"] = reading.too_many_rects(rects)
    return errors


def _check_canvas(steps: tuple[Step, ...], width: int, height: int) -> None:
    plan = Plan.of(steps, width, height)
    wide, high = plan.size
    fits = wide * high <= MAX_TURNED_PIXELS and max(wide, high) <= MAX_TURNED_SIDE
    if fits or not plan.angle:
        return
    last = max(number for number, step in enumerate(steps) if isinstance(step, Angle))
    limits = f"{MAX_TURNED_PIXELS // 1_000_000} megapixels and {MAX_TURNED_SIDE:,} pixels a side"
    sentence = f"Turned like this, the picture would need {wide:,} × {high:,} pixels; the limit is"
    raise Fault.at(f"steps.{last}.degrees", f"{sentence} {limits}. Crop it or turn it by less.")

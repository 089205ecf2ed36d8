"""A recipe: what was done to an original, as a value that can be kept, shown and repeated."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from uploads.editing import reading
from uploads.editing.geometry import MAX_TURNED_PIXELS, MAX_TURNED_SIDE, Plan
from uploads.editing.reading import Fault, Problem, Size, shown
from uploads.editing.steps import Angle, Blackout, Step, is_neutral

VERSION: Final = 1
MAX_STEPS: Final = 40
MAX_RECTS: Final = reading.MAX_RECTS
_FIELDS: Final = {"version": None, "steps": None}


class RecipeError(ValueError):
    """`problems`: what is wrong with each faulty field, by its path, such as ``steps.2.rect``.

    The path is ``recipe`` where the whole is not even an object.
    """

    def __init__(self, problems: dict[str, Problem]) -> None:
        super().__init__("; ".join(f"{path}: {each}" for path, each in problems.items()))
        self.problems = problems


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
            raise RecipeError(fault.problems) from None
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
        raise Fault.at("recipe", "no_object", value=shown(data))
    problems = reading.unknown(data, _FIELDS)
    version, listed = data.get("version"), data.get("steps")
    if not reading.is_whole(version) or version != VERSION:
        problems["version"] = Problem("other_version", {"value": shown(version), "known": VERSION})
    found: list[Step] = []
    if not isinstance(listed, list):
        problems["steps"] = Problem("no_list", {"value": shown(listed)})
    elif len(listed) > MAX_STEPS:
        problems["steps"] = Problem("too_many_steps", {"value": len(listed), "most": MAX_STEPS})
    else:
        problems |= _read_into(found, listed, size)
    if problems:
        raise Fault(problems)
    return tuple(found)


def _read_into(found: list[Step], listed: list[object], size: Size) -> dict[str, Problem]:
    problems: dict[str, Problem] = {}
    rects = 0
    for number, item in enumerate(listed):
        try:
            step = reading.step(item, size)
        except Fault as fault:
            problems |= fault.below(f"steps.{number}")
            continue
        found.append(step)
        rects += len(step.rects) if isinstance(step, Blackout) else 0
        if isinstance(step, Blackout) and rects > MAX_RECTS:
            problems[f"steps.{number}.rects"] = reading.too_many_rects(rects)
    return problems


def _check_canvas(steps: tuple[Step, ...], width: int, height: int) -> None:
    plan = Plan.of(steps, width, height)
    wide, high = plan.size
    fits = wide * high <= MAX_TURNED_PIXELS and max(wide, high) <= MAX_TURNED_SIDE
    if fits or not plan.angle:
        return
    last = max(number for number, step in enumerate(steps) if isinstance(step, Angle))
    sizes = {"width": wide, "height": high, "megapixels": MAX_TURNED_PIXELS // 1_000_000}
    raise Fault.at(f"steps.{last}.degrees", "canvas", **sizes, side=MAX_TURNED_SIDE)

"""The editor's controls and the recipe they make: one step of each kind, in one order."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final

from uploads.editing.reading import Problem
from uploads.editing.recipe import Recipe, RecipeError

ORDER: Final = (
    "blackout",
    "crop",
    "rotate",
    "flip",
    "angle",
    "brightness",
    "contrast",
    "gamma",
    "sharpness",
    "local_contrast",
)
# By control without a rectangle: its step's key, and the value at which it does nothing.
SIMPLE: Final[dict[str, tuple[str, float]]] = {
    "angle": ("degrees", 0),
    "brightness": ("amount", 0),
    "contrast": ("amount", 0),
    "gamma": ("value", 1),
    "sharpness": ("amount", 0),
    "local_contrast": ("amount", 0),
}
FLIPS: Final = ("horizontal", "vertical")
Step = dict[str, Any]


def read(text: str, *, width: int, height: int) -> Recipe:
    """A recipe written as JSON, with no kind of step twice but flips of both axes.

    Raises RecipeError.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise RecipeError({"recipe": Problem("no_json", {})}) from None
    return in_order(Recipe.parse(data, width=width, height=height), width=width, height=height)


def in_order(recipe: Recipe, *, width: int, height: int) -> Recipe:
    """The recipe with its steps as the controls make them. Raises RecipeError."""
    written: dict[str, Any] = recipe.to_json()
    steps: list[Step] = written["steps"]
    kinds = Counter((step["op"], step.get("axis")) for step in steps)
    twice = {op for (op, _axis), number in kinds.items() if number > 1}
    if twice:
        raise RecipeError({op: Problem("twice", {"step": op}) for op in sorted(twice)})
    steps.sort(key=lambda step: (ORDER.index(step["op"]), step.get("axis", "")))
    return Recipe.parse({**written, "steps": steps}, width=width, height=height)


def of_recipe(recipe: dict[str, Any]) -> dict[str, Any]:
    """How the controls stand after this recipe, as the form's fields."""
    controls: dict[str, Any] = {name: neutral for name, (_key, neutral) in SIMPLE.items()}
    controls |= {"rotate": 0, "flip_horizontal": False, "flip_vertical": False}
    controls |= {"crop": "", "blackouts": ""}
    for step in recipe.get("steps", []):
        controls |= _shown(step)
    return controls


def _shown(step: Step) -> dict[str, Any]:
    op = step["op"]
    if op == "blackout":
        return {"blackouts": "\n".join(_numbers(rect) for rect in step["rects"])}
    if op == "crop":
        return {"crop": _numbers(step["rect"])}
    if op == "rotate":
        return {"rotate": step["degrees"]}
    if op == "flip":
        return {f"flip_{step['axis']}": True}
    return {op: step[SIMPLE[op][0]]}


def steps_of(fields: dict[str, Any]) -> list[Step]:
    """The steps that the form's fields ask for; what does nothing makes no step."""
    steps: list[Step] = []
    if fields["blackouts"]:
        steps.append({"op": "blackout", "rects": fields["blackouts"]})
    if fields["crop"]:
        steps.append({"op": "crop", "rect": fields["crop"]})
    if fields["rotate"]:
        steps.append({"op": "rotate", "degrees": fields["rotate"]})
    steps += [{"op": "flip", "axis": axis} for axis in FLIPS if fields[f"flip_{axis}"]]
    for name, (key, neutral) in SIMPLE.items():
        if fields[name] != neutral:
            steps.append({"op": name, key: fields[name]})
    return steps


def _numbers(rect: list[int]) -> str:
    return " ".join(map(str, rect))

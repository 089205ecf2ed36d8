"""A recipe in plain words, for histories, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from uploads.editing.controls import SIMPLE, Step
from uploads.editing.reading import Problem

# In the order in which one would tell it.
_TOLD: Final = ("crop", "rotate", "flip", "angle", "blackout", *list(SIMPLE)[1:])
_TURNS: Final = {
    90: gettext_lazy("turned 90° clockwise"),
    180: gettext_lazy("turned 180°"),
    270: gettext_lazy("turned 90° anticlockwise"),
}
_FLIPS: Final = {
    "horizontal": gettext_lazy("flipped left to right"),
    "vertical": gettext_lazy("flipped top to bottom"),
}
_AMOUNTS: Final = {
    "brightness": gettext_lazy("brightness %(amount)s"),
    "contrast": gettext_lazy("contrast %(amount)s"),
    "gamma": gettext_lazy("gamma %(amount)s"),
    "sharpness": gettext_lazy("sharpness %(amount)s"),
    "local_contrast": gettext_lazy("local contrast %(amount)s"),
}
LABELS: Final = {
    "angle": gettext_lazy("Fine angle"),
    "brightness": gettext_lazy("Brightness"),
    "contrast": gettext_lazy("Contrast"),
    "gamma": gettext_lazy("Gamma"),
    "sharpness": gettext_lazy("Sharpness"),
    "local_contrast": gettext_lazy("Local contrast"),
}
FOUR_NUMBERS: Final = gettext_lazy(
    "Write four whole numbers: left, top, width and height in pixels."
)
# By code of `uploads.editing.reading.Problem`: what people can meet who use the editor, and what
# only programs can send.
PROBLEMS: Final = {
    "out_of_range": gettext_lazy(
        "%(step)s must be from %(least)s to %(most)s, not %(value)s. Choose a value between them."
    ),
    "no_rect": FOUR_NUMBERS,
    "flat_rect": gettext_lazy(
        "A rectangle must be at least 1 × 1 pixel, not %(width)s × %(height)s. Make it larger."
    ),
    "rect_outside": gettext_lazy(
        "A rectangle must lie within the %(width)s × %(height)s pixels of the picture. This one"
        " reaches from %(left)s to %(right)s across and from %(top)s to %(bottom)s down: move it or"
        " make it smaller."
    ),
    "too_many_rects": gettext_lazy(
        "At most %(most)s rectangles can be blacked out, not %(value)s. Use larger ones."
    ),
    "canvas": gettext_lazy(
        "Turned like this, the picture would need %(width)s × %(height)s pixels; the limit is"
        " %(megapixels)s megapixels and %(side)s pixels a side. Crop it or turn it by less."
    ),
}
PROGRAMS: Final = {
    "no_number": gettext_lazy(
        "%(step)s must be a number from %(least)s to %(most)s, not %(value)s."
    ),
    "no_json": gettext_lazy("The edit could not be read. Reload the page, then try again."),
    "other_version": gettext_lazy(
        "Only version %(known)s of recipes is understood, not %(value)s. Reload the page, then"
        " try again."
    ),
    "no_object": gettext_lazy("This must be an object, not %(value)s."),
    "no_list": gettext_lazy("This must be a list, not %(value)s."),
    "missing": gettext_lazy("This field is missing. Add it."),
    "unknown_field": gettext_lazy("There is no field %(value)s here. The fields are %(known)s."),
    "unknown_step": gettext_lazy("There is no step %(value)s. The steps are %(known)s."),
    "no_quarter": gettext_lazy(
        "A quarter turn is 90, 180 or 270 degrees, not %(value)s. The fine angle takes others."
    ),
    "no_axis": gettext_lazy("A flip is horizontal or vertical, not %(value)s."),
    "too_many_steps": gettext_lazy(
        "There can be at most %(most)s steps, not %(value)s. Leave some out."
    ),
    "twice": gettext_lazy("There is more than one step “%(step)s”. Send one of each."),
}
_SIGNED: Final = {"brightness", "contrast"}


def told(recipe: Mapping[str, Any]) -> str:
    """“Cropped, turned 90° clockwise, 2 areas blacked out, brightness +12”."""
    steps: list[Step] = sorted(recipe.get("steps", []), key=lambda step: _TOLD.index(step["op"]))
    text = ", ".join(_step(step) for step in steps)
    return text[:1].upper() + text[1:] if text else _("Back to the original")


def _step(step: Step) -> str:
    op = step["op"]
    if op == "crop":
        return _("cropped")
    if op == "rotate":
        return str(_TURNS[step["degrees"]])
    if op == "flip":
        return str(_FLIPS[step["axis"]])
    if op == "blackout":
        count = len(step["rects"])
        return ngettext("%(n)s area blacked out", "%(n)s areas blacked out", count) % {"n": count}
    amount = step[SIMPLE[op][0]]
    if op == "angle":
        return _angle(amount)
    shown = f"{amount:+g}" if op in _SIGNED else f"{amount:g}"
    return str(_AMOUNTS[op]) % {"amount": shown.replace("-", "−")}


def _angle(degrees: float) -> str:
    way = (
        _("straightened %(n)s° clockwise")
        if degrees > 0
        else _("straightened %(n)s° anticlockwise")
    )
    return way % {"n": f"{abs(degrees):g}"}


def wrong(path: str, problem: Problem) -> str:
    """What is wrong at a path of a recipe, with the limit, the value and what to do."""
    sentence = str((PROBLEMS | PROGRAMS)[problem.code]) % {
        name: _shown(value) for name, value in problem.values.items()
    }
    *_above, field, number = ["", "", *path.split(".")]
    if field != "rects":
        return sentence
    return _("Rectangle %(n)s: %(sentence)s") % {"n": int(number) + 1, "sentence": sentence}


def _shown(value: object) -> str:
    if isinstance(value, int | float):
        return number_format(value, force_grouping=True)
    return str(LABELS.get(str(value), value))

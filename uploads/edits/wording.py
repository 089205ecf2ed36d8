"""A recipe in plain words, for histories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from uploads.editing.controls import SIMPLE, Step

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

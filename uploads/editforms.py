"""The editor as a form: what its page shows and what is posted without a script."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from uploads.editing import controls, reading
from uploads.editing.reading import Fault, Size
from uploads.editing.recipe import Recipe, RecipeError
from uploads.editing.steps import Rect
from uploads.edits.wording import FOUR_NUMBERS, LABELS, wrong

TURNS = ((0, _("None")), (90, _("90° clockwise")), (180, _("180°")), (270, _("90° anticlockwise")))
NUMBER = re.compile(r"-?[0-9]{1,9}\b")


class Rectangle(forms.CharField):
    """Four whole numbers: left, top, width and height in pixels of the original."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return _rectangle(text) if text else None


class Rectangles(forms.CharField):
    """One rectangle a line."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [_rectangle(line) for line in text.splitlines() if line.strip()]


def _rectangle(text: str) -> list[int]:
    numbers = [int(number) for number in NUMBER.findall(text)]
    if len(numbers) != 4 or NUMBER.sub("", text).strip(" ,;\t"):
        raise forms.ValidationError(FOUR_NUMBERS)
    return numbers


def slider(name: str, least: float, most: float, step: float = 1) -> forms.FloatField:
    """The limits are for the browser; the recipe has its own say on what comes."""
    widget = forms.NumberInput(attrs={"min": least, "max": most, "step": step})
    return forms.FloatField(label=LABELS[name], widget=widget)


class WindowForm(forms.Form):
    """The part of a result to be shown, in pixels of the result; all of it where none is named."""

    window = Rectangle(required=False)

    def __init__(self, *args: Any, width: int, height: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.size = Size(width, height)

    def clean_window(self) -> Rect | None:
        found = self.cleaned_data["window"]
        if found is None:
            return None
        try:
            return reading.rect(found, self.size)
        except Fault as fault:
            raise forms.ValidationError(
                [wrong(path, each) for path, each in fault.problems.items()]
            ) from None


class EditForm(forms.Form):
    """Makes a recipe of the fields, or reads the one that the page's script has sent instead."""

    rotate = forms.TypedChoiceField(label=_("Turn"), coerce=int, choices=TURNS)
    flip_horizontal = forms.BooleanField(label=_("Flip left to right"), required=False)
    flip_vertical = forms.BooleanField(label=_("Flip top to bottom"), required=False)
    angle = slider("angle", -15, 15, 0.1)
    brightness = slider("brightness", -100, 100)
    contrast = slider("contrast", -100, 100)
    gamma = slider("gamma", 0.2, 5, 0.05)
    sharpness = slider("sharpness", 0, 100)
    local_contrast = slider("local_contrast", 0, 100)
    crop = Rectangle(label=_("Crop"), required=False)
    blackouts = Rectangles(label=_("Black-out rectangles"), required=False)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, width: int, height: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.width, self.height = width, height
        self.recipe: Recipe | None = None
        self._faults: dict[str, str] = {}
        if self.holds_recipe:
            for name in set(self.fields) - {"seen"}:
                del self.fields[name]

    @property
    def holds_recipe(self) -> bool:
        """True if a script has sent a recipe in place of the fields."""
        return self.is_bound and "recipe" in self.data

    @property
    def known(self) -> int:
        """The newest edit that the sender knew of; none where that cannot be read."""
        return int(getattr(self, "cleaned_data", {}).get("seen", 0))

    @property
    def sentences(self) -> dict[str, str]:
        """What is wrong by field, or by the path in a recipe."""
        if self._faults and self.holds_recipe:
            return self._faults
        return {name: str(errors[0]) for name, errors in self.errors.items()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            self.recipe = self._read(cleaned)
        except RecipeError as error:
            self._faults = {path: wrong(path, each) for path, each in error.problems.items()}
            for path, sentence in self._faults.items():
                self.add_error(self._field_of(path), sentence)
        return cleaned

    def _read(self, cleaned: dict[str, Any]) -> Recipe:
        size = {"width": self.width, "height": self.height}
        if self.holds_recipe:
            return controls.read(self.data["recipe"], **size)
        steps = controls.steps_of(cleaned)
        return Recipe.parse({"version": 1, "steps": steps}, **size)

    def _field_of(self, path: str) -> str | None:
        """The field whose step is at fault, where the fields made the recipe."""
        if self.holds_recipe or not path.startswith("steps."):
            return None
        op = controls.steps_of(self.cleaned_data)[int(path.split(".")[1])]["op"]
        return {"blackout": "blackouts", "flip": "flip_horizontal"}.get(op, op)

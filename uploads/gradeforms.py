"""What is filled in about grades: one by hand, or a table of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from uploads.grading.giving import NOTE_LENGTH, Judgement
from uploads.models import GradeLevel, GradeScale

CHOOSE = _("Choose a grade")
NOT_OFFERED = _("This grade is not offered any more. Choose one of those shown")
REASON_REQUIRED = _("A revision needs a note: say why the grade changes")
TOO_LONG = ngettext_lazy(
    "The note has %(show_value)d characters; it may have up to %(limit_value)d. Shorten it",
    "The note has %(show_value)d characters; it may have up to %(limit_value)d. Shorten it",
    "limit_value",
)


class NoteField(forms.CharField):
    """Browsers send two characters for the line break that they count as one."""

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value) or ""
        return text.replace("\r\n", "\n")


class GradeForm(forms.Form):
    """`newest` is the id of the newest grade that the page showed, empty where it showed none."""

    level = forms.ModelChoiceField(
        GradeLevel.objects.none(),
        error_messages={"required": CHOOSE, "invalid_choice": NOT_OFFERED},
    )
    note = NoteField(
        max_length=NOTE_LENGTH, required=False, error_messages={"max_length": TOO_LONG}
    )
    seen = forms.CharField(max_length=64, required=False)
    newest = forms.IntegerField(required=False)

    def __init__(self, *args: Any, scales: Sequence[GradeScale], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [level.pk for scale in scales for level in scale.levels.all()]
        level = self.fields["level"]
        if isinstance(level, forms.ModelChoiceField):
            level.queryset = GradeLevel.objects.filter(pk__in=offered).select_related("scale")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        revises = cleaned.get("newest")
        if revises and not cleaned.get("note") and "note" not in self.errors:
            self.add_error("note", forms.ValidationError(REASON_REQUIRED, "required"))
        return cleaned

    def judgement(self) -> Judgement:
        data = self.cleaned_data
        return Judgement(
            level=data["level"],
            note=data["note"],
            seen_sha256=data["seen"],
            revises=data["newest"],
        )

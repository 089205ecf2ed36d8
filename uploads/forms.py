"""The choices about a batch: one form for the page and for scripts."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Hospital, LabUnit, User
from uploads.changing.rules import may_mark_pregraded
from uploads.intake import Choices
from uploads.models import Area, Camera, Disease

ALL_REQUIRED = _("All fields are required")
NO_ACCESS = _("You don't have access to the selected lab unit")
NOT_IN_HOSPITAL = _("The selected lab unit does not belong to the selected hospital")
NOT_OFFERED = _("Choose one of the values offered")


class ChoicesForm(forms.Form):
    """Validates what was chosen against what this user is offered.

    `code` names the first kind of error for scripts: required, no_access, wrong_hospital, invalid.
    """

    hospital = forms.ModelChoiceField(Hospital.objects.none())
    lab_unit = forms.ModelChoiceField(LabUnit.objects.none())
    camera = forms.ModelChoiceField(Camera.objects.filter(is_active=True))
    disease = forms.ModelChoiceField(Disease.objects.filter(is_active=True))
    area = forms.ModelChoiceField(Area.objects.filter(is_active=True))
    mydriatic = forms.BooleanField(required=False)
    pregraded = forms.BooleanField(required=False)
    client_key = forms.UUIDField(required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        units = LabUnit.objects.open_to(user).select_related("hospital")
        self._field("lab_unit").queryset = units
        self._field("hospital").queryset = Hospital.objects.filter(lab_units__in=units).distinct()
        for field in self.fields.values():
            field.error_messages["required"] = ALL_REQUIRED
            field.error_messages["invalid_choice"] = NOT_OFFERED
        self.fields["lab_unit"].error_messages["invalid_choice"] = NO_ACCESS
        if not may_mark_pregraded(user):
            del self.fields["pregraded"]

    def _field(self, name: str) -> forms.ModelChoiceField[Any]:
        field = self.fields[name]
        if not isinstance(field, forms.ModelChoiceField):
            raise TypeError(name)
        return field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        unit = cleaned.get("lab_unit")
        posted = str(self.data.get("hospital") or "")
        if unit is not None and posted and posted != str(unit.hospital_id):
            self.errors.pop("hospital", None)
            self.add_error("lab_unit", forms.ValidationError(NOT_IN_HOSPITAL, "wrong_hospital"))
        if not may_mark_pregraded(self.user) and is_on(self.data.get("pregraded")):
            raise forms.ValidationError(
                _("Only data managers may mark images as pre-graded"), "pregraded"
            )
        return cleaned

    def choices(self) -> Choices:
        data = self.cleaned_data
        return Choices(
            lab_unit=data["lab_unit"],
            camera=data["camera"],
            disease=data["disease"],
            area=data["area"],
            mydriatic=data["mydriatic"],
            pregraded=data.get("pregraded", False),
        )

    def key(self) -> uuid.UUID | None:
        key: uuid.UUID | None = self.cleaned_data.get("client_key")
        return key

    def complaint(self) -> tuple[str, str, dict[str, str]]:
        """The sentence for the whole, its code, and a sentence for each field at fault."""
        fields = {name: str(errors[0]) for name, errors in self.errors.items()}
        details = self.errors.as_data()
        codes = {error.code for errors in details.values() for error in errors}
        if "required" in codes:
            return str(ALL_REQUIRED), "required", fields
        if "lab_unit" in details:
            wrong = details["lab_unit"][0].code == "wrong_hospital"
            code = "wrong_hospital" if wrong else "no_access"
            return fields["lab_unit"], code, fields
        return next(iter(fields.values())), "invalid", fields


def is_on(value: object) -> bool:
    return value not in (None, "", False, "false", "False", "0", "off")

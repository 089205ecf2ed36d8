"""Forms that describe images anew: one of them, or many by the fields that are filled in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Hospital, LabUnit, User
from uploads.changing.rules import Values, may_mark_pregraded
from uploads.forms import (
    NO_ACCESS,
    NOT_IN_HOSPITAL,
    NOT_OFFERED,
    ChoicesForm,
    is_on,
)
from uploads.models import Area, Camera, Disease, FundusImage

UNCHANGED = _("(unchanged)")
NO_FIELD = _("Choose what to change in at least one field")
UNIT_MISSING = _("Choose the lab unit as well")
YES, NO = "yes", "no"
OFF = {"off", "false", "0"}


class ImageForm(ChoicesForm):
    """The form of an upload, for one image: what it is now stays allowed, deactivated or not.

    `version` is that of the image as it was shown; one that is missing matches none.
    """

    version = forms.IntegerField(required=False)

    def __init__(self, *args: Any, user: User, image: FundusImage, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        del self.fields["client_key"]
        units = [*LabUnit.objects.open_to(user).values_list("pk", flat=True), image.lab_unit_id]
        self._offer("lab_unit", LabUnit, Q(pk__in=units))
        self._offer("hospital", Hospital, Q(lab_units__in=units))
        self._offer("camera", Camera, Q(is_active=True) | Q(pk=image.camera_id))
        self._offer("disease", Disease, Q(is_active=True) | Q(pk=image.disease_id))
        self._offer("area", Area, Q(is_active=True) | Q(pk=image.laterality))

    def _offer(self, name: str, model: Any, which: Q) -> None:
        self._field(name).queryset = model.objects.filter(which).distinct()

    def clean_version(self) -> int:
        return self.cleaned_data.get("version") or 0

    def wanted(self) -> Values:
        """What was chosen, by column; `pregraded` stays where the user may not mark it."""
        data = self.cleaned_data
        columns = {
            "lab_unit_id": data["lab_unit"].pk,
            "camera_id": data["camera"].pk,
            "disease_id": data["disease"].pk,
            "laterality": data["area"].pk,
            "mydriatic": data["mydriatic"],
        }
        if "pregraded" in self.fields:
            columns["pregraded"] = data["pregraded"]
        return columns


def chosen_of(image: FundusImage) -> dict[str, Any]:
    """What the fields of `ImageForm` show of an image, as the browser would post it."""
    return {
        "hospital": str(image.lab_unit.hospital_id),
        "lab_unit": str(image.lab_unit_id),
        "camera": str(image.camera_id),
        "disease": str(image.disease_id),
        "area": image.laterality,
        "mydriatic": image.mydriatic,
        "pregraded": image.pregraded,
    }


def chosen_by(form: ImageForm) -> dict[str, Any]:
    """What was posted, so that nothing of it is lost."""
    names = ("hospital", "lab_unit", "camera", "disease", "area")
    chosen: dict[str, Any] = {name: str(form.data.get(name) or "") for name in names}
    return chosen | {name: is_on(form.data.get(name)) for name in ("mydriatic", "pregraded")}


def offered_by(form: ImageForm) -> dict[str, Any]:
    """The same values as lists for the page."""
    fields: dict[str, Any] = form.fields
    return {
        "hospitals": grouped(fields["lab_unit"].queryset.select_related("hospital")),
        "cameras": list(fields["camera"].queryset.values("id", "name")),
        "diseases": list(fields["disease"].queryset.values("id", "name")),
        "areas": [
            {"value": area.laterality, "label": area.label} for area in fields["area"].queryset
        ],
    }


def grouped(units: Iterable[LabUnit]) -> list[dict[str, Any]]:
    """Hospitals with their units."""
    hospitals: dict[int, dict[str, Any]] = {}
    for unit in units:
        entry = {"id": unit.hospital_id, "name": unit.hospital.name, "units": []}
        hospital = hospitals.setdefault(unit.hospital_id, entry)
        hospital["units"].append({"id": unit.pk, "name": unit.name})
    return list(hospitals.values())


def _options(units: Iterable[LabUnit]) -> list[tuple[str, list[tuple[int, str]]]]:
    return [
        (hospital["name"], [(unit["id"], unit["name"]) for unit in hospital["units"]])
        for hospital in grouped(units)
    ]


class ThreeState(forms.TypedChoiceField):
    """Yes, no, or as it is; None for the last."""

    def __init__(self, *, yes: Any, no: Any) -> None:
        super().__init__(
            choices=[("", UNCHANGED), (YES, yes), (NO, no)],
            coerce=lambda value: value == YES,
            empty_value=None,
            required=False,
        )

    def to_python(self, value: Any) -> str:
        """Also as checkboxes and scripts say it."""
        text = str(value if value is not None else "").strip().lower()
        if text in OFF:
            return NO
        return text if text in {"", NO} else YES if text in {YES, "on", "true", "1"} else text


class BulkForm(forms.Form):
    """Only what is filled in is wanted; the rest of each image stays as it is."""

    hospital = forms.ModelChoiceField(Hospital.objects.none(), required=False)
    lab_unit = forms.ModelChoiceField(LabUnit.objects.none(), required=False)
    camera = forms.ModelChoiceField(Camera.objects.filter(is_active=True), required=False)
    disease = forms.ModelChoiceField(Disease.objects.filter(is_active=True), required=False)
    area = forms.ModelChoiceField(Area.objects.filter(is_active=True), required=False)
    mydriatic = ThreeState(yes=_("Mydriatic"), no=_("Non Mydriatic"))
    pregraded = ThreeState(yes=_("Pre-graded"), no=_("Not pre-graded"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        units = LabUnit.objects.open_to(user).select_related("hospital")
        fields["lab_unit"].queryset = units
        fields["hospital"].queryset = Hospital.objects.filter(lab_units__in=units).distinct()
        for field in fields.values():
            field.empty_label = UNCHANGED
            field.widget.attrs["class"] = "form-select"
            field.error_messages["invalid_choice"] = NOT_OFFERED
        fields["lab_unit"].widget.choices = [("", UNCHANGED), *_options(units)]
        fields["lab_unit"].error_messages["invalid_choice"] = NO_ACCESS
        if not may_mark_pregraded(user):
            del fields["pregraded"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        unit, posted = cleaned.get("lab_unit"), str(self.data.get("hospital") or "")
        if unit is not None and posted and posted != str(unit.hospital_id):
            self.errors.pop("hospital", None)
            self.add_error("lab_unit", NOT_IN_HOSPITAL)
        elif unit is None and posted and "lab_unit" not in self.errors:
            self.add_error("lab_unit", UNIT_MISSING)
        if "pregraded" not in self.fields and self.data.get("pregraded"):
            raise forms.ValidationError(_("Only data managers may mark images as pre-graded"))
        if not self.errors and not self.wanted():
            raise forms.ValidationError(NO_FIELD)
        return cleaned

    def wanted(self) -> Values:
        """By column, what is filled in."""
        data = self.cleaned_data
        rows = {
            "lab_unit_id": data.get("lab_unit"),
            "camera_id": data.get("camera"),
            "disease_id": data.get("disease"),
            "laterality": data.get("area"),
        }
        columns: Values = {name: row.pk for name, row in rows.items() if row is not None}
        switches = {name: data.get(name) for name in ("mydriatic", "pregraded")}
        return columns | {name: value for name, value in switches.items() if value is not None}

    def complaint(self) -> str:
        """The first sentence of what is wrong; empty when nothing is."""
        return next((str(errors[0]) for errors in self.errors.values()), "")

    def posted(self) -> list[tuple[str, str]]:
        """Every field that is filled in, for the next step to post again."""
        return [(name, value) for name in self.fields if (value := self.data.get(name))]

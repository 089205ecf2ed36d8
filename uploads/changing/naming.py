"""Values of columns in the words people read, for pages and for the audit trail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import LabUnit
from uploads.changing.rules import Values
from uploads.models import Area, Camera, Disease, Laterality

LABELS = {
    "hospital": gettext_lazy("Hospital"),
    "lab_unit": gettext_lazy("Lab unit"),
    "camera": gettext_lazy("Camera"),
    "disease": gettext_lazy("Disease"),
    "area": gettext_lazy("Area"),
    "mydriatic": gettext_lazy("Pupils"),
    "pregraded": gettext_lazy("Grading"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an image, in words."""

    field: str
    old: str
    new: str

    @property
    def label(self) -> str:
        return str(LABELS[self.field])


class Names:
    """What the rows that these values point at are called; looked up once for all of them.

    Values that were kept may outlast what they point at.
    """

    def __init__(self, values: Iterable[Values]) -> None:
        listed = list(values)
        units = LabUnit.objects.filter(pk__in=_ids(listed, "lab_unit_id"))
        self._units = {unit.pk: unit for unit in units.select_related("hospital")}
        self._cameras = Camera.objects.in_bulk(_ids(listed, "camera_id"))
        self._diseases = Disease.objects.in_bulk(_ids(listed, "disease_id"))
        self._areas = dict(Laterality.choices) | dict(Area.objects.values_list("pk", "label"))

    def words(self, values: Values) -> dict[str, str]:
        """By field, in the order of `LABELS`; only of the columns there are."""
        found: dict[str, str] = {}
        if "lab_unit_id" in values:
            unit = self._units.get(values["lab_unit_id"])
            found["hospital"] = unit.hospital.name if unit else _("(deleted)")
            found["lab_unit"] = _name(unit)
        if "camera_id" in values:
            found["camera"] = _name(self._cameras.get(values["camera_id"]))
        if "disease_id" in values:
            found["disease"] = _name(self._diseases.get(values["disease_id"]))
        if "laterality" in values:
            found["area"] = str(self._areas[values["laterality"]])
        return found | _switches(values)

    def are_whole(self, values: Values) -> bool:
        """Is everything that these values point at still there?"""
        places: dict[str, dict[Any, Any]] = {
            "lab_unit_id": self._units,
            "camera_id": self._cameras,
            "disease_id": self._diseases,
        }
        return all(values[name] in rows for name, rows in places.items() if name in values)

    def changes(self, old: Values, new: Values) -> list[Change]:
        """Field by field what differs. Both have the same columns."""
        was, becomes = self.words(old), self.words(new)
        # Units of two hospitals may bear one name, and units of one hospital share the hospital's.
        return [
            Change(field, was[field], becomes[field])
            for field in LABELS
            if field in becomes and (was[field] != becomes[field] or field == "lab_unit")
        ]


def _name(row: LabUnit | Camera | Disease | None) -> str:
    return row.name if row else _("(deleted)")


def _switches(values: Values) -> dict[str, str]:
    found = {}
    if "mydriatic" in values:
        found["mydriatic"] = _("Mydriatic") if values["mydriatic"] else _("Non Mydriatic")
    if "pregraded" in values:
        found["pregraded"] = _("Pre-graded") if values["pregraded"] else _("Not pre-graded")
    return found


def _ids(values: Iterable[Values], name: str) -> set[Any]:
    return {each[name] for each in values if name in each}

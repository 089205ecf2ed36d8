"""What a viewer's filters offer: only what the images they may see have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from accounts.models import LabUnit, User
from uploads.models import Area, Camera, Disease, ImageTotal

Choice = tuple[Any, str]
Groups = list[tuple[str, list[Choice]]]


@dataclass(frozen=True, slots=True)
class Offered:
    """Choices of each filter, and how many images there are of each, in all that may be seen."""

    hospitals: list[Choice]
    lab_units: Groups
    hospital_of: dict[int, int]
    cameras: list[Choice]
    diseases: list[Choice]
    areas: list[Choice]
    uploaders: list[Choice]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of images: in all, and by camera, disease and laterality."""

    total: int
    stored_bytes: int
    cameras: Counter[int]
    diseases: Counter[int]
    areas: Counter[str]

    def less(self, other: Counts) -> Counts:
        """What is left without those of `other`."""
        return Counts(
            self.total - other.total,
            self.stored_bytes - other.stored_bytes,
            self.cameras - other.cameras,
            self.diseases - other.diseases,
            self.areas - other.areas,
        )


def offered(user: User) -> Offered:
    totals = ImageTotal.objects.visible_to(user).filter(count__gt=0)
    sums = totals.values_list("camera", "disease", "laterality")
    there = counts(sums.annotate(n=Sum("count"), size=Sum("stored_bytes")))
    units = LabUnit.objects.held_by(user).select_related("hospital")
    hospitals: dict[int, str] = {}
    grouped: dict[str, list[Choice]] = {}
    for unit in units:
        hospitals[unit.hospital_id] = unit.hospital.name
        grouped.setdefault(unit.hospital.name, []).append((unit.pk, unit.name))
    return Offered(
        hospitals=list(hospitals.items()),
        lab_units=list(grouped.items()),
        hospital_of={unit.pk: unit.hospital_id for unit in units},
        cameras=_named(Camera.objects.all(), there.cameras),
        diseases=_named(Disease.objects.all(), there.diseases),
        areas=list(Area.objects.values_list("laterality", "label")),
        uploaders=_people(set(totals.values_list("uploaded_by", flat=True).distinct())),
        counts=there,
    )


def counts(rows: Iterable[tuple[Any, ...]]) -> Counts:
    """Adds up rows of camera, disease, laterality, count and bytes."""
    cameras: Counter[int] = Counter()
    diseases: Counter[int] = Counter()
    areas: Counter[str] = Counter()
    size = 0
    for camera, disease, laterality, n, stored in rows:
        cameras[camera] += n
        diseases[disease] += n
        areas[laterality] += n
        size += stored
    return Counts(areas.total(), size, cameras, diseases, areas)


def _named(rows: Iterable[Camera | Disease], used: Counter[int]) -> list[Choice]:
    return [(row.pk, row.name) for row in rows if row.pk in used]


def _people(ids: set[int]) -> list[Choice]:
    people = User.objects.filter(pk__in=ids).order_by("username")
    people = people.only("username", "first_name", "last_name")
    return [(one.pk, one.display_name) for one in people]

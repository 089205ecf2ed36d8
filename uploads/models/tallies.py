"""How many images there are of each kind, in all and day by day."""

from __future__ import annotations

from typing import Any

from django.db import models

from accounts.models import LabUnit, User
from uploads.models.reference import Camera, Disease, Laterality
from uploads.models.scope import ScopedQuerySet

KIND = (
    "lab_unit",
    "uploaded_by",
    "camera",
    "disease",
    "laterality",
    "mydriatic",
    "pregraded",
    "graded",
)


def counted(model: type[models.Model]) -> Any:
    """What only empty counts still name may go; images protect what they name."""
    return models.ForeignKey(model, on_delete=models.CASCADE, related_name="+", db_index=False)


class Kind(models.Model):
    """Everything a list can be filtered by but days and names, and how many images agree in it.

    Columns are named as those of the image, so that one filter serves both. The numbers are
    written in the transaction that adds, changes or deletes an image, and may be zero.
    """

    lab_unit = counted(LabUnit)
    uploaded_by = counted(User)
    camera = counted(Camera)
    disease = counted(Disease)
    laterality = models.CharField(max_length=2, choices=Laterality)
    mydriatic = models.BooleanField()
    pregraded = models.BooleanField()
    graded = models.BooleanField()
    count = models.PositiveIntegerField(default=0)
    stored_bytes = models.BigIntegerField(default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


class ImageTotal(Kind):  # noqa: DJ008
    """The images of one kind, of all time."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=KIND, name="total_once_a_kind")]


class ImageTally(Kind):  # noqa: DJ008
    """The images of one kind and one day."""

    total = models.ForeignKey(ImageTotal, on_delete=models.CASCADE, related_name="tallies")
    day = models.DateField()

    class Meta:
        verbose_name_plural = "image tallies"
        constraints = [
            models.UniqueConstraint(fields=["day", *KIND], name="tally_once_a_day_and_kind")
        ]
        indexes = [models.Index(fields=["lab_unit", "day"], name="tally_of_lab_unit")]

"""How many images there are of each kind, day by day."""

from __future__ import annotations

from django.db import models

from accounts.models import LabUnit, User
from uploads.models.reference import Camera, Disease, Laterality
from uploads.models.scope import ScopedQuerySet


class ImageTally(models.Model):  # noqa: DJ008 - nobody is shown one
    """The images of one day that agree in everything a list can be filtered by but their names.

    `count` and `stored_bytes` are written in the transaction that adds, changes or deletes an
    image, and may be zero. Columns are named as those of the image, so that one filter serves both.
    """

    day = models.DateField()
    lab_unit = models.ForeignKey(LabUnit, on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+")
    disease = models.ForeignKey(Disease, on_delete=models.PROTECT, related_name="+")
    laterality = models.CharField(max_length=2, choices=Laterality)
    mydriatic = models.BooleanField()
    pregraded = models.BooleanField()
    graded = models.BooleanField()
    count = models.PositiveIntegerField(default=0)
    stored_bytes = models.BigIntegerField(default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "image tallies"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "day",
                    "lab_unit",
                    "uploaded_by",
                    "camera",
                    "disease",
                    "laterality",
                    "mydriatic",
                    "pregraded",
                    "graded",
                ],
                name="tally_once_a_kind",
            ),
        ]

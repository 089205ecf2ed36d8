"""What images are described by: eyes, cameras, diseases, and the scales they are graded on."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Laterality(models.TextChoices):
    """OD is the right eye, OS the left, OU both, as eye care writes them."""

    OD = "OD", _("Right eye")
    OS = "OS", _("Left eye")
    OU = "OU", _("Both eyes")


class Area(models.Model):
    """How a laterality is offered on the upload form."""

    laterality = models.CharField(max_length=2, choices=Laterality, primary_key=True)
    label = models.CharField(_("label"), max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.label


class Camera(models.Model):
    """A camera model. `make` and `model` are what its files say of themselves."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    make = models.CharField(_("make"), max_length=80, blank=True)
    model = models.CharField(_("model"), max_length=80, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Disease(models.Model):
    """What is screened for, not what was found."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class GradeScale(models.Model):
    disease = models.ForeignKey(Disease, on_delete=models.PROTECT, related_name="grade_scales")
    name = models.CharField(_("name"), max_length=80)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["disease", "name"], name="scale_once_a_disease")
        ]

    def __str__(self) -> str:
        return f"{self.disease} · {self.name}"


class GradeLevel(models.Model):
    """One step of a scale; `value` is what files and exports carry."""

    scale = models.ForeignKey(GradeScale, on_delete=models.CASCADE, related_name="levels")
    value = models.CharField(_("value"), max_length=20)
    label = models.CharField(_("label"), max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["scale", "value"], name="level_once_a_scale")
        ]

    def __str__(self) -> str:
        return self.label

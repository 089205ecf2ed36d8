"""Reference data of photography and grading, and the images themselves."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import LabUnit, User
from accounts.roles import Role
from jobs.models import Job, JobItem


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

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["scale", "value"], name="level_once_a_scale")
        ]

    def __str__(self) -> str:
        return self.label


class Batch(models.Model):
    """What was chosen for a whole job: the defaults of its images."""

    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="batch")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT)
    disease = models.ForeignKey(Disease, on_delete=models.PROTECT)
    laterality = models.CharField(max_length=2, choices=Laterality)
    mydriatic = models.BooleanField(default=False)
    pregraded = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"{self.camera} {self.disease} {self.laterality}"


class FundusImageQuerySet(models.QuerySet["FundusImage"]):
    def visible_to(self, user: User) -> FundusImageQuerySet:
        if user.is_administrator:
            return self
        scope = Q(pk__in=[])
        if user.has_role(Role.DATA_MANAGER, Role.GRADER):
            scope |= Q(lab_unit__in=LabUnit.objects.held_by(user))
        if user.has_role(Role.UPLOADER):
            scope |= Q(uploaded_by=user, lab_unit__in=LabUnit.objects.held_by(user))
        return self.filter(scope)


class FundusImage(models.Model):
    """One photograph. The hashes named `content` are of the bytes as received, those named
    `stored` of what is kept once identifying metadata is gone. Width and height are in pixels,
    before `orientation` (the EXIF value, 1 to 8) is applied.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source_item = models.OneToOneField(JobItem, on_delete=models.PROTECT, related_name="+")
    lab_unit = models.ForeignKey(LabUnit, on_delete=models.PROTECT, related_name="images")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="images")
    disease = models.ForeignKey(Disease, on_delete=models.PROTECT, related_name="images")
    laterality = models.CharField(max_length=2, choices=Laterality)
    mydriatic = models.BooleanField(default=False)
    pregraded = models.BooleanField(default=False)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="images")
    created_at = models.DateTimeField(auto_now_add=True)
    filename = models.CharField(max_length=255)
    content_md5 = models.CharField(max_length=32, unique=True)
    content_sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    stored_sha256 = models.CharField(max_length=64, db_index=True)
    stored_size = models.BigIntegerField(db_index=True)
    mime_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    orientation = models.PositiveSmallIntegerField(default=1)
    detected_camera = models.ForeignKey(
        Camera, on_delete=models.PROTECT, null=True, related_name="+"
    )
    exposure = models.JSONField(default=dict)
    original = models.FileField(max_length=120)
    thumbnail = models.FileField(max_length=120)

    objects = FundusImageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(laterality__in=Laterality.values), name="image_laterality_is_known"
            ),
            models.CheckConstraint(
                condition=Q(orientation__gte=1, orientation__lte=8), name="image_orientation_1_to_8"
            ),
        ]
        indexes = [
            models.Index(fields=["lab_unit", "-created_at", "-id"], name="image_of_lab_unit"),
            models.Index(fields=["uploaded_by", "-created_at", "-id"], name="image_of_uploader"),
            models.Index(fields=["-created_at", "-id"], name="image_newest"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height in pixels as the picture is shown."""
        turned = self.orientation >= 5
        return (self.height, self.width) if turned else (self.width, self.height)

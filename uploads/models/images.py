"""The images themselves, and the batches they came in."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import LabUnit, User
from jobs.models import Job, JobItem
from uploads.models.reference import Camera, Disease, Laterality
from uploads.models.scope import ScopedQuerySet
from uploads.models.tallies import ImageTally


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


class NameHead(models.Func):
    """The beginning of `name_words`, short enough for an index whatever the name.

    The length stands in the SQL: SQLite uses no index on an expression with a parameter.
    """

    LENGTH = 100
    template = f"SUBSTR(%(expressions)s, 1, {LENGTH})"
    output_field = models.TextField()


class FundusImage(models.Model):
    """One photograph. The hashes named `content` are of the bytes as received, those named
    `stored` of what is kept once identifying metadata is gone, those named `edited` of the edited
    version, where there is one. Width and height are in pixels, before `orientation` (the EXIF
    value, 1 to 8) is applied.

    `tally` is the row that counts this image; the columns that decide which one are changed by
    `uploads.tallying` alone. `version` grows with every change of the description.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source_item = models.OneToOneField(JobItem, on_delete=models.PROTECT, related_name="+")
    # The indexes below begin with these.
    lab_unit = models.ForeignKey(
        LabUnit, on_delete=models.PROTECT, related_name="images", db_index=False
    )
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="images")
    disease = models.ForeignKey(Disease, on_delete=models.PROTECT, related_name="images")
    laterality = models.CharField(_("area"), max_length=2, choices=Laterality)
    mydriatic = models.BooleanField(_("mydriatic"), default=False)
    pregraded = models.BooleanField(_("pre-graded"), default=False)
    graded = models.BooleanField(_("graded"), default=False, editable=False)
    uploaded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="images", db_index=False
    )
    tally = models.ForeignKey(
        ImageTally, on_delete=models.PROTECT, related_name="images", editable=False, db_index=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # The date of `created_at` in the installation's time zone.
    day = models.DateField(editable=False)
    filename = models.CharField(max_length=255)
    # See `uploads.filenames.search_words`.
    name_words = models.TextField(default="", editable=False)
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
    edited = models.FileField(max_length=120, blank=True, editable=False)
    edited_thumbnail = models.FileField(max_length=120, blank=True, editable=False)
    edited_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    edited_mime_type = models.CharField(max_length=20, blank=True, editable=False)
    edited_at = models.DateTimeField(null=True, editable=False)

    objects = ScopedQuerySet.as_manager()

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
            models.Index(fields=["tally", "-created_at", "-id"], name="image_of_tally"),
            models.Index(fields=["lab_unit", "-created_at", "-id"], name="image_of_lab_unit"),
            models.Index(fields=["uploaded_by", "-created_at", "-id"], name="image_of_uploader"),
            models.Index(fields=["-created_at", "-id"], name="image_newest"),
            models.Index(
                NameHead("name_words"), condition=Q(pregraded=True), name="image_pregraded_name"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height in pixels as the picture is shown."""
        turned = self.orientation >= 5
        return (self.height, self.width) if turned else (self.width, self.height)

    @property
    def file_keys(self) -> list[str]:
        """The storage key of every file that belongs to this image."""
        fields = (self.original, self.thumbnail, self.edited, self.edited_thumbnail)
        return [str(field.name) for field in fields if field]


class NameWord(models.Model):  # noqa: DJ008 - nobody is shown one
    """An index of file names: one row for each word of an image's `name_words`.

    No foreign key: its own index would cost as much as the rows. PostgreSQL has one more index,
    made by hand in a migration, that finds beginnings whatever the collation.
    """

    pk = models.CompositePrimaryKey("word", "image_id")
    word = models.CharField(max_length=64)
    image_id = models.BigIntegerField()

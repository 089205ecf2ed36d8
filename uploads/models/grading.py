"""What people judged images to show."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from uploads.models.images import FundusImage
from uploads.models.reference import Disease, GradeLevel, GradeScale


class Grade(models.Model):
    """One judgement; a later one of the same image revises it, and none is ever changed.

    `seen_sha256` is the stored hash of the version that was looked at.
    """

    image = models.ForeignKey(FundusImage, on_delete=models.CASCADE, related_name="grades")
    disease = models.ForeignKey(Disease, on_delete=models.PROTECT, related_name="+")
    scale = models.ForeignKey(GradeScale, on_delete=models.PROTECT, related_name="+")
    level = models.ForeignKey(GradeLevel, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(_("note"), max_length=1000, blank=True)
    seen_sha256 = models.CharField(max_length=64)
    imported = models.BooleanField(_("imported"), default=False)
    grader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grades")
    given_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["-given_at", "-id"], name="grade_newest")]

    def __str__(self) -> str:
        return f"{self.image_id}: {self.level_id}"

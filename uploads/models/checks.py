"""How far a verification of all stored files is, and what it found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class FileCheck(models.Model):
    """First every image, in the order of numbers, then every file there is, in that of its key."""

    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    scheduled = models.BooleanField(_("by the clock"), default=False)
    percent = models.PositiveSmallIntegerField(_("percent of the images"), default=100)
    total = models.PositiveIntegerField(_("images at the start"), default=0)
    after_image = models.BigIntegerField(default=0)
    images_done = models.BooleanField(default=False)
    after_key = models.TextField(blank=True)
    images = models.PositiveIntegerField(_("images verified"), default=0)
    missing = models.PositiveIntegerField(_("missing"), default=0)
    altered = models.PositiveIntegerField(_("altered"), default=0)
    unreadable = models.PositiveIntegerField(_("unreadable"), default=0)
    orphaned = models.PositiveIntegerField(_("orphaned"), default=0)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("verification of files")
        verbose_name_plural = _("verifications of files")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheduled"],
                name="one_scheduled_check_at_a_time",
                condition=Q(scheduled=True, finished_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"

    @property
    def found(self) -> int:
        return self.missing + self.altered + self.unreadable + self.orphaned

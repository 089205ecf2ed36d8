"""What was done to the pixels of images, by whom, and whether it has been rendered."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from uploads.models.images import FundusImage


class EditState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    PROCESSING = "processing", _("Rendering")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    SUPERSEDED = "superseded", _("Replaced before it was rendered")


OPEN_EDITS = (EditState.QUEUED, EditState.PROCESSING)


class ImageEdit(models.Model):
    """One saved edit of an image; never changed afterwards but for how far it is.

    An empty recipe is the return to the original. `progress` is in percent.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    image = models.ForeignKey(FundusImage, on_delete=models.CASCADE, related_name="edits")
    number = models.PositiveIntegerField()
    recipe = models.JSONField(default=dict)
    restores = models.PositiveIntegerField(null=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="image_edits")
    made_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=EditState, default=EditState.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    enqueued_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    result_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["image", "number"], name="edit_number_once_an_image"),
            models.CheckConstraint(
                condition=Q(state__in=EditState.values), name="edit_state_is_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "enqueued_at"],
                name="edit_open",
                condition=Q(state__in=["queued", "processing"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.image_id}/{self.number}"

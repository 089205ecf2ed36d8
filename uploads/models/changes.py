"""Changes of many images at once, kept so that they can be undone."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from uploads.models.images import FundusImage


class BulkEdit(models.Model):
    """One bulk edit; `changes` are the new values by column, as they stand in the database."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="bulk_edits")
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)
    changes = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="bulk_edits_undone"
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.public_id)


class Outcome(models.TextChoices):
    """What undoing makes of one image."""

    RESTORED = "restored", _("Restored")
    CHANGED = "changed", _("Changed since, left as it is")
    DELETED = "deleted", _("Deleted since")
    NOT_YOURS = "not_yours", _("Not yours to change, left as it is")


class BulkEditRow(models.Model):
    """One image of a bulk edit: what it was, and the version that the edit left behind.

    `outcome` is empty until the edit is undone.
    """

    edit = models.ForeignKey(BulkEdit, on_delete=models.CASCADE, related_name="rows")
    image = models.ForeignKey(FundusImage, on_delete=models.SET_NULL, null=True, related_name="+")
    image_public_id = models.UUIDField()
    filename = models.CharField(max_length=255)
    before = models.JSONField(default=dict)
    version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.image_public_id)

"""Upload jobs and their items: how far a batch is. What an image is, `uploads` knows."""

from __future__ import annotations

import uuid

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import LabUnit, User
from accounts.roles import Role
from jobs.states import OPEN, ItemState, JobState, badge


def staging() -> Storage:
    return storages["staging"]


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: User) -> JobQuerySet:
        if user.is_administrator:
            return self
        scope = Q(pk__in=[])
        if user.has_role(Role.UPLOADER):
            scope |= Q(uploader=user)
        if user.has_role(Role.DATA_MANAGER):
            scope |= Q(lab_unit__in=LabUnit.objects.held_by(user))
        return self.filter(scope, lab_unit__in=LabUnit.objects.held_by(user))

    def with_counts(self) -> JobQuerySet:
        """Adds total, completed, failed, rejected and open: numbers of items."""
        sent = Q(items__rejected=False)
        return self.annotate(
            total=Count("items", filter=sent),
            completed=Count("items", filter=sent & Q(items__state=ItemState.COMPLETED)),
            failed=Count("items", filter=sent & Q(items__state=ItemState.ERROR)),
            rejected=Count("items", filter=Q(items__rejected=True)),
            open=Count("items", filter=Q(items__state__in=OPEN)),
        )


class Job(models.Model):
    """One batch. `labels` are the chosen names as they were, whatever they are called later."""

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client_key = models.UUIDField(null=True, blank=True)
    uploader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="jobs")
    lab_unit = models.ForeignKey(LabUnit, on_delete=models.PROTECT, related_name="jobs")
    labels = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    origin_ip = models.GenericIPAddressField(null=True)
    origin_agent = models.CharField(max_length=512, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_received_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["uploader", "client_key"], name="job_once_a_client_key"
            ),
            models.CheckConstraint(
                condition=Q(state__in=JobState.values), name="job_state_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["uploader", "-id"], name="job_of_uploader"),
            models.Index(fields=["lab_unit", "-id"], name="job_of_lab_unit"),
            models.Index(
                fields=["created_at"],
                name="job_under_way",
                condition=Q(state__in=["queued", "processing"]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.token)

    @property
    def badge(self) -> dict[str, str]:
        return badge(JobState(self.state))

    @property
    def error(self) -> str | None:
        if self.state != JobState.ERROR:
            return None
        return str(_("One or more files failed"))


class JobItemQuerySet(models.QuerySet["JobItem"]):
    def open(self) -> JobItemQuerySet:
        return self.filter(state__in=OPEN)


class JobItem(models.Model):
    """One file of a job. While it is open it holds one place of its uploader's quota."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="items")
    n = models.PositiveIntegerField()
    filename = models.CharField(max_length=255)
    rejected = models.BooleanField(default=False)
    declared_size = models.BigIntegerField(null=True)
    declared_md5 = models.CharField(max_length=32, blank=True)
    file = models.FileField(storage=staging, max_length=120, blank=True)
    size_bytes = models.BigIntegerField(null=True)
    content_md5 = models.CharField(max_length=32, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.AWAITING)
    code = models.CharField(max_length=24, blank=True)
    detail = models.CharField(max_length=400, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    mismatches = models.PositiveSmallIntegerField(default=0)
    leased_by = models.CharField(max_length=120, blank=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    trouble_since = models.DateTimeField(null=True)
    enqueued_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    image_id = models.UUIDField(null=True, db_index=True)
    duplicate_of = models.UUIDField(null=True)
    image_deleted_at = models.DateTimeField(null=True)
    image_deleted_by = models.CharField(max_length=150, blank=True)

    objects = JobItemQuerySet.as_manager()

    class Meta:
        ordering = ["job", "n"]
        constraints = [
            models.UniqueConstraint(fields=["job", "n"], name="item_number_once_a_job"),
            models.CheckConstraint(
                condition=Q(state__in=ItemState.values), name="item_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=ItemState.COMPLETED) | Q(image_id__isnull=False),
                name="completed_item_has_image",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "job"],
                name="item_open",
                condition=Q(state__in=["awaiting", "queued", "processing"]),
            ),
            models.Index(
                fields=["finished_at"], name="item_with_staged_file", condition=~Q(file="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.n}"

    @property
    def badge(self) -> dict[str, str]:
        return badge(ItemState(self.state))


class Heartbeat(models.Model):
    """When each worker host last finished anything, a canary at the least."""

    host = models.CharField(max_length=120, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.host


class Removal(models.Model):
    """The storage key of a file to be removed, until it is gone. See `jobs.removal`."""

    key = models.CharField(max_length=120, unique=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(db_index=True)
    queued_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key

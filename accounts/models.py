"""People, the units they work in, and the trail of what they did."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role


class Hospital(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class LabUnitQuerySet(models.QuerySet["LabUnit"]):
    def held_by(self, user: User) -> LabUnitQuerySet:
        """Units whose images and jobs concern this user, deactivated ones included."""
        if user.is_administrator:
            return self
        return self.filter(users=user)

    def open_to(self, user: User) -> LabUnitQuerySet:
        """Units this user may file new images under."""
        return self.held_by(user).filter(is_active=True, hospital__is_active=True)


class LabUnit(models.Model):
    hospital = models.ForeignKey(Hospital, on_delete=models.PROTECT, related_name="lab_units")
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)

    objects = LabUnitQuerySet.as_manager()

    class Meta:
        ordering = ["hospital__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["hospital", "name"], name="lab_unit_once_a_hospital")
        ]

    def __str__(self) -> str:
        return f"{self.hospital} · {self.name}"

    def clean(self) -> None:
        # Images take their hospital from the unit: moving the unit would move them all.
        moved = LabUnit.objects.filter(pk=self.pk).exclude(hospital_id=self.hospital_id)
        if self.pk and moved.exists():
            raise ValidationError({"hospital": _("A lab unit cannot move to another hospital.")})


class FundusUserManager(UserManager["User"]):
    def create_user(
        self, username: str, email: str | None = None, password: str | None = None, **extra: Any
    ) -> User:
        # Django's own sets `is_staff` and `is_superuser`, which follow the group here.
        name = User.normalize_username(username)
        user = User(username=name, email=self.normalize_email(email), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra: Any
    ) -> User:
        user = self.create_user(username, email, password, **extra)
        user.groups.add(Group.objects.get(name=Role.ADMINISTRATOR))
        return user


class User(AbstractUser):
    """`is_staff` and `is_superuser` are no columns: both follow the Administrator group."""

    lab_units = models.ManyToManyField(LabUnit, blank=True, related_name="users")
    upload_quota = models.PositiveIntegerField(
        _("upload quota"),
        null=True,
        blank=True,
        help_text=_("Images this person may upload in all. Empty: the installation's default."),
    )
    file_upload_count = models.PositiveIntegerField(_("files uploaded"), default=0)
    # The part of file_upload_count that stands for files not yet stored or refused.
    file_upload_held = models.PositiveIntegerField(default=0, editable=False)
    # Of the one link that is good for setting a password; None when there is none.
    link_made_at = models.DateTimeField(null=True, editable=False)

    objects = FundusUserManager()  # type: ignore[misc]

    @cached_property
    def roles(self) -> frozenset[str]:
        if not self.pk or not self.is_active:
            return frozenset()
        return frozenset(self.groups.values_list("name", flat=True))

    @cached_property
    def lab_unit_ids(self) -> list[int]:
        """Units assigned to this user. Planners know what to make of a list of numbers."""
        return sorted(self.lab_units.values_list("pk", flat=True))

    @cached_property
    def rights(self) -> str:
        """Roles and units, in short: another word after every change of them, whoever made it.

        One query where they have not been asked for yet.
        """
        known = self.__dict__.keys()
        if "roles" not in known or not (self.is_administrator or "lab_unit_ids" in known):
            self._ask_for_rights()
        units = [] if self.is_administrator else self.lab_unit_ids
        return ",".join([*sorted(self.roles), *map(str, units)])

    def _ask_for_rights(self) -> None:
        if not self.pk or not self.is_active:
            self.roles, self.lab_unit_ids = frozenset(), []
            return
        roles = self.groups.order_by().values_list("name", models.Value(0))
        units = self.lab_units.order_by().values_list(models.Value(""), "pk")
        rows = list(roles.union(units, all=True))
        self.roles = frozenset(name for name, _ in rows if name)
        self.lab_unit_ids = sorted(pk for _, pk in rows if pk)

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.get_username()

    def has_role(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def is_administrator(self) -> bool:
        return Role.ADMINISTRATOR in self.roles

    @property
    def is_staff(self) -> bool:  # type: ignore[override]
        return self.is_administrator

    @property
    def is_superuser(self) -> bool:  # type: ignore[override]
        return self.is_administrator

    @property
    def effective_quota(self) -> int:
        if self.upload_quota is None:
            return int(settings.DEFAULT_UPLOAD_QUOTA)
        return self.upload_quota

    @property
    def quota_left(self) -> int:
        return max(0, self.effective_quota - self.file_upload_count)


class Action(models.TextChoices):
    """What an audit event can be about. Values are stored; never rename one."""

    SIGNED_IN = "signed_in", _("signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("sign-in failed")
    SIGNED_OUT = "signed_out", _("signed out")
    SESSIONS_ENDED = "sessions_ended", _("sessions ended")
    FACTOR_ADDED = "factor_added", _("second factor added")
    FACTOR_REMOVED = "factor_removed", _("second factor removed")
    FACTOR_USED = "factor_used", _("second factor used")
    FACTOR_FAILED = "factor_failed", _("second factor refused")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    PASSWORD_RESET_ASKED = "password_reset_asked", _("password reset asked for")
    LINK_MADE = "link_made", _("one-time link made")
    JOB_CREATED = "job_created", _("upload job created")
    ITEM_RECEIVED = "item_received", _("file received")
    ITEM_REFUSED = "item_refused", _("file refused")
    ITEM_FAILED = "item_failed", _("file could not be processed")
    ITEM_REQUEUED = "item_requeued", _("file queued again")
    IMAGE_STORED = "image_stored", _("image stored")
    IMAGE_VIEWED = "image_viewed", _("image page viewed")
    IMAGE_READ = "image_read", _("image bytes read")
    IMAGE_DOWNLOADED = "image_downloaded", _("image downloaded")
    IMAGE_CHANGED = "image_changed", _("image changed")
    IMAGE_EDITED = "image_edited", _("image edited")
    IMAGE_EDIT_FAILED = "image_edit_failed", _("edit could not be rendered")
    IMAGE_DELETED = "image_deleted", _("image deleted")
    GRADE_GIVEN = "grade_given", _("grade given")
    EXPORTED = "exported", _("exported")
    QUOTA_CHANGED = "quota_changed", _("quota changed")
    QUOTA_RESET = "quota_reset", _("upload count reset")
    RECORD_ADDED = "record_added", _("record added")
    RECORD_CHANGED = "record_changed", _("record changed")
    RECORD_DELETED = "record_deleted", _("record deleted")
    ACCESS_DENIED = "access_denied", _("access denied")
    HASH_CONFLICT = "hash_conflict", _("same MD5, different content")
    FILES_VERIFIED = "files_verified", _("stored files verified")
    FILE_DAMAGED = "file_damaged", _("stored file missing or altered")
    TRAIL_DAMAGED = "trail_damaged", _("audit trail damaged")


class AuditEvent(models.Model):
    """One row per event, never changed. Names are snapshots: people go, the trail stays."""

    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=32, choices=Action)
    succeeded = models.BooleanField(default=True)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=150, blank=True)
    on_behalf_of = models.CharField(max_length=150, blank=True)
    roles = models.CharField(max_length=120, blank=True)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=512, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    job_token = models.UUIDField(null=True, db_index=True)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    lab_unit_id = models.BigIntegerField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        # What the administration filters and searches by; each but the object's newest first.
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
            models.Index(fields=["at", "id"], name="audit_at"),
            models.Index(fields=["action", "at", "id"], name="audit_action"),
            models.Index(fields=["actor_name", "at", "id"], name="audit_actor"),
            models.Index(fields=["on_behalf_of", "at", "id"], name="audit_on_behalf_of"),
            models.Index(fields=["ip", "at", "id"], name="audit_ip"),
            models.Index(fields=["request_id"], name="audit_request"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_name} {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("Audit events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("Audit events are never deleted.")


class AuditSeal(models.Model):
    """Stands for the rows of the trail from `first_id` to `last_id`. See `accounts.trail`."""

    n = models.BigIntegerField(_("number"), primary_key=True)
    made_at = models.DateTimeField(_("made"))
    first_id = models.BigIntegerField(_("first row"))
    last_id = models.BigIntegerField(_("last row"), db_index=True)
    count = models.PositiveIntegerField(_("rows"))
    rows_sha256 = models.CharField(_("digest of the rows"), max_length=64)
    marks = models.BinaryField()
    key_name = models.CharField(_("key"), max_length=16)
    previous = models.CharField(_("digest of the seal before"), max_length=64)
    digest = models.CharField(_("digest"), max_length=64)
    mac = models.CharField(_("signature"), max_length=64)

    class Meta:
        ordering = ["-n"]

    def __str__(self) -> str:
        return f"{self.n}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("Audit seals are never deleted.")


class LookupWindow(models.Model):  # noqa: DJ008 - nobody is shown one
    """How many hash look-ups a user has made since the window began."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="lookup_window")
    started_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=0), name="lookup_count_not_negative")
        ]

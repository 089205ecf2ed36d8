"""Lifetime upload quota. Every change is one conditional UPDATE, so nobody can overdraw it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from accounts import audit
from accounts.models import Action, LookupWindow, User

LOOKUP_WINDOW = timedelta(minutes=1)


def reserve(user: User, wanted: int) -> int:
    """Take up to `wanted` places; return how many were granted. Call inside a transaction."""
    if wanted <= 0:
        return 0
    while True:
        fresh = User.objects.select_for_update().get(pk=user.pk)
        granted = min(wanted, fresh.quota_left)
        if granted == 0:
            return 0
        room = fresh.effective_quota - granted
        taken = User.objects.filter(pk=user.pk, file_upload_count__lte=room).update(
            file_upload_count=F("file_upload_count") + granted,
            file_upload_held=F("file_upload_held") + granted,
        )
        if taken:
            return granted


def refund(user_id: int) -> None:
    """Give one held place back: its file did not become an image."""
    User.objects.filter(pk=user_id).update(
        file_upload_count=Greatest(F("file_upload_count") - 1, Value(0)),
        file_upload_held=Greatest(F("file_upload_held") - 1, Value(0)),
    )


def keep(user_id: int) -> None:
    """Turn one held place into a used one: its file became an image."""
    User.objects.filter(pk=user_id).update(
        file_upload_held=Greatest(F("file_upload_held") - 1, Value(0))
    )


@transaction.atomic
def reset(users: QuerySet[User]) -> int:
    """Set the count of these users to what their open files hold; return how many changed."""
    changed = 0
    for user in users.select_for_update().order_by("pk"):
        if user.file_upload_count == user.file_upload_held:
            continue
        User.objects.filter(pk=user.pk).update(file_upload_count=F("file_upload_held"))
        audit.record(
            Action.QUOTA_RESET,
            user,
            before={"file_upload_count": user.file_upload_count},
            after={"file_upload_count": user.file_upload_held},
        )
        changed += 1
    return changed


@transaction.atomic
def set_limit(user: User, limit: int | None) -> None:
    """Give a user a lifetime limit of their own, or (None) the installation's default."""
    before = user.upload_quota
    user.upload_quota = limit
    user.save(update_fields=["upload_quota"])
    audit.record(
        Action.QUOTA_CHANGED, user, before={"upload_quota": before}, after={"upload_quota": limit}
    )


def take_lookup(user: User) -> int:
    """Count one hash look-up. Returns 0, or the seconds to wait when the minute is used up."""
    window = LookupWindow.objects.filter(user=user)
    opened = window.filter(started_at__lte=Now() - LOOKUP_WINDOW)
    if opened.update(started_at=Now(), count=1):
        return 0
    if _count(window):
        return 0
    try:
        with transaction.atomic():
            LookupWindow.objects.create(user=user, started_at=timezone.now(), count=1)
    except IntegrityError:
        # The window is full, or somebody has opened it in this moment.
        return 0 if _count(window) else _seconds_left(user)
    return 0


def _count(window: QuerySet[LookupWindow]) -> bool:
    free = window.filter(count__lt=settings.LOOKUPS_PER_MINUTE)
    return bool(free.update(count=F("count") + 1))


def _seconds_left(user: User) -> int:
    started = LookupWindow.objects.get(user=user).started_at
    left = LOOKUP_WINDOW - (timezone.now() - started)
    return max(1, int(left.total_seconds()) + 1)

"""The second factor, seen by an administrator: whether there is one, and taking away a lost one."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import Action, User


def kinds(user: User) -> list[str]:
    """What the user has set up: ["recovery_codes", "totp"]."""
    held = Authenticator.objects.filter(user=user).order_by("type")
    return list(held.values_list("type", flat=True))


@transaction.atomic
def take_away(users: QuerySet[User]) -> int:
    """Let these users sign in by password alone, until they set one up again; how many had one."""
    changed = 0
    for user in users:
        before = kinds(user)
        if before:
            Authenticator.objects.filter(user=user).delete()
            audit.record(
                Action.RECORD_CHANGED,
                user,
                before={"second_factor": before},
                after={"second_factor": []},
            )
            changed += 1
    return changed

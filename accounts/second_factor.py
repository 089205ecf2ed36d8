"""The second factor, seen by an administrator: whether there is one, and taking away a lost one."""

from __future__ import annotations

import time

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit, devices
from accounts.models import Action, User

KEPT = "kept_at"


def kinds(user: User) -> list[str]:
    """What the user has set up: ["recovery_codes", "totp"]."""
    held = Authenticator.objects.filter(user=user).order_by("type")
    return list(held.values_list("type", flat=True))


def _codes(user: User) -> Authenticator | None:
    codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES)
    found: Authenticator | None = codes.first()
    return found


def codes_are_kept(user: User) -> bool:
    """Has the user said that the recovery codes are in safe hands, or are there none?"""
    codes = _codes(user)
    return codes is None or KEPT in codes.data


@transaction.atomic
def note_codes_kept(user: User) -> None:
    codes = _codes(user)
    if codes is not None:
        codes.data[KEPT] = time.time()
        codes.save(update_fields=["data"])


@transaction.atomic
def take_away(users: QuerySet[User]) -> int:
    """Let these users sign in by password alone, until they set one up again; how many had one.

    Their sessions end: whoever has the lost telephone may hold one.
    """
    changed = 0
    for user in users:
        before = kinds(user)
        if before:
            Authenticator.objects.filter(user=user).delete()
            audit.record(
                Action.FACTOR_REMOVED,
                user,
                before={"second_factor": before},
                after={"second_factor": []},
            )
            devices.end_all(user)
            changed += 1
    return changed

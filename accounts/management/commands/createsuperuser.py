"""Django's own, written down: it makes an administrator without anybody signed in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from accounts import audit, origin
from accounts.models import Action, User


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        before = set(User.objects.values_list("pk", flat=True))
        told = super().handle(*args, **options)
        with origin.acting(origin.Origin(actor_name="command createsuperuser")):
            for user in User.objects.exclude(pk__in=before):
                audit.record(
                    Action.RECORD_ADDED,
                    user,
                    after={"username": user.get_username(), "groups": sorted(user.roles)},
                )
        return told

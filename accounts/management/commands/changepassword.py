"""Django's own, written down."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import changepassword

from accounts import audit, origin
from accounts.models import Action, User


class Command(changepassword.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        before = dict(User.objects.values_list("pk", "password"))
        told = super().handle(*args, **options)
        with origin.acting(origin.Origin(actor_name="command changepassword")):
            for user in User.objects.all():
                if before[user.pk] != user.password:
                    audit.record(Action.PASSWORD_CHANGED, user, after={"by": "command"})
        return told

"""Django tells of sign-ins only by signal; the audit trail listens."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from accounts import audit, origin
from accounts.models import Action, User


@receiver(user_logged_in)
def signed_in(sender: object, user: User, **kwargs: Any) -> None:
    origin.amend(actor=user)
    audit.record(Action.SIGNED_IN, user)


@receiver(user_logged_out)
def signed_out(sender: object, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        audit.record(Action.SIGNED_OUT, user)


@receiver(user_login_failed)
def sign_in_failed(sender: object, credentials: dict[str, Any], **kwargs: Any) -> None:
    # People type passwords into the name field: only names that exist are written down.
    name = str(credentials.get("username") or credentials.get("login") or "")
    known = User.objects.filter(username=name).first()
    audit.record(Action.SIGN_IN_FAILED, known, succeeded=False)

"""The libraries tell of what they did only by signal; the audit trail listens."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.core import ratelimit
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit, devices, door, origin, second_factor
from accounts.adapter import folded
from accounts.idle import LAST_SEEN, STARTED
from accounts.models import Action, User


@receiver(user_logged_in)
def signed_in(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    request.session[STARTED] = request.session[LAST_SEEN] = time.time()
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


# --- Passwords -----------------------------------------------------------------------------


@receiver(password_changed)
@receiver(password_set)
@receiver(password_reset)
def password_was_changed(
    sender: object, request: HttpRequest, user: User, signal: object, **kwargs: Any
) -> None:
    """Other sessions end with the hash they were signed in under; their rows go with them."""
    User.objects.filter(pk=user.pk).update(link_made_at=None)
    by_link = signal is password_reset
    audit.record(Action.PASSWORD_CHANGED, user, after={"by": "link" if by_link else "themselves"})
    devices.end_all(user, but=None if by_link else request.session.session_key)
    if by_link:  # a locked-out person need not wait
        key = f"name {folded(user.get_username())}"
        ratelimit.clear(request, action="login_failed", key=key)


# --- The second factor ---------------------------------------------------------------------


@receiver(factors.authenticator_added)
def factor_added(
    sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    audit.record(Action.FACTOR_ADDED, user, after={"type": str(authenticator.type)})
    door.note_passed(request, user, kept=second_factor.codes_are_kept(user))
    door.note_added(request)
    if second_factor.kinds(user) in (["totp"], ["webauthn"]):
        # The first: sessions from before were opened by the password alone.
        devices.end_all(user, but=request.session.session_key)


@receiver(factors.authenticator_reset)
def codes_renewed(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    audit.record(Action.FACTOR_ADDED, user, after={"type": "recovery_codes", "renewed": True})
    door.note_passed(request, user, kept=False)


@receiver(factors.authenticator_removed)
def factor_removed(
    sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    audit.record(Action.FACTOR_REMOVED, user, before={"type": str(authenticator.type)})
    devices.end_all(user, but=request.session.session_key)
    if not second_factor.kinds(user):
        door.note_lost(request)


@receiver(factors.authenticator_used)
def factor_used(
    sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    how = {key: True for key in ("reauthenticated", "passwordless") if kwargs.get(key)}
    audit.record(Action.FACTOR_USED, user, after={"type": str(authenticator.type), **how})
    door.note_passed(request, user, kept=second_factor.codes_are_kept(user))


@receiver(factors.authentication_failed)
def factor_failed(sender: object, user: User, **kwargs: Any) -> None:
    audit.record(Action.FACTOR_FAILED, user, succeeded=False)

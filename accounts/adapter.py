from __future__ import annotations

import time
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import devices, door, links, mailing, origin

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - the library's session rows cannot do without one
JUST_NOW = 300  # seconds


def is_own_path(url: str) -> bool:
    """A place of ours: a path, and nothing that any browser reads as another host."""
    begins = url.startswith("/") and not url.startswith(("//", "/\\"))
    clean = not any(ord(sign) <= 32 or sign == "\\" for sign in url)
    return begins and clean and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def folded(name: str) -> str:
    """The same for every spelling with other capitals, accents or widths."""
    apart = unicodedata.normalize("NFKD", name)
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return unicodedata.normalize("NFKC", bare.casefold()).strip()


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by administrators; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        return is_own_path(url)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Who has left reads the same as whoever never was, right password or not."""
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        messages.error(request, self.error_messages["username_password_mismatch"])
        return redirect("account_login")

    def get_client_ip(self, request: HttpRequest) -> str:
        return origin.client_ip(request) or NO_ADDRESS

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """What failed sign-ins are counted by: the name, however it is spelt.

        The library counts by Host header as well, which a guesser may change with each guess: any
        port after an allowed host is allowed.
        """
        return f"name {folded(str(credentials.get('username') or ''))}"

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Only that: the other columns may have been changed meanwhile."""
        user.set_password(password)
        user.save(update_fields=["password"])

    # --- Proving oneself again --------------------------------------------------------------

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not right after signing in for the first factor, nor right after setting one up."""
        if not super().is_reauthentication_required(app=app, **kwargs):
            return False
        request, since = context.request, time.time() - JUST_NOW
        if Authenticator.objects.filter(user=request.user).exists():
            return not door.added_since(request, since)
        records = get_authentication_records(request, request.user)
        return not any(record["at"] > since for record in records)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[Any]:
        """By the second factor where there is one: a password is what may have been stolen."""
        ways: list[Any] = super().get_reauthentication_methods(user)
        return [way for way in ways if way["id"] != "reauthenticate"] or ways

    # --- Mail -------------------------------------------------------------------------------

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _dash, rest = key.partition("-")
        return links.address(uid, rest)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        told = {**context, "base_url": settings.PUBLIC_BASE_URL}
        told["support_contact"] = settings.SUPPORT_CONTACT
        message: EmailMessage = self.render_mail(template_prefix, email, told)
        mailing.post(message)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """To the address that administrators entered; there is no other."""
        address = email or getattr(user, "email", "")
        if settings.MAIL and address:
            super().send_notification_mail(template_prefix, user, context, address)


class Sessions(DefaultUserSessionsAdapter):  # type: ignore[misc]
    def end_sessions(self, sessions: list[UserSession]) -> None:
        if sessions:
            devices.end(sessions[0].user, sessions)


class Factors(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is wrong, or has been used already. Wait for the next one."),
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the public address, except where only this machine is served."""
        host = urlsplit(settings.PUBLIC_BASE_URL).hostname or ""
        if settings.LOCAL:
            host = context.request.get_host().rpartition(":")[0] or context.request.get_host()
        return {"id": host, "name": "Fundus"}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:  # noqa: A002
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(number)d") % {"number": number}

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def _get_user_identifier(self, user: AbstractBaseUser) -> str:
        return user.get_username()

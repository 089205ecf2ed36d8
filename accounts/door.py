"""Whom the product lets in only with a second factor, and what they reach without one."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role

PASSED = "second_factor"  # in the session: the person whose factor it has seen
ADDED = "factor_added_at"
WANTED = "wanted_page"
STAFF = (Role.ADMINISTRATOR, Role.DATA_MANAGER)
SETTING_UP = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "account_reauthenticate",
        "account_logout",
        "accounts:codes-kept",
        "session",
    }
)
UNSET, STALE, UNKEPT = "second_factor_required", "sign_in_again", "recovery_codes_not_kept"


def is_required(user: User) -> bool:
    """The demonstration offers a second factor and asks nobody for one."""
    if settings.FUNDUS_DEMO or settings.REQUIRE_MFA == "none":
        return False
    return settings.REQUIRE_MFA == "all" or user.has_role(*STAFF)


def note_passed(request: HttpRequest, user: User, *, kept: bool) -> None:
    """The session has seen a factor; `kept` says that the recovery codes are in safe hands."""
    request.session[PASSED] = {"user": user.pk, "kept": kept}


def note_added(request: HttpRequest) -> None:
    """A factor was set up, which proved that the person has it."""
    request.session[ADDED] = time.time()


def added_since(request: HttpRequest, since: float) -> bool:
    return bool(request.session.get(ADDED, 0) > since)


def note_lost(request: HttpRequest) -> None:
    for mark in (PASSED, ADDED):
        request.session.pop(mark, None)


def has_passed(request: HttpRequest, user: User) -> bool:
    return bool(request.session.get(PASSED, {}).get("user") == user.pk)


def missing(request: HttpRequest, user: User) -> str | None:
    """What keeps this session from going on: a code, or None."""
    if has_passed(request, user):
        return None if request.session[PASSED]["kept"] else UNKEPT
    if not is_required(user):
        return None
    # A password alone must not add a second factor beside the one that it stands under.
    has_one = Authenticator.objects.filter(user=user).exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    return STALE if has_one.exists() else UNSET


class SecondFactorRequired:
    """Stands before every view, whoever wrote it; views open to strangers stay open."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        if not isinstance(request.user, User) or not getattr(view, "login_required", True):
            return None
        lack = missing(request, request.user)
        if lack is None or (lack != STALE and _is_setting_up(request)):
            return None
        if _is_a_page(request) and not getattr(view, "is_background", False):
            request.session[WANTED] = request.get_full_path()
        return _turn_back(request, lack)


def _is_a_page(request: HttpRequest) -> bool:
    shown = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    return request.method == "GET" and shown and not request.path.startswith("/api/")


def _is_setting_up(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.view_name in SETTING_UP


def _turn_back(request: HttpRequest, lack: str) -> HttpResponseBase:
    here = request.get_full_path()
    if lack == STALE:
        logout(request)
    if request.path.startswith("/api/"):
        return _refusal(lack)
    if lack == STALE:
        return redirect(f"{reverse('account_login')}?{urlencode({REDIRECT_FIELD_NAME: here})}")
    return redirect("mfa_view_recovery_codes" if lack == UNKEPT else "mfa_index")


def _refusal(lack: str) -> JsonResponse:
    sentences = {
        UNSET: _("Your role needs a second factor. Set one up in your profile, then go on."),
        STALE: _("Sign in again, then go on."),
        UNKEPT: _("Keep your recovery codes first, then go on."),
    }
    status = 401 if lack == STALE else 403
    return JsonResponse({"error": sentences[lack], "code": lack}, status=status)

from typing import Any

from allauth.account.views import LogoutView, PasswordResetView
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import devices, door, second_factor
from accounts.idle import person_key, seconds_left
from accounts.middleware import background, note_use, signed_in


@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    units = user.lab_units.select_related("hospital")
    return render(request, "accounts/profile.html", {"person": user, "lab_units": units})


def closed(request: HttpRequest) -> HttpResponse:
    """Pages of the sign-in library that have no place here: administrators make accounts."""
    raise Http404


def sign_out(request: HttpRequest) -> HttpResponse:
    """Leaves nothing in the browser: not the pictures it cached, nor what pages kept."""
    response: HttpResponse = LogoutView.as_view()(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def ask_reset(request: HttpRequest) -> HttpResponse:
    """By mail; where there is none, the page says whom to ask."""
    if settings.MAIL:
        return PasswordResetView.as_view()(request)  # type: ignore[no-any-return]
    return render(request, "account/password_reset.html")


@background
@require_http_methods(["GET", "POST"])
def session(request: HttpRequest) -> JsonResponse:
    """How long the session lasts still; a POST says that somebody is there."""
    user = signed_in(request)
    if request.method == "POST":
        note_use(request)
    left: dict[str, Any] = {"seconds_left": seconds_left(request), "person": person_key(user)}
    return JsonResponse(left)


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions; this one by signing out."""
    user = signed_in(request)
    chosen = get_object_or_404(UserSession, pk=pk, user=user)
    if chosen.session_key == request.session.session_key:
        return sign_out(request)
    devices.end(user, [chosen])
    messages.success(request, _("This session has ended."))
    return redirect("usersessions_list")


@require_POST
def codes_kept(request: HttpRequest) -> HttpResponse:
    """The person says that the recovery codes are in safe hands, and goes where they wanted to."""
    user = signed_in(request)
    if not request.POST.get("kept"):
        messages.error(request, _("Tick that you have kept the codes; they are not shown again."))
        return redirect("mfa_view_recovery_codes")
    second_factor.note_codes_kept(user)
    if door.has_passed(request, user):
        door.note_passed(request, user, kept=True)
    return redirect(request.session.pop(door.WANTED, None) or "mfa_index")

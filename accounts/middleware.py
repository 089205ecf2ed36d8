"""Who is asking, whether they still are, and whether they may at all."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts import origin
from accounts.devices import touch
from accounts.idle import LAST_SEEN, STARTED, seconds_left
from accounts.models import User

Handler = Callable[[HttpRequest], HttpResponse]
LAST_SEEN_EVERY = 60  # seconds: not a session write for every click


class RequestOrigin:
    """Carries the request's origin beside everything done for it, and names it in the answer."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with origin.acting(origin.from_request(request)) as where:
            response = self.get_response(request)
        response["X-Request-ID"] = where.request_id
        return response


def background(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Marks a view that pages call by themselves: it must not keep an idle session alive."""
    view.is_background = True  # type: ignore[attr-defined]
    return view


class Sessions(SessionMiddleware):
    """Leaves the cookie alone where a script is told to sign in again.

    Slow answers to an ended session arrive after the person has signed in again in another tab,
    and would delete the cookie of the new session.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if response.status_code == 401 and request.path.startswith("/api/"):
            return response
        return super().process_response(request, response)


class IdleSession:
    """Ends sessions nobody uses; what pages fetch by themselves is not use."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            for mark in (LAST_SEEN, STARTED):
                request.session.setdefault(mark, time.time())
            if seconds_left(request) <= 0:
                logout(request)
                response = self.get_response(request)
                # Not its storage, in which unsent work waits for the same person.
                response["Clear-Site-Data"] = '"cache"'
                return response
            origin.amend(actor=request.user)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: object, kwargs: object
    ) -> None:
        if not request.user.is_authenticated or getattr(view, "is_background", False):
            return
        if time.time() - request.session.get(LAST_SEEN, 0) > LAST_SEEN_EVERY:
            note_use(request)


def note_use(request: HttpRequest) -> None:
    """Somebody sits there: the session's rest begins anew."""
    request.session[LAST_SEEN] = time.time()
    touch(request)


class SignInRequired(LoginRequiredMiddleware):
    """Every page but those marked otherwise; scripts get a 401 rather than a sign-in page."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if request.path.startswith("/api/"):
            return JsonResponse(
                {"error": _("Sign in again, then go on."), "code": "not_signed_in"}, status=401
            )
        return super().handle_no_permission(request, view_func)


def signed_in(request: HttpRequest) -> User:
    """The person asking, where `SignInRequired` has let nobody else through."""
    if not isinstance(request.user, User):
        raise TypeError("This view is reached without signing in.")
    return request.user

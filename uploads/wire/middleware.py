"""What every request with a body goes through, so that no view needs to think of it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from uploads import limits
from uploads.wire.body import (
    Interrupted,
    TooLarge,
    has_body,
    is_chunked,
    read_all,
    throw_away,
)
from uploads.wire.line import close_connection, line_of, release_database

ANONYMOUS_BODY_BYTES = 64 * 1024


class ReleaseDatabase:
    """Sends bodies that take long without a database connection: there are more slow readers than
    connections. First of all, since every other may still ask the database something.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.streaming:
            release_database()
        return response


class RefuseUnread:
    """Lets clients read a refusal that was given before their body was.

    Most read the answer only after sending everything, so some of it is read and thrown away.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if line_of(request) is not None and has_body(request):
            _throw_rest_away(request, refused=response.status_code >= 300)
        return response


def _throw_rest_away(request: HttpRequest, *, refused: bool) -> None:
    most = 2 * limits.current().max_file_bytes
    seconds = settings.REFUSED_BODY_DRAIN.total_seconds()
    unread, _ended = throw_away(request, max_bytes=most, seconds=seconds)
    if refused and unread:
        close_connection(request)


class BodyLimit:
    """Reads small bodies whole before their view runs; a view with `own_body_limit` reads its own.

    A slow client thus holds neither a database connection nor anything the view would.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: object, kwargs: object
    ) -> HttpResponse | None:
        if not has_body(request):
            return None
        if is_chunked(request) and request.content_type == "multipart/form-data":
            return _refusal(request, 411, "length_required", _("Send the length of the form."))
        if getattr(view, "own_body_limit", False):
            return None
        return _read_small(request)


def _read_small(request: HttpRequest) -> HttpResponse | None:
    known = request.user.is_authenticated
    try:
        body = read_all(request, limit=settings.MAX_BODY_BYTES if known else ANONYMOUS_BODY_BYTES)
    except TooLarge:
        return _refusal(request, 413, "too_large", _("What was sent is too large."))
    except Interrupted:
        return _refusal(request, 408, "interrupted", _("The connection broke off. Send again."))
    _give(request, body)
    return None


def _give(request: HttpRequest, body: bytes) -> None:
    request.META.pop("HTTP_TRANSFER_ENCODING", None)
    request.META["CONTENT_LENGTH"] = str(len(body))
    # Django has no public way to give a request its body.
    request._body = body  # noqa: SLF001


def _refusal(request: HttpRequest, status: int, code: str, error: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"error": error, "code": code}, status=status)
    template = "413.html" if status == 413 else "400.html"
    return render(request, template, {"error": error}, status=status)

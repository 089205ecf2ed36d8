"""Bodies nobody should have to read: refused early, thrown away, and never taken for a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import get_template
from django.utils.translation import gettext as _

from uploads import limits, wire


class RefuseUnread:
    """After an answer that came before the body was read, throw a little of the body away, so
    that ordinary clients get to read the answer, and end the connection.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if wire.has_body(request) and not wire.drain(
            request,
            max_bytes=2 * limits.current().max_file_bytes,
            seconds=settings.REFUSED_BODY_DRAIN.total_seconds(),
        ):
            wire.close_connection(request)
        return response


class BodyLimit:
    """Refuses large bodies where none is expected. Upload views keep limits of their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if getattr(view, "own_body_limit", False):
            return None
        if wire.content_length(request) <= settings.MAX_BODY_BYTES:
            return None
        error = _("The request is too large.")
        if request.path.startswith("/api/"):
            return JsonResponse({"error": error, "code": "too_large"}, status=413)
        return HttpResponse(get_template("413.html").render({"error": error}, request), status=413)

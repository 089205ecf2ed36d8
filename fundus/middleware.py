"""What every answer carries, and the answer when a store is away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from fundus import errors
from jobs.storage import StorageAway

log = logging.getLogger(__name__)
METHODS = ["GET", "HEAD", "POST", "PUT", "OPTIONS"]
HEADERS = {
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    # Clinic machines are shared: nothing a signed-in person saw may be left behind in the cache.
    "Cache-Control": "private, no-store",
}


class SafeResponses:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Django lets it pass as a request that is safe, and most views answer it like GET.
        unheard = request.method == "TRACE"
        response = HttpResponseNotAllowed(METHODS) if unheard else self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            errors.explain_method(request, response)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class Outage:
    """Answers 503 for views that an outage of database or storage made fail, rather than 500.

    What fails in middleware, `errors.server_error` answers so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, (*errors.DATABASE_AWAY, StorageAway)):
            return None
        log.error("database or storage away: %s", type(error).__name__)
        return errors.unavailable(request)

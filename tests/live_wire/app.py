"""A small Django site on which the web server is tested: it refuses, reads and answers at length.

Served as `tests.live_wire.app:application` with `tests.live_wire.settings`.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from tempfile import TemporaryFile
from types import SimpleNamespace
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

from uploads import limits, wire

log = logging.getLogger(__name__)


class Visitor:
    """Whoever sends `X-User` is signed in; nobody else gets past the front page and the door."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = "X-User" in request.headers
        request.user = SimpleNamespace(is_authenticated=known)  # type: ignore[assignment]
        if not known and request.path not in {"/", "/api/door"}:
            return JsonResponse({"code": "not_signed_in"}, status=401)
        return self.get_response(request)


def front(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"front")


def item(request: HttpRequest) -> HttpResponse:
    md5, size = hashlib.md5(usedforsecurity=False), 0
    try:
        for piece in wire.chunks(request, limit=limits.current().max_file_bytes):
            md5.update(piece)
            size += len(piece)
    except wire.TooLarge:
        return JsonResponse({"code": "too_large"}, status=413)
    except wire.Interrupted as error:
        log.warning("interrupted: %s", type(error).__name__)
        return JsonResponse({"code": type(error).__name__}, status=400)
    return JsonResponse({"size": size, "md5": md5.hexdigest()})


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body)


def form(request: HttpRequest) -> HttpResponse:
    if wire.content_length(request) > limits.current().max_form_bytes:
        return JsonResponse({"whole": wire.drain_form(request)}, status=413)
    try:
        with wire.read_body_guard(request):
            files = request.FILES.getlist("files")
    except wire.Interrupted as error:
        return JsonResponse({"code": type(error).__name__}, status=400)
    return JsonResponse({"sizes": [file.size for file in files]})


def long_answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse(bytes(int(request.GET["size"])))


def file_answer(request: HttpRequest) -> FileResponse:
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    file.truncate(int(request.GET["size"]))
    return FileResponse(file)


def slow_answer(request: HttpRequest) -> StreamingHttpResponse:
    """One byte at once, another after the asked-for seconds."""

    def pieces() -> Any:
        yield b"a"
        time.sleep(float(request.GET["seconds"]))
        yield b"b"

    return StreamingHttpResponse(pieces())


for view in (item, form):
    view.own_body_limit = True  # type: ignore[attr-defined]

urlpatterns = [
    path("", front),
    path("api/door", echo),
    path("api/echo", echo),
    path("api/item", item),
    path("api/form", form),
    path("long", long_answer),
    path("file", file_answer),
    path("slow", slow_answer),
]

application = get_wsgi_application()

"""Pages for what went wrong; JSON where a script asked."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from accounts import origin
from jobs.codes import Code, sentence

RETRY_AFTER = 10  # seconds


def answer(request: HttpRequest, status: int, code: str, error: str) -> HttpResponse:
    """The same refusal as JSON below /api/ and as a page elsewhere."""
    if request.path.startswith("/api/"):
        return JsonResponse({"error": error, "code": code}, status=status)
    template = get_template(f"{status}.html")
    return HttpResponse(template.render({"error": error}, request), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 400, "bad_request", _("The request could not be understood."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 403, "forbidden", _("Your role does not allow this."))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 404, "not_found", _("There is nothing here that you may see."))


def explain_method(request: HttpRequest, response: HttpResponse) -> None:
    """Fill in a 405, which Django sends without a word."""
    error = _("This address does not take requests of that kind.")
    full = answer(request, 405, "method_not_allowed", error)
    response.content = full.content
    response["Content-Type"] = full["Content-Type"]
    response["Content-Length"] = str(len(full.content))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if request.path.startswith("/api/"):
        error = _("The page is out of date. Load it again, then go on.")
        return JsonResponse({"error": error, "code": "csrf"}, status=403)
    return HttpResponse(get_template("403_csrf.html").render({}, request), status=403)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Needs neither database nor session, which may be what is broken."""
    # Middleware meets an absent database before any view does, and Django knows only this answer.
    if isinstance(sys.exc_info()[1], DATABASE_AWAY):
        return unavailable(request)
    error = _("Something went wrong on our side.")
    body = {"error": error, "code": "server_error", "request_id": origin.current().request_id}
    if request.path.startswith("/api/"):
        return JsonResponse(body, status=500)
    return HttpResponse(get_template("500.html").render(body), status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database or the storage is away: 503, come back soon."""
    code = Code.STORAGE_UNAVAILABLE
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = JsonResponse({"error": sentence(code), "code": code}, status=503)
    else:
        response = HttpResponse(get_template("503.html").render({}), status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


DATABASE_AWAY = (OperationalError, InterfaceError)

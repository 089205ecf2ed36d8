"""A site with views that fail, each in its own way."""

from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from fundus import urls
from jobs.storage import StorageAway

FAULTS: dict[str, Exception] = {
    "broken": ZeroDivisionError("Smith_Ann.jpg"),
    "database": OperationalError("the server closed the connection"),
    "storage": StorageAway("disk nearly full"),
    "bad": BadRequest("no"),
    "forbidden": PermissionDenied(),
    "missing": Http404(),
}


def fail(request: HttpRequest, fault: str) -> HttpResponse:
    raise FAULTS[fault]


urlpatterns: list[Any] = [
    path("fail/<fault>", fail),
    path("api/fail/<fault>", fail),
    *urls.urlpatterns,
]
handler400 = urls.handler400
handler403 = urls.handler403
handler404 = urls.handler404
handler500 = urls.handler500

"""Taking away what the dashboard shows: what would come and how to ask for it, then the file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.gates import role_required
from accounts.middleware import signed_in
from accounts.roles import Role
from jobs import tables
from uploads import exporting
from uploads.exporting.order import Kind, Version
from uploads.listing.figures import figures
from uploads.listing.selection import Selection
from uploads.serving import PRIVATE, SAFE
from uploads.views.dashboard import active_filters

CONTENT_TYPES = {Kind.CSV: tables.CONTENT_TYPE, Kind.ZIP: "application/zip"}
FILE_NAMES = {Kind.CSV: "fundus-manifest-{day}.csv", Kind.ZIP: "fundus-images-{day}.zip"}
NOT_OFFERED = gettext_lazy("Choose one of the values offered")


class ExportForm(forms.Form):
    format = forms.ChoiceField(choices=[(kind, kind.upper()) for kind in Kind])
    version = forms.ChoiceField(choices=[(one, one) for one in Version], required=False)
    names = forms.BooleanField(required=False)

    def order(self, selection: Selection) -> exporting.Order:
        return exporting.Order(
            user=selection.user,
            query=selection.query,
            kind=Kind(self.cleaned_data["format"]),
            count=figures(selection).shown.total,
            names=self.cleaned_data["names"],
            version=Version(self.cleaned_data["version"] or Version.ORIGINAL),
        )


@require_GET
@role_required(Role.UPLOADER, Role.DATA_MANAGER, Role.GRADER)
def export(request: HttpRequest) -> HttpResponseBase:
    selection = Selection.of(signed_in(request), request.GET)
    form = ExportForm(request.GET)
    if not selection.is_valid:
        error = _("One of the filters cannot be applied. Go back to the dashboard and set it anew.")
        return _page(request, selection, error=error)
    if "format" not in request.GET:
        return _page(request, selection)
    if not form.is_valid():
        return _page(request, selection, error=str(NOT_OFFERED))
    return _file(form.order(selection))


def _file(order: exporting.Order) -> StreamingHttpResponse:
    name = FILE_NAMES[order.kind].format(day=timezone.localdate().isoformat())
    headers = {
        **SAFE,
        "Cache-Control": PRIVATE,
        "Content-Disposition": f'attachment; filename="{name}"',
        # A proxy that gathers the whole answer first would show no progress, and no interruption.
        "X-Accel-Buffering": "no",
    }
    return StreamingHttpResponse(
        exporting.sent(order), content_type=CONTENT_TYPES[order.kind], headers=headers
    )


def _page(request: HttpRequest, selection: Selection, *, error: str = "") -> HttpResponse:
    found = figures(selection)
    context: dict[str, Any] = {
        "error": error,
        "count": found.shown.total,
        "stored_bytes": found.shown.stored_bytes,
        "at_most": found.names_left_out,
        "active": active_filters(selection),
        "query": selection.query,
        "filters": list(QueryDict(selection.query).items()),
        "kind": request.GET.get("format", Kind.CSV),
        "version": request.GET.get("version", Version.ORIGINAL),
        "names": "names" in request.GET,
    }
    return render(request, "uploads/export.html", context, status=422 if error else 200)

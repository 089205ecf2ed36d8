"""Importing grades: choose a table, look at what it would do, save all of it or none."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.gates import role_required
from accounts.middleware import signed_in
from accounts.roles import Role
from jobs import tables
from uploads import wire
from uploads.grading import importing, sheets
from uploads.grading.matching import Fault, Kind, Outcome, match

# The largest file with the rest of its form; more than a confirmed preview needs.
MAX_FORM_BYTES = sheets.MAX_MEGABYTES * sheets.MEGABYTE + 64 * 1024
SHOWN_AT_MOST = 500


@csrf_exempt  # checked in `_accept`, once the body has been parsed by our own handler
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.DATA_MANAGER)
def grades_import(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form(request)
    if wire.content_length(request) > MAX_FORM_BYTES:
        wire.drain_form(request)
        text = _("The file is too large: it may have up to %(limit)d MB. Split it")
        return _form(request, text % {"limit": sheets.MAX_MEGABYTES}, status=413)
    # Everywhere else files are refused; here one small one is read where it stands.
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    try:
        with wire.read_body_guard(request):
            request.POST  # noqa: B018 - parses the body
    except wire.Interrupted:
        return _form(request, _("The connection broke off. Choose the file again"), status=400)
    return _accept(request)


grades_import.own_body_limit = True  # type: ignore[attr-defined]


@csrf_protect
def _accept(request: HttpRequest) -> HttpResponse:
    if "proposal" not in request.POST:
        return _preview_file(request)
    try:
        proposal = importing.proposed(request.POST["proposal"], signed_in(request))
    except importing.Stale:
        text = _("This preview is more than a day old, or not yours. Choose the file again")
        return _form(request, text, status=422)
    if "problems" in request.POST:
        return _problems(match(proposal.rows, signed_in(request)))
    return _save(request, proposal)


def _preview_file(request: HttpRequest) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None:
        return _form(request, _("No selected file"), status=422)
    try:
        sheet = sheets.read(file.read())
    except sheets.Unreadable as unreadable:
        return _form(request, str(unreadable), status=422)
    outcome = match(sheet.rows, signed_in(request))
    return _preview(request, sheet, outcome)


def _save(request: HttpRequest, proposal: importing.Proposal) -> HttpResponse:
    applied = importing.apply(proposal, signed_in(request))
    if applied.outcome is not None:
        return _preview(request, sheets.Sheet(proposal.rows), applied.outcome, changed=True)
    if not applied.written:
        messages.info(request, _("These grades had been saved already. Nothing was saved twice."))
        return redirect("uploads:grades-import")
    text = ngettext("%(n)s grade saved.", "%(n)s grades saved.", applied.written)
    messages.success(request, text % {"n": f"{applied.written:,}"})
    return redirect("uploads:grades-import")


def _form(request: HttpRequest, error: str = "", *, status: int = 200) -> HttpResponse:
    context = {
        "error": error,
        "max_megabytes": sheets.MAX_MEGABYTES,
        "max_rows": sheets.MAX_ROWS,
    }
    return render(request, "uploads/grades_import.html", context, status=status)


def _preview(
    request: HttpRequest, sheet: sheets.Sheet, outcome: Outcome, *, changed: bool = False
) -> HttpResponse:
    try:
        proposal = importing.propose(sheet.rows, outcome, signed_in(request))
    except importing.TooMuchText:
        text = _("The notes of this file are too long altogether. Split it into several files")
        return _form(request, text, status=422)
    context = {
        "proposal": proposal,
        "remarks": sheet.remarks,
        "rows": len(sheet.rows),
        "matches": outcome.matches[:SHOWN_AT_MOST],
        "matched": len(outcome.matches),
        "revisions": outcome.revisions,
        "faults": len(outcome.faults),
        "groups": _grouped(outcome.faults),
        "shown_at_most": SHOWN_AT_MOST,
        "has_changed": changed,
    }
    status = 409 if changed else 200
    return render(request, "uploads/grades_import_preview.html", context, status=status)


def _grouped(faults: list[Fault]) -> list[dict[str, Any]]:
    groups = []
    for kind in Kind:
        found = [fault for fault in faults if fault.kind == kind]
        if found:
            groups.append({"kind": kind, "faults": found[:SHOWN_AT_MOST], "number": len(found)})
    return groups


def _problems(outcome: Outcome) -> HttpResponse:
    header = [_("Row"), _("File name"), _("Grade"), _("Problem"), _("Detail")]
    lines = [
        tables.row([fault.row.number, *_cells(fault), fault.kind.label, fault.detail])
        for fault in outcome.faults
    ]
    content = tables.BOM + tables.row(header) + "".join(lines)
    response = HttpResponse(content, content_type=tables.CONTENT_TYPE)
    response["Content-Disposition"] = 'attachment; filename="grades-problems.csv"'
    return response


def _cells(fault: Fault) -> tuple[str, str]:
    return fault.row.filename, fault.row.grade

"""Changing many images at once: the form, the preview, applying, and undoing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.gates import role_required
from accounts.middleware import signed_in
from accounts.roles import Role
from uploads import thumblinks
from uploads.changeforms import BulkForm
from uploads.changing import bulk, deletion, rules, undo
from uploads.models import BulkEdit, FundusImage
from uploads.models.changes import Outcome
from uploads.views.selected import APPLY, Selected, carried, unavailable, with_selected

PREVIEW = "preview"
Note = tuple[str, list[str]]


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.UPLOADER, Role.DATA_MANAGER)
@with_selected
def bulk_edit(request: HttpRequest, selected: Selected) -> HttpResponse:
    """`step` is empty for the form, `preview`, or `apply`."""
    user, step = signed_in(request), request.POST.get("step")
    if step not in {PREVIEW, APPLY}:
        return _form(request, selected, BulkForm(user=user, initial=request.POST.dict()))
    form = BulkForm(request.POST, user=user)
    if not form.is_valid():
        return _form(request, selected, form, status=422)
    return _preview(request, selected, form) if step == PREVIEW else _apply(request, selected, form)


def _form(
    request: HttpRequest, selected: Selected, form: BulkForm, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "form_error": form.complaint() if form.is_bound else "",
        "cards": [_card(request, image) for image in selected.images],
        "recent": undo.recent_of(signed_in(request))[:10],
        "query": carried(request),
    }
    return render(request, "uploads/bulk_edit.html", context, status=status)


def _preview(
    request: HttpRequest,
    selected: Selected,
    form: BulkForm,
    *,
    status: int = 200,
    notes: Iterable[Note] = (),
) -> HttpResponse:
    plan = bulk.plan(selected.images, form.wanted())
    context = {
        "changing": [_planned(request, row) for row in plan.changing],
        "same": [_planned(request, row) for row in plan.same],
        "hindered": [_planned(request, row) for row in plan.hindered],
        "total": len(plan.rows),
        "posted": form.posted(),
        "notes": list(notes),
        "query": carried(request),
    }
    return render(request, "uploads/bulk_preview.html", context, status=status)


def _apply(request: HttpRequest, selected: Selected, form: BulkForm) -> HttpResponse:
    seen = _versions(request.POST.getlist("versions"))
    versions = {each: seen.get(each, 0) for each in selected.ids}
    try:
        edit = bulk.apply(user=signed_in(request), versions=versions, wanted=form.wanted())
    except bulk.Hindered:
        return _preview(request, selected, form, status=422)
    except bulk.Outdated as outdated:
        return _outdated(request, selected, form, outdated)
    if edit is None:
        messages.info(request, rules.nothing_to_change(len(selected.images)))
    else:
        _tell(request, edit)
    return redirect(reverse("uploads:dashboard") + carried(request))


def _outdated(
    request: HttpRequest, selected: Selected, form: BulkForm, outdated: bulk.Outdated
) -> HttpResponse:
    """The preview anew, of what there is now."""
    user = signed_in(request)
    now = FundusImage.objects.of_keys(public_id__in=selected.ids).editable_by(user)
    images = list(now.select_related("lab_unit__hospital", "source_item__job"))
    if not images:
        return unavailable(request, len(selected.ids), len(selected.ids))
    notes: list[Note] = []
    if outdated.changed:
        title = _("Changed by somebody since the preview, shown below as they are now:")
        notes.append((title, [image.filename for image in outdated.changed]))
    if outdated.gone:
        number = len(outdated.gone)
        title = ngettext(
            "%(n)s image is not available any more and was left out.",
            "%(n)s images are not available any more and were left out.",
            number,
        )
        notes.append(
            (title % {"n": number}, list(deletion.names_of_deleted(user, outdated.gone).values()))
        )
    return _preview(request, Selected(images, set()), form, status=409, notes=notes)


def _versions(posted: Iterable[str]) -> dict[uuid.UUID, int]:
    """What the preview was made of, as it wrote it: `id:version`."""
    found = {}
    for text in posted:
        name, _colon, version = text.partition(":")
        try:
            found[uuid.UUID(name)] = int(version)
        except ValueError:
            continue
    return found


def _tell(request: HttpRequest, edit: BulkEdit) -> None:
    number = edit.rows.count()
    sentence = ngettext("Changed %(n)s image.", "Changed %(n)s images.", number) % {"n": number}
    address = reverse("uploads:bulk-edit-detail", args=[edit.public_id]) + carried(request)
    link = format_html(
        '<a class="btn btn-plain btn-sm" href="{}">{}</a>', address, _("Review and undo")
    )
    messages.success(request, format_html("{} {}", sentence, link))


def _card(request: HttpRequest, image: FundusImage) -> dict[str, Any]:
    return {"image": image, "thumbnail": thumblinks.links(request, image)}


def _planned(request: HttpRequest, row: bulk.Row) -> dict[str, Any]:
    told = {"changes": row.changes, "hindrance": row.hindrance}
    return _card(request, row.image) | told


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_edit_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """404 for edits of other people, exactly as for those that never were."""
    user = signed_in(request)
    edits = undo.edits_for(user).select_related("made_by", "undone_by")
    edit = edits.filter(public_id=public_id).first()
    if edit is None:
        there = BulkEdit.objects.filter(public_id=public_id).exists()
        audit.deny_unseen(BulkEdit, public_id, exists=there)
        raise Http404
    if request.method != "POST":
        return _detail(request, edit)
    try:
        left = undo.undo(user=user, edit=edit)
    except (undo.TooLate, undo.UndoneAlready, undo.NothingToUndo) as why:
        edit.refresh_from_db()
        return _detail(request, edit, error=REFUSALS[type(why)](), status=409)
    _tell_undone(request, edit, len(left))
    return redirect(request.get_full_path())


REFUSALS: dict[type[Exception], Callable[[], str]] = {
    undo.TooLate: lambda: _("Too late: a bulk edit can be undone for 24 hours."),
    undo.UndoneAlready: lambda: _("This bulk edit has been undone already."),
    undo.NothingToUndo: lambda: _("Nothing was undone: every image has been changed since."),
}


def _detail(
    request: HttpRequest, edit: BulkEdit, *, error: str = "", status: int = 200
) -> HttpResponse:
    user = signed_in(request)
    standings = undo.standings(user, edit)
    context = {
        "edit": edit,
        "made_by": edit.made_by.display_name,
        "undone_by": edit.undone_by.display_name if edit.undone_by else "",
        "until": edit.made_at + undo.POSSIBLE_FOR,
        "possible": undo.is_possible(edit),
        "standings": standings,
        "restorable": sum(each.outcome == Outcome.RESTORED for each in standings),
        "recent": undo.recent_of(user).exclude(pk=edit.pk)[:10],
        "error": error,
        "query": carried(request),
    }
    return render(request, "uploads/bulk_edit_detail.html", context, status=status)


def _tell_undone(request: HttpRequest, edit: BulkEdit, left: int) -> None:
    number = edit.rows.count() - left
    sentence = ngettext("Restored %(n)s image.", "Restored %(n)s images.", number) % {"n": number}
    if left:
        more = ngettext(
            "%(n)s image was left as it is; the list says why.",
            "%(n)s images were left as they are; the list says why.",
            left,
        )
        messages.warning(request, f"{sentence} {more % {'n': left}}")
    else:
        messages.success(request, sentence)

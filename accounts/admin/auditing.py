"""Admin pages whose every change is in the audit trail, in the transaction that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts import audit
from accounts.models import Action

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyAdmin = admin.ModelAdmin

NEVER_WRITTEN_DOWN = frozenset({"password", "link_made_at"})
Snapshot = dict[str, Any]


def snapshot(obj: models.Model) -> Snapshot:
    """What the database says of `obj` now, relations by name; {} for a row that is not there."""
    fresh = type(obj)._default_manager.filter(pk=obj.pk).first()
    if fresh is None:
        return {}
    columns = [field for field in fresh._meta.fields if field.name not in NEVER_WRITTEN_DOWN]
    values = {field.name: _plain(getattr(fresh, field.name)) for field in columns}
    for many in fresh._meta.many_to_many:
        values[many.name] = sorted(str(each) for each in getattr(fresh, many.name).all())
    return values


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | float | None) else str(value)


def changes(before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot]:
    """Both snapshots, cut down to what differs."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


class AuditedAdmin(AnyAdmin):
    """Writes down what was added, changed and deleted; its history page is the audit trail."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        form.before = snapshot(obj) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change:
            self.note_change(form.instance, form.before)
        else:
            note_added(form.instance)

    def note_change(self, obj: models.Model, before: Snapshot) -> None:
        note_change(obj, before)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        rows = [each.instance for each in formset.initial_forms if each.has_changed()]
        before = {id(row): (str(row.pk), snapshot(row)) for row in rows}
        super().save_formset(request, form, formset, change)
        for row in formset.new_objects:
            note_added(row)
        for row, _fields in formset.changed_objects:
            note_change(row, before[id(row)][1])
        for row in formset.deleted_objects:
            note_deleted(row, *before[id(row)])

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        pk, before = str(obj.pk), snapshot(obj)
        with transaction.atomic():
            super().delete_model(request, obj)
            note_deleted(obj, pk, before)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Deleting many at once asks nobody about each of them."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        about = {"object_type": self.opts.model_name, "object_id": object_id}
        return redirect(f"{reverse('admin:accounts_auditevent_changelist')}?{urlencode(about)}")


class ReadOnlyAdmin(AuditedAdmin):
    """Rows written by the program: to be read here, not to be touched."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def note_added(obj: models.Model) -> None:
    said = {name: value for name, value in snapshot(obj).items() if value not in (None, "", [])}
    audit.record(Action.RECORD_ADDED, obj, after=said)


def note_change(obj: models.Model, before: Snapshot) -> None:
    """Nothing is written where nothing changed."""
    old, new = changes(before, snapshot(obj))
    if new:
        audit.record(Action.RECORD_CHANGED, obj, before=old, after=new)


def note_deleted(obj: models.Model, pk: str, before: Snapshot) -> None:
    audit.record(Action.RECORD_DELETED, obj, object_id=pk, before=before)

"""Reference data: what is in use is deactivated, not deleted."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import IntegrityError, models, transaction
from django.db.models import PROTECT, ProtectedError, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin.auditing import AuditedAdmin, note_change, snapshot


def uses(obj: models.Model) -> list[str]:
    """What keeps `obj` from being deleted, counted: ["12 images", "1 job"]."""
    found = []
    for relation in obj._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ForeignObjectRel) and _on_delete(relation) is PROTECT:
            related = relation.related_model
            count = related._base_manager.filter(**{relation.field.name: obj}).count()
            if count:
                meta = related._meta
                name = meta.verbose_name if count == 1 else meta.verbose_name_plural
                found.append(f"{count:,} {name}")
    return found


def _on_delete(relation: models.ForeignObjectRel) -> object:
    return getattr(relation, "on_delete", None)


class ReferenceAdmin(AuditedAdmin):
    actions = ("deactivate", "activate")
    list_filter: ClassVar[Any] = ("is_active",)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        keeping = uses(obj) if obj is not None else []
        if keeping:
            return self._refuse(request, obj, ", ".join(keeping))
        try:
            return super().delete_view(request, object_id, extra_context)
        except (ProtectedError, IntegrityError):
            return self._refuse(request, obj, _("something new"))

    def _refuse(self, request: HttpRequest, obj: Any, keeping: str) -> HttpResponse:
        sentence = _("%(name)s is in use by %(uses)s and cannot be deleted. Deactivate it instead.")
        self.message_user(request, sentence % {"name": obj, "uses": keeping}, messages.ERROR)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", obj.pk)

    @admin.action(description=gettext_lazy("Deactivate"))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_active(request, queryset, active=False)

    @admin.action(description=gettext_lazy("Activate"))
    def activate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_active(request, queryset, active=True)

    def _set_active(self, request: HttpRequest, queryset: QuerySet[Any], *, active: bool) -> None:
        count = set_active(queryset, active=active)
        self.message_user(request, ngettext("%d changed.", "%d changed.", count) % count)


@transaction.atomic
def set_active(rows: QuerySet[Any], *, active: bool) -> int:
    """Switch on or off those rows that are not so yet; return their number."""
    changed = list(rows.exclude(is_active=active))
    for row in changed:
        before = snapshot(row)
        row.is_active = active
        row.save(update_fields=["is_active"])
        note_change(row, before)
    return len(changed)

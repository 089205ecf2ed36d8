from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.auditing import ReadOnlyAdmin
from accounts.admin.months import MonthFilter
from accounts.models import AuditEvent


class Month(MonthFilter):
    column = "at"


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "succeeded", "who", "about", "job", "ip")
    list_display_links = ("at",)
    list_filter = ("action", "succeeded", "at", Month)
    search_fields = (
        "actor_name",
        "on_behalf_of",
        "action",
        "object_type",
        "=object_id",
        "^job_token",
        "ip",
        "=request_id",
    )
    search_help_text = _("Person, action, kind or number of the object, job id, address, request.")
    fields = (
        ("at", "action", "succeeded"),
        ("actor_name", "on_behalf_of", "roles"),
        ("ip", "user_agent", "request_id"),
        ("object_type", "object_id", "job_token", "lab_unit_id"),
        "was",
        "became",
    )
    readonly_fields = ("was", "became")

    @admin.display(description=_("who"), ordering="actor_name")
    def who(self, event: AuditEvent) -> str:
        if event.on_behalf_of:
            return _("%(actor)s for %(person)s") % {
                "actor": event.actor_name,
                "person": event.on_behalf_of,
            }
        return event.actor_name

    @admin.display(description=_("about"), ordering="object_type")
    def about(self, event: AuditEvent) -> str | SafeString:
        name = f"{event.object_type} {event.object_id}".strip()
        kinds = {model._meta.model_name: model for model in self.admin_site._registry}  # noqa: SLF001
        model = kinds.get(event.object_type)
        if model is None or not event.object_id.isdigit():
            return name
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        return format_html('<a href="{}">{}</a>', reverse(page, args=[event.object_id]), name)

    @admin.display(description=_("job"), ordering="job_token")
    def job(self, event: AuditEvent) -> str | SafeString:
        if event.job_token is None:
            return ""
        address = reverse("jobs:job-results", args=[event.job_token])
        return format_html('<a href="{}">{}…</a>', address, str(event.job_token)[:8])

    @admin.display(description=_("before"))
    def was(self, event: AuditEvent) -> SafeString:
        return _listed(event.before)

    @admin.display(description=_("after"))
    def became(self, event: AuditEvent) -> SafeString:
        return _listed(event.after)


def _listed(values: dict[str, Any]) -> SafeString:
    text = json.dumps(values, ensure_ascii=False, indent=2) if values else "–"
    return format_html("<pre>{}</pre>", text)

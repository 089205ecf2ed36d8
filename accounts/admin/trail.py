"""The audit trail, to be read, however long it is: every list and search goes by an index."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.auditing import ReadOnlyAdmin
from accounts.admin.months import MonthFilter
from accounts.admin.newest import Newest
from accounts.models import Action, AuditEvent, AuditSeal

_ID_OR_BEGINNING = re.compile(r"[0-9a-f]{8,32}", re.IGNORECASE)


class Month(MonthFilter):
    column = "at"


class KindFilter(admin.SimpleListFilter):
    title = _("kind of object")
    parameter_name = "object_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        models = model_admin.admin_site._registry  # noqa: SLF001
        kinds = {str(each._meta.model_name): str(each._meta.verbose_name) for each in models}
        return sorted(kinds.items(), key=lambda kind: kind[1])

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent]
    ) -> QuerySet[AuditEvent]:
        return queryset.filter(object_type=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "succeeded", "who", "about", "job", "ip", "sealed")
    list_display_links = ("at",)
    list_filter = ("action", "succeeded", "at", Month, KindFilter)
    search_fields = ("request_id",)  # shows the box; `get_search_results` looks further
    search_help_text = _(
        "Job id or its first 8 characters, id of an image or another object, request, address, "
        "user name or action, in full."
    )
    sortable_by = ()
    ordering = ("-at", "-id")
    paginator = Newest
    fields = (
        ("at", "action", "succeeded"),
        ("actor_name", "on_behalf_of", "roles"),
        ("ip", "user_agent", "request_id"),
        ("object_type", "object_id", "job_token", "lab_unit_id"),
        "was",
        "became",
        "sealed",
    )
    readonly_fields = ("was", "became", "sealed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        seals = AuditSeal.objects.filter(last_id__gte=OuterRef("pk")).order_by("last_id")
        events: QuerySet[AuditEvent] = super().get_queryset(request)
        return events.annotate(seal=Subquery(seals.values("n")[:1]))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        return found(queryset, search_term.strip()), False

    @admin.display(description=_("who"), ordering="actor_name")
    def who(self, event: AuditEvent) -> str | SafeString:
        name = event.actor_name
        if event.on_behalf_of:
            name = _("%(actor)s for %(person)s") % {"actor": name, "person": event.on_behalf_of}
        query = urlencode({"actor_name": event.actor_name, "on_behalf_of": event.on_behalf_of})
        return format_html('<a href="?{}">{}</a>', query, name) if name else ""

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

    @admin.display(description=_("seal"))
    def sealed(self, event: Any) -> str | SafeString:
        if event.seal is None:
            return str(_("not yet"))
        address = reverse("admin:accounts_auditseal_change", args=[event.seal])
        return format_html('<a href="{}">{}</a>', address, event.seal)

    @admin.display(description=_("before"))
    def was(self, event: AuditEvent) -> SafeString:
        return _listed(event.before)

    @admin.display(description=_("after"))
    def became(self, event: AuditEvent) -> SafeString:
        return _listed(event.after)


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin):
    list_display = ("n", "made_at", "first_id", "last_id", "count", "digest")
    sortable_by = ()
    paginator = Newest
    exclude = ("marks",)


def found(rows: QuerySet[AuditEvent], text: str) -> QuerySet[AuditEvent]:
    """What the text is of the first kind that fits. A search for nothing finds everything."""
    if not text:
        return rows
    for condition in _conditions(text):
        if AuditEvent.objects.filter(condition).exists():
            return rows.filter(condition)
    # Not with OR: databases would read all that either has done to find the newest.
    newest = rows.order_by("-at", "-id").values_list("pk", flat=True)
    done = [newest.filter(**{name: text})[: Newest.listed] for name in PERSON]
    return rows.filter(pk__in=[pk for each in done for pk in each])


PERSON = ("actor_name", "on_behalf_of")


def _conditions(text: str) -> Iterator[Q]:
    digits = text.replace("-", "")
    if _ID_OR_BEGINNING.fullmatch(digits):
        yield Q(job_token__range=(UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))))
        yield Q(request_id=digits)
    yield Q(object_type__in=_kinds(), object_id=text)
    if text in Action.values:
        yield Q(action=text)
    with suppress(ValueError):
        yield Q(ip=str(ip_address(text)))


def _kinds() -> list[str]:
    """Every kind of object that events are about: the index begins with it."""
    ours = (model for model in apps.get_models() if model._meta.app_label in OURS)
    return [str(model._meta.model_name) for model in ours]


OURS = frozenset({"accounts", "jobs", "uploads"})


def _listed(values: dict[str, Any]) -> SafeString:
    text = json.dumps(values, ensure_ascii=False, indent=2) if values else "–"
    return format_html("<pre>{}</pre>", text)

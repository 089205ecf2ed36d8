"""Jobs and their items: to be read, and to be set going again or given up."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Page, Paginator
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.auditing import ReadOnlyAdmin
from accounts.admin.months import MonthFilter
from accounts.admin.on_object import ObjectActions
from jobs import repair
from jobs.models import Job, JobItem
from jobs.states import OPEN, ItemState

ITEMS_A_PAGE = 100


def tell(model_admin: Any, request: HttpRequest, outcomes: Any) -> None:
    if not outcomes:
        model_admin.message_user(request, _("There was nothing to do."), messages.WARNING)
        return
    gone_well = {repair.Outcome.REQUEUED, repair.Outcome.FAILED} >= set(outcomes)
    level = messages.SUCCESS if gone_well else messages.WARNING
    model_admin.message_user(request, repair.sentence(outcomes), level)


class PagedItems(BaseInlineFormSet):  # type: ignore[type-arg]
    """One page of a job's items: a job may have more than a thousand."""

    page_number: str | None = None
    page: Page[JobItem]

    def get_queryset(self) -> Any:
        if not hasattr(self, "page"):
            items = Paginator(super().get_queryset(), ITEMS_A_PAGE)
            self.page = items.get_page(self.page_number)
        return self.page.object_list


class ItemInline(admin.TabularInline):  # type: ignore[type-arg]
    model = JobItem
    formset = PagedItems
    template = "admin/jobs/job/items.html"
    fields = ("n", "filename", "badge_word", "code", "detail", "attempts", "finished_at")
    readonly_fields = fields
    ordering = ("n",)
    extra = 0
    show_change_link = True

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.page_number = request.GET.get("items")
        return formset

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("state"))
    def badge_word(self, item: JobItem) -> str:
        return item.get_state_display()


def counted(condition: Q) -> Coalesce:
    """The number of a job's items; worked out for the rows of the page only."""
    items = JobItem.objects.filter(condition, job=OuterRef("pk")).order_by().values("job")
    return Coalesce(
        Subquery(items.annotate(number=Count("pk")).values("number"), output_field=IntegerField()),
        Value(0),
    )


@admin.register(Job)
class JobAdmin(ObjectActions, ReadOnlyAdmin):
    list_display = (
        "short_token",
        "state",
        "stored",
        "not_stored",
        "unfinished",
        "uploader",
        "lab_unit",
        "created_at",
        "finished_at",
    )
    list_filter = ("state", "lab_unit__hospital", "created_at", MonthFilter)
    list_select_related = ("uploader", "lab_unit__hospital")
    search_fields = ("token", "uploader__username", "lab_unit__name", "lab_unit__hospital__name")
    search_help_text = _("Job id or its beginning, uploader, lab unit, hospital.")
    fields = (
        ("token", "state", "pages"),
        ("uploader", "lab_unit"),
        "labels",
        ("created_at", "last_received_at", "started_at", "finished_at"),
        ("origin_ip", "origin_agent"),
        ("stored", "not_stored", "unfinished"),
    )
    readonly_fields = ("token", "pages", "stored", "not_stored", "unfinished")
    inlines = (ItemInline,)
    actions = ("requeue", "fail")
    object_actions = ("requeue", "fail")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        jobs: QuerySet[Job] = super().get_queryset(request)
        return jobs.annotate(
            stored=counted(Q(state=ItemState.COMPLETED)),
            not_stored=counted(Q(state=ItemState.ERROR)),
            unfinished=counted(Q(state__in=OPEN)),
        )

    @admin.display(description=_("job id"), ordering="id")
    def short_token(self, job: Job) -> SafeString:
        return format_html('<span title="{}">{}…</span>', job.token, str(job.token)[:8])

    @admin.display(description=_("stored"))
    def stored(self, job: Any) -> int:
        return int(job.stored)

    @admin.display(description=_("failed or rejected"))
    def not_stored(self, job: Any) -> int:
        return int(job.not_stored)

    @admin.display(description=_("open"))
    def unfinished(self, job: Any) -> int:
        return int(job.unfinished)

    @admin.display(description=_("pages"))
    def pages(self, job: Job) -> SafeString:
        items = reverse("admin:jobs_jobitem_changelist")
        return format_html(
            '<a href="{}">{}</a> · <a href="{}?job__id__exact={}">{}</a>',
            *(reverse("jobs:job-results", args=[job.token]), _("Results")),
            *(items, job.pk, _("Items, to search and choose from")),
        )

    @admin.action(description=_("Queue failed files again"))
    def requeue(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        failed = JobItem.objects.filter(
            job__in=queryset.values("pk"), state=ItemState.ERROR, rejected=False
        )
        tell(self, request, repair.requeue_all(failed))

    @admin.action(description=_("Give up open files"))
    def fail(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        unfinished = JobItem.objects.open().filter(job__in=queryset.values("pk"))
        tell(self, request, repair.fail_all(unfinished))


@admin.register(JobItem)
class JobItemAdmin(ObjectActions, ReadOnlyAdmin):
    list_display = (
        "filename",
        "state",
        "code",
        "attempts",
        "job",
        "n",
        "received_at",
        "finished_at",
    )
    list_filter = ("state", "code", "rejected")
    list_select_related = ("job",)
    search_fields = ("job__token", "uid", "code", "=content_md5", "=declared_md5")
    search_help_text = _("Job id or its beginning, reason code, or the file's MD5.")
    readonly_fields = ("staged",)
    exclude = ("file",)
    actions = ("requeue", "fail")
    object_actions = ("requeue", "fail")

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return ["n"] if "job__id__exact" in request.GET else ["-id"]

    @admin.display(description=_("staged file"))
    def staged(self, item: JobItem) -> str:
        return item.file.name or "–"

    @admin.action(description=_("Queue again"))
    def requeue(self, request: HttpRequest, queryset: QuerySet[JobItem]) -> None:
        tell(self, request, repair.requeue_all(_by_key(queryset)))

    @admin.action(description=_("Give up"))
    def fail(self, request: HttpRequest, queryset: QuerySet[JobItem]) -> None:
        tell(self, request, repair.fail_all(_by_key(queryset)))


def _by_key(items: QuerySet[JobItem]) -> QuerySet[JobItem]:
    """The same items whatever state the repair gives them: the list may be filtered by state."""
    return JobItem.objects.filter(pk__in=list(items.values_list("pk", flat=True)))

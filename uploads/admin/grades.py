"""Grades, to be read: none is ever changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.admin.auditing import ReadOnlyAdmin
from accounts.admin.months import MonthFilter
from accounts.admin.newest import Newest
from uploads.admin import searching
from uploads.models import Grade

RELATED = ("disease", "scale", "level", "grader")


def step(grade: Grade) -> str:
    return f"{grade.level.value} · {grade.level.label}"


class Grades(admin.TabularInline):  # type: ignore[type-arg]
    """Of one image, newest first."""

    model = Grade
    fields = ("given", "scale", "grader", "given_at", "note", "imported")
    readonly_fields = fields
    extra = 0
    can_delete = False
    verbose_name_plural = _("grades")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grade]:
        grades: QuerySet[Grade] = super().get_queryset(request)
        return grades.select_related("scale__disease", *RELATED)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("grade"))
    def given(self, grade: Grade) -> str:
        return step(grade)


class Month(MonthFilter):
    column = "given_at"


@admin.register(Grade)
class GradeAdmin(ReadOnlyAdmin):
    list_display = (
        "image_shown",
        "disease",
        "given",
        "grader",
        "given_at",
        "note_begun",
        "imported",
    )
    list_display_links = ("given",)
    list_filter = (Month,)
    list_select_related = ("image", *RELATED)
    search_fields = ("image__public_id",)  # shows the box; `get_search_results` looks further
    search_help_text = _("Image id or its first 8 characters, or the user name of the grader.")
    sortable_by = ()
    ordering = ("-given_at", "-id")
    paginator = Newest
    fields = (
        ("image_shown", "disease", "scale"),
        ("given", "imported"),
        ("grader", "given_at"),
        "note",
        "seen_sha256",
    )
    readonly_fields = ("image_shown", "given", "given_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Grade], search_term: str
    ) -> tuple[QuerySet[Grade], bool]:
        return searching.grades(queryset, search_term.strip()), False

    @admin.display(description=_("image"))
    def image_shown(self, grade: Grade) -> SafeString:
        public_id = grade.image.public_id
        address = reverse("uploads:image-detail", args=[public_id])
        return format_html('<a href="{}">{}…</a>', address, str(public_id)[:8])

    @admin.display(description=_("grade"))
    def given(self, grade: Grade) -> str:
        return step(grade)

    @admin.display(description=_("note"))
    def note_begun(self, grade: Grade) -> str:
        return Truncator(grade.note).chars(60)

"""Images, to be read, however many there are: every list and search goes by an index."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.admin.auditing import ReadOnlyAdmin
from accounts.admin.months import MonthFilter
from accounts.admin.newest import Newest
from accounts.models import Action, LabUnit
from uploads.admin import searching
from uploads.admin.grades import Grades
from uploads.models import FundusImage


class LabUnitFilter(admin.SimpleListFilter):
    title = _("lab unit")
    parameter_name = "lab_unit"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        units = LabUnit.objects.select_related("hospital")
        return [(str(unit.pk), str(unit)) for unit in units]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[FundusImage]
    ) -> QuerySet[FundusImage]:
        unit, offered = self.value(), dict(self.lookup_choices)
        return queryset.filter(lab_unit=int(unit)) if unit and unit in offered else queryset


@admin.register(FundusImage)
class FundusImageAdmin(ReadOnlyAdmin):
    list_display = (
        "small",
        "filename",
        "lab_unit",
        "camera",
        "disease",
        "laterality",
        "uploaded_by",
        "created_at",
    )
    list_display_links = ("filename",)
    list_filter = (LabUnitFilter, MonthFilter)
    list_select_related = ("lab_unit__hospital", "camera", "disease", "uploaded_by")
    search_fields = ("public_id",)  # shows the box; `get_search_results` looks further
    search_help_text = _(
        "Image id or its first 8 characters, MD5, SHA-256 as stored, job id, user name, or words"
        " of the file name. Filter by more on the dashboard."
    )
    sortable_by = ()
    paginator = Newest
    inlines = (Grades,)
    ordering = ("-created_at", "-id")
    exclude = ("original", "thumbnail", "source_item")
    readonly_fields = ("picture", "pages", "stored_as", "public_id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[FundusImage], search_term: str
    ) -> tuple[QuerySet[FundusImage], bool]:
        return searching.images(queryset, search_term.strip()), False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        rest = [name for name in super().get_fields(request, obj) if name not in self._first]
        return [*self._first, *rest]

    _first = ("picture", "pages", "public_id", "filename")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        image = self.get_object(request, object_id)
        if image is not None:
            audit.record(
                Action.IMAGE_VIEWED,
                image,
                object_id=str(image.public_id),
                lab_unit_id=image.lab_unit_id,
                job_token=image.source_item.job.token,
            )
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description=_("image"))
    def small(self, image: FundusImage) -> SafeString:
        address = reverse("uploads:image-thumbnail", args=[image.public_id])
        return format_html('<img class="thumbnail" src="{}" alt="" loading="lazy">', address)

    @admin.display(description=_("image"))
    def picture(self, image: FundusImage) -> SafeString:
        return self.small(image)

    @admin.display(description=_("pages"))
    def pages(self, image: FundusImage) -> SafeString:
        job = image.source_item.job
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            *(reverse("uploads:image-detail", args=[image.public_id]), _("Image page")),
            *(reverse("admin:jobs_job_change", args=[job.pk]), _("Upload job")),
        )

    @admin.display(description=_("stored as"))
    def stored_as(self, image: FundusImage) -> str:
        return f"{image.original.name}, {image.thumbnail.name}"

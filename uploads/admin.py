"""Cameras, diseases with their grade scales, areas; and the images, to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.admin.auditing import ReadOnlyAdmin
from accounts.admin.months import MonthFilter
from accounts.admin.reference import ReferenceAdmin
from accounts.models import Action
from uploads.models import Area, Camera, Disease, FundusImage, GradeLevel, GradeScale


@admin.register(Camera)
class CameraAdmin(ReferenceAdmin):
    list_display = ("name", "make", "model", "is_active")
    search_fields = ("name", "make", "model")


class Scales(admin.TabularInline):  # type: ignore[type-arg]
    model = GradeScale
    extra = 1
    can_delete = False
    show_change_link = True
    verbose_name_plural = _("grade scales (their steps: Change)")


@admin.register(Disease)
class DiseaseAdmin(ReferenceAdmin):
    list_display = ("name", "position", "is_active")
    search_fields = ("name",)
    inlines = (Scales,)


class Levels(admin.TabularInline):  # type: ignore[type-arg]
    model = GradeLevel
    extra = 1


@admin.register(GradeScale)
class GradeScaleAdmin(ReferenceAdmin):
    list_display = ("name", "disease", "is_active")
    list_filter = ("disease", "is_active")
    list_select_related = ("disease",)
    inlines = (Levels,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What was graded by a scale was graded for its disease."""
        return ("disease",) if obj else ()


@admin.register(Area)
class AreaAdmin(ReferenceAdmin):
    """Eyes are given; only how they are called and whether they are offered can change."""

    list_display = ("laterality", "label", "is_active")
    list_display_links = ("laterality", "label")
    fields = ("laterality", "label", "is_active")
    readonly_fields = ("laterality",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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
    list_filter = (
        "lab_unit__hospital",
        "camera",
        "disease",
        "laterality",
        "mydriatic",
        "pregraded",
        "created_at",
        MonthFilter,
    )
    list_select_related = ("lab_unit__hospital", "camera", "disease", "uploaded_by")
    search_fields = (
        "^public_id",
        "filename",
        "=content_md5",
        "=content_sha256",
        "=stored_sha256",
        "uploaded_by__username",
        "^source_item__job__token",
    )
    search_help_text = _("Image id, file name, hash, uploader, or job id.")
    ordering = ("-created_at", "-id")
    exclude = ("original", "thumbnail", "source_item")
    readonly_fields = ("picture", "pages", "stored_as", "public_id")

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

"""Cameras, diseases with their grade scales, and areas."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.forms.formsets import DELETION_FIELD_NAME
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.reference import ReferenceAdmin, uses
from uploads.models import Area, Camera, Disease, GradeLevel, GradeScale


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


class LevelForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a step that was given means must stay readable in files and exports."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        is_deleted, is_changed = data.get(DELETION_FIELD_NAME), "value" in self.changed_data
        is_old = self.instance.pk is not None
        used = ", ".join(uses(self.instance)) if is_old and (is_deleted or is_changed) else ""
        if used and is_deleted:
            # Else the form would be taken as deleted, and nobody would see what it says.
            data[DELETION_FIELD_NAME] = False
            text = _("%(step)s is in use by %(uses)s and cannot be deleted. Switch it off instead.")
            raise forms.ValidationError(text % {"step": self.instance, "uses": used})
        if used:
            text = _(
                "This step is in use by %(uses)s, so its value stays. Correct the label, or switch"
                " the step off and add another one."
            )
            self.add_error("value", text % {"uses": used})
        return data


class Levels(admin.TabularInline):  # type: ignore[type-arg]
    model = GradeLevel
    form = LevelForm
    extra = 1
    verbose_name_plural = _(
        "steps (those that are in use keep their value; switch off, not delete)"
    )


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

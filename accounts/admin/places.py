from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.reference import ReferenceAdmin
from accounts.models import Hospital, LabUnit


class LabUnits(admin.TabularInline):  # type: ignore[type-arg]
    model = LabUnit
    extra = 1
    can_delete = False
    show_change_link = True


@admin.register(Hospital)
class HospitalAdmin(ReferenceAdmin):
    list_display = ("name", "is_active", "units")
    search_fields = ("name", "lab_units__name")
    inlines = (LabUnits,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hospital]:
        hospitals: QuerySet[Hospital] = super().get_queryset(request)
        return hospitals.annotate(units=Count("lab_units", distinct=True))

    @admin.display(description=_("lab units"))
    def units(self, hospital: Any) -> int:
        return int(hospital.units)


@admin.register(LabUnit)
class LabUnitAdmin(ReferenceAdmin):
    list_display = ("name", "hospital", "is_active", "people")
    list_filter = ("hospital", "is_active")
    search_fields = ("name", "hospital__name")
    list_select_related = ("hospital",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LabUnit]:
        units: QuerySet[LabUnit] = super().get_queryset(request)
        return units.annotate(people=Count("users", distinct=True))

    def get_readonly_fields(
        self, request: HttpRequest, obj: LabUnit | None = None
    ) -> tuple[str, ...]:
        # Images take their hospital from the unit: moving the unit would move them all.
        return ("hospital",) if obj else ()

    @admin.display(description=_("people"))
    def people(self, unit: Any) -> int:
        return int(unit.people)

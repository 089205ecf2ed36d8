"""The filters of the dashboard, for images and for what counts them alike."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from uploads.forms import NOT_OFFERED
from uploads.listing.choices import Offered
from uploads.listing.widgets import LongSelect
from uploads.models import FundusImage, ScopedQuerySet

ANY = _("Any")
YES_NO = (("yes", _("Yes")), ("no", _("No")))
NEWEST, OLDEST = "newest", "oldest"
# Days and names are not among what a kind of image is told by.
NOT_OF_A_KIND = ("date_from", "date_to", "filename", "sort")


class YesNo(django_filters.ChoiceFilter):  # type: ignore[misc]
    def __init__(self, field_name: str, label: Any) -> None:
        super().__init__(
            field_name=field_name, label=label, widget=LongSelect, choices=YES_NO, empty_label=ANY
        )

    def filter(self, qs: ScopedQuerySet, value: str) -> ScopedQuerySet:
        return qs.filter(**{self.field_name: value == "yes"}) if value else qs


class Date(django_filters.DateFilter):  # type: ignore[misc]
    def __init__(self, lookup: str, label: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(field_name="day", lookup_expr=lookup, label=label, widget=widget)


class Numbered(django_filters.TypedChoiceFilter):  # type: ignore[misc]
    """One of the rows offered, by its id."""

    def __init__(self, field_name: str, label: Any, **options: Any) -> None:
        super().__init__(
            field_name=field_name,
            label=label,
            coerce=int,
            empty_value=None,
            widget=LongSelect,
            **options,
        )


class ImageFilter(django_filters.FilterSet):  # type: ignore[misc]
    """`narrow` applies what is chosen to images, tallies and totals: their columns have the same
    names. The file name and the order are left to whoever reads images.
    """

    hospital = Numbered("lab_unit", _("Hospital"), method="in_hospital")
    lab_unit = Numbered("lab_unit", _("Lab unit"))
    disease = Numbered("disease", _("Disease"))
    area = django_filters.ChoiceFilter(
        field_name="laterality", label=_("Area"), widget=LongSelect, empty_label=None
    )
    camera = Numbered("camera", _("Camera"))
    date_from = Date("gte", _("From"))
    date_to = Date("lte", _("To"))
    uploader = Numbered("uploaded_by", _("Uploader"))
    graded = YesNo("graded", _("Graded"))
    pregraded = YesNo("pregraded", _("Pre-graded"))
    mydriatic = YesNo("mydriatic", _("Mydriatic"))
    filename = django_filters.CharFilter(label=_("File name"), method="as_it_is", max_length=120)
    sort = django_filters.ChoiceFilter(
        label=_("Order"),
        widget=LongSelect,
        method="as_it_is",
        choices=((NEWEST, _("Newest first")), (OLDEST, _("Oldest first"))),
        empty_label=None,
    )

    class Meta:
        model = FundusImage
        fields: list[str] = []

    def __init__(self, data: Any, *, user: User, offered: Offered) -> None:
        super().__init__(data, FundusImage.objects.none())
        self.offered = offered
        choices: dict[str, list[Any]] = {
            "hospital": offered.hospitals,
            "lab_unit": offered.lab_units,
            "camera": offered.cameras,
            "disease": offered.diseases,
            "area": offered.areas,
            "uploader": offered.uploaders,
        }
        for name, values in choices.items():
            self.filters[name].extra["choices"] = [("", ANY), *values]
        if not (user.is_administrator or user.has_role(Role.DATA_MANAGER)):
            del self.filters["uploader"]
        for field in self.form.fields.values():
            if isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = NOT_OFFERED

    def narrow(self, rows: ScopedQuerySet, *, days: bool) -> ScopedQuerySet:
        """`days`: whether these rows have one. Nothing, where something chosen is impossible."""
        if not self.form.is_valid():
            return rows.none()
        for name, value in self.form.cleaned_data.items():
            if days or name not in NOT_OF_A_KIND:
                rows = self.filters[name].filter(rows, value)
        return rows

    def in_hospital(self, rows: ScopedQuerySet, name: str, hospital: int) -> ScopedQuerySet:
        # As numbers: planners misjudge a join from a million rows to sixty.
        units = [unit for unit, of in self.offered.hospital_of.items() if of == hospital]
        return rows.filter(lab_unit__in=units)

    def as_it_is(self, rows: ScopedQuerySet, name: str, value: str) -> ScopedQuerySet:
        return rows

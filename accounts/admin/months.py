"""Finding the time of a row in long tables."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

MONTHS_SHOWN = 36
MONTH = re.compile(r"([12]\d{3})-(0[1-9]|1[0-2])")


class MonthFilter(admin.SimpleListFilter):
    """The months between the first and the last row, newest first.

    Django's own date hierarchy reads every row of the table to learn which days there are; this
    needs the two ends of an index.
    """

    title = _("month")
    parameter_name = "month"
    column = "created_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = model_admin.model._default_manager.order_by(self.column)
        times = rows.values_list(self.column, flat=True)
        # Not both as one aggregate: SQLite would read the whole index.
        ends = [times.first(), times.last()]
        if ends[0] is None:
            return []
        first, last = (_number(timezone.localtime(end)) for end in ends)
        months = [_start(number) for number in range(last, first - 1, -1)][:MONTHS_SHOWN]
        return [(f"{month:%Y-%m}", date_format(month, "F Y")) for month in months]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = MONTH.fullmatch(self.value() or "")
        if chosen is None:
            return queryset
        number = int(chosen[1]) * 12 + int(chosen[2]) - 1
        between = {f"{self.column}__gte": _start(number), f"{self.column}__lt": _start(number + 1)}
        return queryset.filter(**between)


def _number(moment: datetime) -> int:
    """Months since the year 0."""
    return moment.year * 12 + moment.month - 1


def _start(number: int) -> datetime:
    return timezone.make_aware(datetime(number // 12, number % 12 + 1, 1))  # noqa: DTZ001

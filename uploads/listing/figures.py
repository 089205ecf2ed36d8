"""The numbers above the list: of all that may be seen, and of what is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from uploads.listing.choices import Counts, counts
from uploads.listing.names import FEW
from uploads.listing.selection import Selection
from uploads.models import ImageTally, ScopedQuerySet

KIND = ("camera", "disease", "laterality")


@dataclass(frozen=True, slots=True)
class Figures:
    """`chosen` is None where nothing is filtered. Where `names_left_out`, a file name is looked
    for that so many files bear that they are not counted: `chosen` then follows the other filters.
    """

    everything: Counts
    chosen: Counts | None
    names_left_out: bool = False

    @property
    def shown(self) -> Counts:
        return self.chosen or self.everything


def figures(selection: Selection) -> Figures:
    everything = selection.offered.counts
    if not selection.is_filtered:
        return Figures(everything, None)
    names = selection.named
    if names and names.ids is not None:
        return Figures(everything, _counted(selection.images()))
    chosen = _of_days(selection) if selection.has_days else _added_up(selection.totals())
    if names and chosen.total <= FEW:
        return Figures(everything, _counted(selection.images_counted_by(selection.tallies())))
    return Figures(everything, chosen, names_left_out=names is not None)


def _of_days(selection: Selection) -> Counts:
    """Added up day by day, or the days outside taken away from all, whichever are fewer."""
    days = ImageTally.objects.order_by("day").values_list("day", flat=True)
    # Not both as one aggregate: SQLite would read a whole index.
    earliest, latest = days.first(), days.last()
    if not selection.is_valid or earliest is None or latest is None:
        return counts([])
    first = max(selection.chosen.get("date_from") or earliest, earliest)
    last = min(selection.chosen.get("date_to") or latest, latest)
    if (last - first) * 2 < latest - earliest:
        return _added_up(selection.tallies())
    outside = Q(day__lt=first) | Q(day__gt=last)
    return _added_up(selection.totals()).less(_added_up(selection.tallies_of_any_day(outside)))


def _added_up(rows: ScopedQuerySet) -> Counts:
    sums = rows.values_list(*KIND).annotate(n=Sum("count"), size=Sum("stored_bytes"))
    return counts(sums.order_by())


def _counted(images: ScopedQuerySet) -> Counts:
    sums = images.values_list(*KIND).annotate(n=Count("pk"), size=Sum("stored_size"))
    return counts(sums.order_by())

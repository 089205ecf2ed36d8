"""Walking through the images of a selection, newest or oldest first, from any point at one price.

Day by day the counts tell where the next images are, so that no walk reads through others to find
them. Whole stretches of days are read at once; names are the only thing no count knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Self

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from uploads.listing.selection import Selection
from uploads.models import FundusImage, ScopedQuerySet

PAGE_SIZE = 48
# Up to so many images of a stretch are sorted; more are read in their order until there are enough.
SORTED_AT_ONCE = 4000
# How many images, or days, one search through names reads at the most.
NAMES_READ, DAYS_READ = 6_000, 400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Point(NamedTuple):
    """A place in the order of all images, which need not be there any more."""

    day: date
    created_at: datetime
    pk: int

    @classmethod
    def of(cls, image: FundusImage) -> Self:
        return cls(image.day, image.created_at, image.pk)

    def __str__(self) -> str:
        microseconds = (self.created_at - _EPOCH) // timedelta(microseconds=1)
        return f"{self.day:%Y%m%d}-{microseconds}-{self.pk}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """What `str` wrote; None for anything else."""
        try:
            day, microseconds, pk = text.split("-")
            when = _EPOCH + timedelta(microseconds=int(microseconds))
            on = datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone
            return cls(on, when, int(pk) % 2**63)
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Images in the direction walked; `more` may lie beyond, from `beyond` on if that is set."""

    images: list[FundusImage]
    more: bool
    beyond: Point | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Images as they are shown. Query strings lead to the pages beside this one, "" to none."""

    images: list[FundusImage]
    newer: str = ""
    older: str = ""
    # Where a search through names has paused, for want of time.
    paused_at: date | None = None


def page(selection: Selection, size: int = PAGE_SIZE) -> Page:
    """The page that the selection's parameters `after` or `before` point to, or the first."""
    after = Point.read(selection.params.get("after", ""))
    before = Point.read(selection.params.get("before", ""))
    if before:
        back = walk(selection, before, newest_first=selection.oldest_first, limit=size)
        if back.more:
            images = back.images[::-1]
            ahead = Point.of(images[-1]) if images else before
            behind = back.beyond or Point.of(images[0])
            return _page(selection, images, behind, ahead, back.beyond)
        after = None
    on = walk(selection, after, newest_first=not selection.oldest_first, limit=size)
    onward = on.beyond or (Point.of(on.images[-1]) if on.more else None)
    backward = Point.of(on.images[0]) if after and on.images else after
    return _page(selection, on.images, backward, onward, on.beyond)


def _page(
    selection: Selection,
    images: list[FundusImage],
    backward: Point | None,
    onward: Point | None,
    paused: Point | None,
) -> Page:
    behind = selection.query_with(before=str(backward)) if backward else ""
    ahead = selection.query_with(after=str(onward)) if onward else ""
    newer, older = (ahead, behind) if selection.oldest_first else (behind, ahead)
    return Page(images, newer=newer, older=older, paused_at=paused.day if paused else None)


def batches(selection: Selection, size: int) -> Iterator[list[FundusImage]]:
    """All images, newest first. What the user may see is asked anew for each batch."""
    point, more = None, True
    while more:
        stretch = walk(selection.renewed(), point, newest_first=True, limit=size)
        if stretch.images:
            yield stretch.images
            point = Point.of(stretch.images[-1])
        point, more = stretch.beyond or point, stretch.more


# --- Walking ------------------------------------------------------------------------------


def walk(selection: Selection, start: Point | None, *, newest_first: bool, limit: int) -> Stretch:
    """The next images after `start`, at most `limit`."""
    names = selection.named
    if names and names.ids is not None:
        return _next(_sorted(selection.images(), start, newest_first), limit)
    days = _days(selection, start, newest_first=newest_first, limit=limit)
    if not days.count:
        return Stretch([], more=False)
    found = _next(days.images(selection, start, newest_first=newest_first), limit)
    if found.more or days.are_last:
        return found
    edge = _edge(days.last, newest_first=newest_first)
    return Stretch(found.images, more=True, beyond=edge)


@dataclass(frozen=True, slots=True)
class _Days:
    """Whole days that hold the next images, `count` of them."""

    first: date
    last: date
    count: int
    are_last: bool

    def images(
        self, selection: Selection, start: Point | None, *, newest_first: bool
    ) -> ScopedQuerySet:
        between = sorted((self.first, self.last))
        if self.count > SORTED_AT_ONCE and not selection.named:
            images = selection.images_of_any_name().filter(day__range=between)
            return _in_order(_after(images, start, newest_first), newest_first)
        tallies = selection.tallies().filter(day__range=between)
        return _sorted(selection.images_counted_by(tallies), start, newest_first)


def _days(selection: Selection, start: Point | None, *, newest_first: bool, limit: int) -> _Days:
    wanted = NAMES_READ if selection.named else limit + 1
    days = selection.tallies().values_list("day").annotate(n=Sum("count"))
    if start:
        days = days.filter(**{"day__lte" if newest_first else "day__gte": start.day})
    most = DAYS_READ if selection.named else wanted + 1
    rows = list(days.order_by("-day" if newest_first else "day")[: most + 1])
    if not rows:
        return _Days(date.min, date.min, 0, are_last=True)
    taken = _enough(rows[:most], wanted, start)
    return _Days(
        rows[0][0], rows[taken - 1][0], sum(n for _, n in rows[:taken]), taken == len(rows)
    )


def _enough(rows: list[tuple[date, int]], wanted: int, start: Point | None) -> int:
    """How many of the days hold `wanted` images; those of the first may lie before the start."""
    found = 0
    for number, (day, count) in enumerate(rows, 1):
        found += 0 if start and day == start.day else count
        if found >= wanted:
            return number
    return len(rows)


def _edge(day: date, *, newest_first: bool) -> Point:
    """The point between that day and the next one in the direction walked."""
    midnight = datetime.combine(day if newest_first else day + timedelta(days=1), time.min)
    return Point(day, timezone.make_aware(midnight), 0)


def _next(images: ScopedQuerySet, limit: int) -> Stretch:
    """Ids first, then their rows: whole rows are dear to sort."""
    ids = list(images.values_list("pk", flat=True)[: limit + 1])
    rows = FundusImage.objects.select_related(
        "lab_unit__hospital", "camera", "disease", "uploaded_by"
    ).in_bulk(ids[:limit])
    return Stretch([rows[pk] for pk in ids[:limit] if pk in rows], more=len(ids) > limit)


def _in_order(images: ScopedQuerySet, newest_first: bool) -> ScopedQuerySet:
    sign = "-" if newest_first else ""
    return images.order_by(f"{sign}created_at", f"{sign}id")


def _sorted(images: ScopedQuerySet, start: Point | None, newest_first: bool) -> ScopedQuerySet:
    """In order too, but found first and sorted then.

    Offered an index in the order wanted, planners may read a million rows along it for the few
    that match: an expression keeps it out of their sight.
    """
    created = Coalesce("created_at", "created_at")
    images = _after(images, start, newest_first)
    if newest_first:
        return images.order_by(created.desc(), "-id")
    return images.order_by(created.asc(), "id")


def _after(images: ScopedQuerySet, start: Point | None, newest_first: bool) -> ScopedQuerySet:
    return images.filter(_beyond(start, newest_first=newest_first)) if start else images


def _beyond(start: Point, *, newest_first: bool) -> Q:
    side = "lt" if newest_first else "gt"
    # The first condition says nothing new, but is the one for which planners use an index.
    reached = Q(**{f"created_at__{side}e": start.created_at})
    return reached & (
        Q(**{f"created_at__{side}": start.created_at}) | Q(**{f"pk__{side}": start.pk})
    )

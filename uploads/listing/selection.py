"""What somebody asks to see: the images they may see, narrowed by what they chose."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

from accounts.models import User
from uploads.listing.choices import Offered, offered
from uploads.listing.filters import OLDEST, ImageFilter
from uploads.listing.names import Named, named
from uploads.models import FundusImage, ImageTally, ImageTotal, ScopedQuerySet

# Parameters that say where a page begins, and the most letters of one.
PLACES, LONGEST = ("after", "before"), 64


class Selection:
    """Everything read through it starts from what `user` may see."""

    def __init__(self, user: User, params: QueryDict) -> None:
        self.user = user
        self.params = params

    @classmethod
    def of(cls, user: User, params: QueryDict) -> Self:
        return cls(user, params)

    def renewed(self) -> Selection:
        """The same wish of the user as they are now: roles and units may have changed."""
        return Selection(User.objects.get(pk=self.user.pk), self.params)

    @cached_property
    def offered(self) -> Offered:
        return offered(self.user)

    @cached_property
    def filter(self) -> ImageFilter:
        return ImageFilter(self.params, user=self.user, offered=self.offered)

    @property
    def form(self) -> Any:
        return self.filter.form

    @cached_property
    def is_valid(self) -> bool:
        return bool(self.form.is_valid())

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """By name of the filter, what is chosen; the order is no filter."""
        values = getattr(self.form, "cleaned_data", {}) if self.is_valid else {}
        return {
            name: value
            for name, value in values.items()
            if value not in (None, "") and name != "sort"
        }

    @property
    def is_filtered(self) -> bool:
        return bool(self.chosen) or not self.is_valid

    @property
    def has_days(self) -> bool:
        return "date_from" in self.chosen or "date_to" in self.chosen

    @cached_property
    def oldest_first(self) -> bool:
        return self.is_valid and self.form.cleaned_data.get("sort") == OLDEST

    @cached_property
    def named(self) -> Named | None:
        text = self.chosen.get("filename")
        return named(text) if text else None

    @property
    def query(self) -> str:
        return self.query_with()

    @property
    def here(self) -> str:
        """The query string of the very page of the list that was asked for."""
        places = {name: self.params.get(name, "") for name in PLACES}
        return self.query_with(
            **{name: at for name, at in places.items() if 0 < len(at) <= LONGEST}
        )

    def query_with(self, **changes: str | None) -> str:
        """The query string of this selection, with some parameters changed or left out."""
        wanted = {name: str(self.params[name]) for name in self.chosen}
        if self.oldest_first:
            wanted["sort"] = OLDEST
        wanted |= {name: value for name, value in changes.items() if value is not None}
        for name, value in changes.items():
            if value is None:
                wanted.pop(name, None)
        return urlencode(wanted)

    def images(self) -> ScopedQuerySet:
        images = self.images_of_any_name()
        return self.named.narrow(images) if self.named else images

    def images_of_any_name(self) -> ScopedQuerySet:
        return self.filter.narrow(FundusImage.objects.visible_to(self.user), days=True)

    def images_counted_by(self, tallies: ScopedQuerySet) -> ScopedQuerySet:
        """Those images of a part of `tallies`: the counts lead straight to them."""
        ids = list(tallies.values_list("pk", flat=True))
        images = FundusImage.objects.of_keys(tally__in=ids).visible_to(self.user)
        return self.named.narrow(images) if self.named else images

    def tallies_of_any_day(self, which: Q) -> ScopedQuerySet:
        rows = ImageTally.objects.visible_to(self.user).filter(which, count__gt=0)
        return self.filter.narrow(rows, days=False)

    def tallies(self) -> ScopedQuerySet:
        """Counts day by day, whatever the names."""
        rows = ImageTally.objects.visible_to(self.user).filter(count__gt=0)
        return self.filter.narrow(rows, days=True)

    def totals(self) -> ScopedQuerySet:
        """Counts of all days, whatever the names."""
        rows = ImageTotal.objects.visible_to(self.user).filter(count__gt=0)
        return self.filter.narrow(rows, days=False)

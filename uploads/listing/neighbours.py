"""The images before and after one in the list of a selection, as far as that list goes on."""

from __future__ import annotations

import time
from typing import NamedTuple
from uuid import UUID

from uploads.listing.pages import Point, walk
from uploads.listing.selection import Selection
from uploads.models import FundusImage

PATIENCE = 0.1  # seconds for a search through names, in one direction


class Beside(NamedTuple):
    """No `image` is the end of the list, unless the search may go on from `beyond`."""

    image: UUID | None
    beyond: Point | None = None


def preceding(selection: Selection, image: FundusImage) -> Beside:
    """The image just before `image`, which need not be of the selection itself."""
    return _beside(selection, image, newest_first=selection.oldest_first)


def following(selection: Selection, image: FundusImage) -> Beside:
    return _beside(selection, image, newest_first=not selection.oldest_first)


def _beside(selection: Selection, image: FundusImage, *, newest_first: bool) -> Beside:
    end, point = time.monotonic() + PATIENCE, Point.of(image)
    while True:
        stretch = walk(selection, point, newest_first=newest_first, limit=1)
        if stretch.images:
            return Beside(stretch.images[0].public_id)
        if stretch.beyond is None or time.monotonic() >= end:
            return Beside(None, stretch.beyond)
        point = stretch.beyond

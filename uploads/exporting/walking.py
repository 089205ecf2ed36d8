"""The images of an export, batch by batch, for as long as the one who asked may see them."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import QueryDict

from accounts.models import User
from uploads.exporting.order import ExportBroken, Order
from uploads.listing import pages
from uploads.listing.selection import Selection
from uploads.models import FundusImage


def batches(order: Order, size: int) -> Iterator[list[FundusImage]]:
    """Newest first, each batch by a query of its own.

    Raises ExportBroken once a role, a unit or the account is lost, where the list would only seem
    to have ended.
    """
    selection = Selection.of(order.user, QueryDict(order.query))
    had = _rights(order.user)
    for found in pages.batches(selection, size):
        _require(order.user, had)
        yield found
    _require(order.user, had)


def _rights(user: User) -> frozenset[object]:
    return user.roles | frozenset(user.lab_unit_ids)


def _require(user: User, had: frozenset[object]) -> None:
    if not had <= _rights(User.objects.get(pk=user.pk)):
        raise ExportBroken("a role, a unit or the account was lost")

"""Sending an export: no database held meanwhile, and its end in the trail, however it ends."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import closing
from typing import Any

from accounts import audit, origin
from accounts.models import Action
from uploads.exporting import archive, manifest
from uploads.exporting.order import Kind, Order
from uploads.wire import release_database

Pieces = Generator[bytes, None, None]


def sent(order: Order) -> Pieces:
    """The bytes of the file that was ordered; the start of the export is in the trail already.

    Raises what breaks it off: the connection then ends without the file's end.
    """
    audit.record(Action.EXPORTED, after=_asked(order))
    return _noted(order, origin.current())


def _noted(order: Order, who: origin.Origin) -> Pieces:
    # Runs after the middleware has left: nothing beside the request tells who is acting any more.
    whole = False
    try:
        with closing(_pieces(order)) as pieces:
            for piece in pieces:
                release_database()
                yield piece
        whole = True
    finally:
        with origin.acting(who):
            audit.record(Action.EXPORTED, succeeded=whole, after=_told(order, whole=whole))


def _pieces(order: Order) -> Pieces:
    return archive.pieces(order) if order.kind == Kind.ZIP else manifest.pieces(order)


def _asked(order: Order) -> dict[str, Any]:
    return {
        "phase": "started",
        "format": order.kind,
        "filters": order.query,
        "count": order.count,
        "names": order.names,
        "version": order.version,
    }


def _told(order: Order, *, whole: bool) -> dict[str, Any]:
    told = {
        "phase": "completed" if whole else "broken off",
        "format": order.kind,
        "sent": order.progress.sent,
        "problems": order.progress.problems,
    }
    reason = sys.exc_info()[0]
    return told if whole or reason is None else {**told, "reason": reason.__name__}

"""What a row of the trail says, in one form on every database, and the keyed hashes over it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import AuditEvent

# Every column but the id. A change is told by its group.
GROUPS = {
    "when": ("at",),
    "who": ("actor_id", "actor_name", "on_behalf_of", "roles"),
    "from where": ("ip", "user_agent", "request_id"),
    "what": (
        *("action", "succeeded", "object_type", "object_id"),
        *("lab_unit_id", "job_token"),
    ),
    "before and after": ("before", "after"),
}
COLUMNS = ("id", *(name for names in GROUPS.values() for name in names))
# Read as text: what a tamperer has left there need not be of the column's type.
AS_TEXT = ("at", "job_token", "before", "after")
NO_TEXT = "UTF-8"  # what SQLite complains of: any bytes can be put into any of its columns
ID_BYTES, MARK_BYTES = 8, 4
ENTRY_BYTES = ID_BYTES + MARK_BYTES * len(GROUPS)

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Keys:
    """One key for each use. `name` tells which AUDIT_KEY they come from, and nothing about it."""

    name: str
    row: bytes
    mark: bytes
    seal: bytes


def current() -> Keys:
    return _derived(settings.AUDIT_KEY)


def named(name: str) -> Keys | None:
    """The keys of this name, if they come from AUDIT_KEY or one of AUDIT_KEY_FALLBACKS."""
    known = (settings.AUDIT_KEY, *settings.AUDIT_KEY_FALLBACKS)
    return next((keys for keys in map(_derived, known) if keys.name == name), None)


@lru_cache(maxsize=8)
def _derived(secret: str) -> Keys:
    def derive(use: str) -> bytes:
        return hmac.digest(secret.encode(), f"fundus audit trail: {use}".encode(), "sha256")

    return Keys(derive("name").hex()[:16], derive("row"), derive("mark"), derive("seal"))


def rows(first: int, last: int, most: int) -> list[Row]:
    """Rows with ids from `first` to `last`, at most `most`, in the order of `COLUMNS`."""
    found = AuditEvent.objects.filter(id__gte=first, id__lte=last).order_by("id")
    try:
        return _read(found[:most])
    except OperationalError as trouble:
        if NO_TEXT not in str(trouble):
            raise
    return [_one(number) for number in list(found.values_list("id", flat=True)[:most])]


def _one(number: int) -> Row:
    try:
        return _read(AuditEvent.objects.filter(id=number))[0]
    except OperationalError as trouble:
        if NO_TEXT not in str(trouble):
            raise
    return [number, *["unreadable"] * (len(COLUMNS) - 1)]


def _read(found: QuerySet[AuditEvent]) -> list[Row]:
    texts = {f"{name}_text": Cast(name, TextField()) for name in AS_TEXT}
    names = [f"{name}_text" if name in AS_TEXT else name for name in COLUMNS]
    return [_plain(row) for row in found.annotate(**texts).values_list(*names)]


def mac(keys: Keys, row: Row) -> bytes:
    return hmac.digest(keys.row, _dumped(row), "sha256")


def total(keys: Keys, found: Iterable[Row]) -> str:
    """One digest over the keyed hashes of these rows."""
    return hashlib.sha256(b"".join(mac(keys, row) for row in found)).hexdigest()


def entry(keys: Keys, row: Row) -> bytes:
    """A row's id, and for each group of columns a mark by which a change in it is found again.

    Marks are short: they only say where to look, `total` proves. They leave the id out, so that
    contents that have moved to another row are recognised.
    """
    return int(row[0]).to_bytes(ID_BYTES, "big", signed=True) + marks(keys, row)


def marks(keys: Keys, row: Row) -> bytes:
    parts, start = [], 1
    for name, columns in GROUPS.items():
        said = _dumped([name, *row[start : start + len(columns)]])
        parts.append(hmac.digest(keys.mark, said, "sha256")[:MARK_BYTES])
        start += len(columns)
    return b"".join(parts)


def entries(packed: bytes) -> dict[int, bytes]:
    """The marks of each row by its id, in the order of sealing."""
    pieces = (packed[at : at + ENTRY_BYTES] for at in range(0, len(packed), ENTRY_BYTES))
    return {int.from_bytes(each[:ID_BYTES], "big", signed=True): each[ID_BYTES:] for each in pieces}


def differing(sealed: bytes, found: bytes) -> list[str]:
    """The groups whose marks are not the same."""
    places = range(0, MARK_BYTES * len(GROUPS), MARK_BYTES)
    pairs = zip(GROUPS, places, strict=True)
    return [name for name, at in pairs if sealed[at : at + 4] != found[at : at + 4]]


def _plain(row: Row) -> Row:
    values = list(row)
    values[_AT] = _moment(values[_AT])
    values[_TOKEN] = values[_TOKEN] and str(values[_TOKEN]).replace("-", "")
    values[_BEFORE], values[_AFTER] = _parsed(values[_BEFORE]), _parsed(values[_AFTER])
    return values


_AT, _TOKEN, _BEFORE, _AFTER = (COLUMNS.index(name) for name in AS_TEXT)


def _moment(text: Any) -> Any:
    """Databases write the same moment with and without its zone and last zeros."""
    with suppress(TypeError, ValueError):
        at = datetime.fromisoformat(text)
        return (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()
    return text


def _parsed(text: Any) -> Any:
    if text == "{}":
        return {}
    with suppress(TypeError, ValueError, RecursionError):
        return json.loads(text)
    return f"not JSON: {text!r}"


def _dumped(values: Sequence[Any]) -> bytes:
    return _encoder(list(values)).encode()


_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=repr).encode

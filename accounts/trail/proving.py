"""Proves the trail against its seals, row by row as it was written, and names what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min
from django.utils import timezone

from accounts.models import AuditEvent, AuditSeal
from accounts.trail import guards, macs, sealing
from accounts.trail.heads import Heads

SEALS_TOGETHER = 20
STRAYS_SHOWN = 1000  # rows read beyond those that a seal counts


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is altered, missing, inserted, reordered, seal, unsealed or unguarded."""

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


class Proof:
    """One pass over the trail: `findings`, then what was found sound in `rows` and `seals`."""

    def __init__(
        self, kept: Heads | None = None, step: Callable[[int], None] | None = None
    ) -> None:
        self.kept = kept or {}
        self.step = step or (lambda count: None)
        self.rows = self.seals = 0
        self.tail = 0  # rows not sealed yet
        self.next_n, self.digest, self.last_id = 0, sealing.NO_DIGEST, 0

    def findings(self) -> Iterator[Finding]:
        for name in guards.missing():
            yield Finding("unguarded", f"the database lets rows be changed: no trigger {name}")
        for seal in _seals():
            yield from self._seal(seal)
            yield from self._rows(seal)
            self.next_n, self.digest, self.last_id = seal.n + 1, seal.digest, seal.last_id
            self.seals += 1
        yield from self._ends_too_early()
        yield from self._tail()

    def _seal(self, seal: AuditSeal) -> Iterator[Finding]:
        if seal.n > self.next_n:
            gone = f"seal {self.next_n}" + (f" to {seal.n - 1}" if seal.n - 1 > self.next_n else "")
            yield Finding("seal", f"{gone} of {seal.n} is missing")
        elif seal.previous != self.digest:
            yield Finding("seal", f"seal {seal.n} does not follow on seal {seal.n - 1}")
        if wrong := _wrong_with(seal):
            yield Finding("seal", f"seal {seal.n} {wrong}")
        if seal.digest not in self.kept.get(seal.n, {seal.digest}):
            yield Finding("seal", f"seal {seal.n} is not the one that was kept elsewhere")

    def _rows(self, seal: AuditSeal) -> Iterator[Finding]:
        yield from self._outside(seal.first_id)
        keys = macs.named(seal.key_name)
        if keys is None or not seal.count:
            return
        found = macs.rows(seal.first_id, seal.last_id, seal.count + STRAYS_SHOWN)
        self.rows += len(found)
        self.step(len(found))
        if len(found) != seal.count or macs.total(keys, found) != seal.rows_sha256:
            yield from _compared(seal, keys, found)

    def _outside(self, before: int) -> Iterator[Finding]:
        """Rows between two seals. When they were made, none was there that could still come."""
        rows = AuditEvent.objects.filter(id__lt=before)
        # Before the first seal, numbers may be as small as can be.
        strays = rows.filter(id__gt=self.last_id) if self.next_n else rows
        told = strays.aggregate(first=Min("id"), count=Count("id"))
        if told["count"]:
            yield Finding("inserted", f"row {told['first']}{_and_more(told['count'])}, in no seal")

    def _ends_too_early(self) -> Iterator[Finding]:
        later = [n for n in self.kept if n >= self.next_n]
        if not self.next_n:
            yield Finding("seal", "there is none, not even number 0, made with the database")
        if later:
            known = f"up to {max(later)} were kept elsewhere"
            yield Finding("seal", f"seal {min(later)} and all that follow are missing; {known}")

    def _tail(self) -> Iterator[Finding]:
        rows = AuditEvent.objects.filter(id__gt=self.last_id)
        told = rows.aggregate(count=Count("id"), first=Min("id"), since=Min("at"))
        self.tail = told["count"]
        self.step(self.tail)
        # Numbers are given out without gaps there.
        if connection.vendor == "sqlite":
            lost = sealing.last_number_on_sqlite() - self.last_id - self.tail
            if lost > 0:
                yield Finding(
                    "missing", f"{lost} of the rows after {self.last_id}, the last sealed"
                )
        if told["first"] and _is_overdue(told["since"]):
            since = f"{told['since']:%Y-%m-%d %H:%M}"
            yield Finding(
                "unsealed",
                f"row {told['first']}{_and_more(self.tail)}, since {since}: `runworker` does not"
                " run, or the newest seals were taken away",
            )


def _seals() -> Iterator[AuditSeal]:
    """In their order, also those made meanwhile."""
    after = -1
    while True:
        together = list(AuditSeal.objects.filter(n__gt=after).order_by("n")[:SEALS_TOGETHER])
        if not together:
            return
        yield from together
        after = together[-1].n


def _wrong_with(seal: AuditSeal) -> str:
    keys = macs.named(seal.key_name)
    if seal.digest != sealing.digest(seal):
        return "was altered"
    if keys is None:
        return f"was made with a key ({seal.key_name}) that is not in AUDIT_KEY_FALLBACKS"
    return "" if seal.mac == sealing.mac(keys, seal) else "was not made with our key"


def _compared(seal: AuditSeal, keys: macs.Keys, found: list[macs.Row]) -> Iterator[Finding]:
    """Which of the rows are not those that were sealed, in the order of their numbers."""
    sealed = macs.entries(bytes(seal.marks))
    there = {row[0]: macs.marks(keys, row) for row in found}
    owners = {marks: number for number, marks in sealed.items()}
    told = False
    for number in sorted(sealed.keys() | there.keys()):
        if number not in there:
            yield Finding("missing", f"row {number}, sealed in {seal.n}")
        elif number not in sealed:
            yield Finding("inserted", f"row {number}, after seal {seal.n} was made")
        elif sealed[number] != there[number]:
            yield _altered(number, sealed[number], there[number], owners)
        else:
            continue
        told = True
    if not told:
        yield Finding("altered", f"rows {seal.first_id} to {seal.last_id}, against seal {seal.n}")


def _altered(number: int, sealed: bytes, found: bytes, owners: dict[bytes, int]) -> Finding:
    if found in owners:
        return Finding("reordered", f"row {number} says what row {owners[found]} said")
    return Finding("altered", f"row {number}: {', '.join(macs.differing(sealed, found))}")


def _and_more(count: int) -> str:
    return f" and {count - 1} more" if count > 1 else ""


def _is_overdue(since: datetime) -> bool:
    """Sealing may miss a turn or two, and waits for open transactions."""
    patience = sealing.AGE + 3 * settings.AUDIT_SEAL_EVERY + timedelta(minutes=1)
    return since < timezone.now() - patience

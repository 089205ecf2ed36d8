"""Seals: what was written so far, chained and signed, without a word to those who write.

Rows are signed afterwards, in batches, by `runworker`. Each seal stands for the rows between the
one before and itself, and names the one before: none can be changed without the key, nor taken
away unless all that follow go too, which whoever has kept one of their digests will notice.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from accounts import audit
from accounts.models import Action, AuditEvent, AuditSeal
from accounts.trail import macs

log = logging.getLogger(__name__)

# Longer than the moment between a row's number and the number of its transaction.
AGE = timedelta(minutes=2)
ROWS_A_SEAL = 5000
NO_DIGEST = "0" * 64
PATIENCE, PAUSE = 10.0, 0.05  # seconds

NEXT_TRANSACTION = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
# Not the snapshot's xmin, which counts our own transaction. The next one, where none is open.
OLDEST_OTHER_TRANSACTION = """
    SELECT coalesce(
        (SELECT min(other::text::bigint) FROM pg_snapshot_xip(now) AS other),
        pg_snapshot_xmax(now)::text::bigint
    ) FROM pg_current_snapshot() AS now
"""


class Sealer:
    """Seals what is new at every call. It remembers the newest seal, and notices when that goes."""

    def __init__(self) -> None:
        self.head: tuple[int, str] | None = None

    def __call__(self) -> None:
        self._look_for_head()
        for made in seal():
            # To be kept where this database's masters cannot reach: `verify_audit --against`.
            log.info("audit trail: seal %s %s", made.n, made.digest)
        self.head = AuditSeal.objects.order_by("-n").values_list("n", "digest").first()

    def _look_for_head(self) -> None:
        if self.head is None:
            return
        n, digest = self.head
        if not AuditSeal.objects.filter(n=n, digest=digest).exists():
            log.error("audit trail: seal %s %s is gone or was replaced", n, digest)
            gone = {"seal": n, "digest": digest}
            audit.record(Action.TRAIL_DAMAGED, succeeded=False, before=gone)


def begin() -> None:
    """Seal number 0, for no rows, made with the table: a trail without it was taken away."""
    if AuditSeal.objects.exists():
        return
    oldest = AuditEvent.objects.aggregate(id=Min("id"))["id"]
    last = oldest - 1 if oldest else _numbers_given()
    _write(_signed(AuditSeal(n=0, first_id=last + 1, last_id=last, previous=NO_DIGEST), []))


def seal(*, age: timedelta = AGE) -> Iterator[AuditSeal]:
    """Seal every row older than `age` that is not sealed yet; the seals made, oldest first."""
    newest = AuditEvent.objects.filter(at__lte=timezone.now() - age).order_by("-id")
    end = newest.values_list("id", flat=True).first()
    if end is None or not _all_before_are_there():
        return
    while True:
        head = AuditSeal.objects.order_by("-n").first()
        n, previous, last = (head.n, head.digest, head.last_id) if head else (0, NO_DIGEST, 0)
        rows = macs.rows(last + 1, end, ROWS_A_SEAL)
        if not rows:
            return
        made = AuditSeal(n=n + 1, first_id=rows[0][0], last_id=rows[-1][0], previous=previous)
        if not _write(_signed(made, rows)):
            return  # another host is sealing
        yield made


def digest(made: AuditSeal) -> str:
    """Of all that the seal says; the seal before is part of it."""
    said = [
        made.n,
        made.made_at.astimezone(UTC).isoformat(),
        made.first_id,
        made.last_id,
        made.count,
        made.rows_sha256,
        hashlib.sha256(bytes(made.marks)).hexdigest(),
        made.key_name,
        made.previous,
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def mac(keys: macs.Keys, made: AuditSeal) -> str:
    return hmac.digest(keys.seal, made.digest.encode(), "sha256").hex()


def _signed(made: AuditSeal, rows: list[macs.Row]) -> AuditSeal:
    keys = macs.current()
    made.made_at = timezone.now()
    made.count = len(rows)
    made.rows_sha256 = macs.total(keys, rows)
    made.marks = b"".join(macs.entry(keys, row) for row in rows)
    made.key_name = keys.name
    made.digest = digest(made)
    made.mac = mac(keys, made)
    return made


def _write(made: AuditSeal) -> bool:
    """False where somebody else has made the seal of this number."""
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _all_before_are_there() -> bool:
    """Wait until no transaction that has begun by now is still open.

    Any of them may hold smaller row numbers than those already to be seen. SQLite has one writer
    at a time, which commits before the next takes a number.
    """
    if connection.vendor != "postgresql":
        return True
    begun = _number_of(NEXT_TRANSACTION)
    until = time.monotonic() + PATIENCE
    while _number_of(OLDEST_OTHER_TRANSACTION) < begun:
        if time.monotonic() > until:
            log.info("audit trail: not sealed now, a transaction is open")
            return False
        time.sleep(PAUSE)
    return True


def _number_of(question: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])


def _numbers_given() -> int:
    """The largest row number ever given out, where the database says."""
    if connection.vendor != "sqlite":
        return 0
    return last_number_on_sqlite()


def last_number_on_sqlite() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = 'accounts_auditevent'")
        found = cursor.fetchone()
    most = AuditEvent.objects.aggregate(id=Max("id"))["id"]
    return int(found[0]) if found else int(most or 0)

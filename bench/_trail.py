"""Fills the audit trail in this process, seals and verifies it, and says what that cost."""

from __future__ import annotations

import logging
import resource
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import django

TOGETHER, ONE_BY_ONE = 2000, 1000
ACTIONS = ("image_viewed", "image_stored", "item_received", "image_read", "grade_given")
SEARCHES = (
    *("", "?month={month}", "?action__exact=grade_given", "?action__exact=exported"),
    *("?q=tech-007", "?q=203.0.113.9", "?q={job}", "?q={image}", "?q=nothing-like-it"),
    *("?object_type=user", "?object_type=fundusimage", "?actor_name=tech-003&month={month}"),
)


def main(database: str, rows: int) -> None:
    django.setup()
    logging.disable(logging.INFO)
    say = Teller(database)
    _append()  # what is slow only the first time
    say("appended one by one, guarded", ONE_BY_ONE, timed(_append))
    say("appended one by one, unguarded", ONE_BY_ONE, timed(_append_unguarded))
    say("appended together", rows, timed(lambda: _fill(rows)))
    say("sealed", rows, timed(_seal))
    say("verified", rows, timed(_verify))
    print(f"{database}: largest {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    for query, milliseconds in _pages():
        print(f"{database}: {milliseconds:6.0f} ms  {query or 'the newest'}")


class Teller:
    def __init__(self, database: str) -> None:
        self.database = database

    def __call__(self, what: str, rows: int, seconds: float) -> None:
        rate = f"{rows / seconds:,.0f} rows/s"
        print(f"{self.database}: {rows:,} rows {what} in {seconds:.1f} s, {rate}", flush=True)


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _append() -> None:
    from accounts import audit  # noqa: PLC0415 - settings are chosen by then
    from accounts.models import Action  # noqa: PLC0415

    for n in range(ONE_BY_ONE):
        audit.record(Action.RECORD_CHANGED, after={"n": n})


def _append_unguarded() -> None:
    from accounts.trail import guards  # noqa: PLC0415

    guards.remove()
    _append()
    guards.put()


def _fill(rows: int) -> None:
    from accounts.models import AuditEvent  # noqa: PLC0415

    for start in range(0, rows, TOGETHER):
        AuditEvent.objects.bulk_create(_event(n) for n in range(start, start + TOGETHER))


def _event(n: int) -> Any:
    from accounts.models import AuditEvent  # noqa: PLC0415

    return AuditEvent(
        action=ACTIONS[n % len(ACTIONS)],
        actor_id=n % 97,
        actor_name=f"tech-{n % 97:03}",
        roles="Uploader",
        ip=f"203.0.113.{n % 50}",
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
        request_id=uuid.UUID(int=n).hex,
        job_token=uuid.UUID(int=n // 40 << 64),
        object_type="fundusimage",
        object_id=str(uuid.UUID(int=n // 3)),
        lab_unit_id=n % 60,
        after={"version": "original", "content_md5": f"{n:032x}"},
    )


def _seal() -> None:
    from accounts.trail import sealing  # noqa: PLC0415

    for _ in sealing.seal(age=timedelta()):
        pass


def _verify() -> None:
    from accounts.trail import proving  # noqa: PLC0415

    assert list(proving.Proof().findings()) == []


def _pages() -> list[tuple[str, float]]:
    from django.contrib.auth.models import Group  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    adam, _ = User.objects.get_or_create(username="adam")
    adam.groups.set([Group.objects.get(name="Administrator")])
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(adam)
    given = {"month": f"{timezone.now():%Y-%m}", "job": uuid.UUID(int=777 << 64)}
    costs = []
    for query in SEARCHES:
        address = query.format(**given, image=uuid.UUID(int=4711))
        seconds = min(timed(partial(_page, client, address)) for _ in range(3))
        costs.append((query, seconds * 1000))
    return costs


def _page(client: Any, query: str) -> None:
    assert client.get(f"/admin/accounts/auditevent/{query}").status_code == 200


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

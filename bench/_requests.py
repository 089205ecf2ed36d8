"""Asks for the dashboard in this process, over and over, and says what each request cost."""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any, NamedTuple

import django

ROUNDS, SHOWN = 5, 6


class Cost(NamedTuple):
    milliseconds: float
    who: str
    query: str
    queries: int


def main(database: str, images: int) -> None:
    django.setup()
    costs = [cost for who, client in _people().items() for cost in _costs(who, client)]
    every = [cost.milliseconds for cost in costs]
    worst = max(costs)
    print(
        f"{database}, {images:,} images: {len(costs)} requests, median"
        f" {statistics.median(every):.0f} ms, slowest {worst.milliseconds:.0f} ms,"
        f" {max(cost.queries for cost in costs)} queries at most"
    )
    if images > 1:
        for cost in sorted(costs, reverse=True)[:SHOWN]:
            print(f"  {cost.milliseconds:5.0f} ms  {cost.who:8} ?{cost.query}")
        _explain(worst)


def _people() -> dict[str, Any]:
    from django.contrib.auth.models import Group  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from accounts.models import LabUnit, User  # noqa: PLC0415

    units = LabUnit.objects.order_by("pk")[3:6]
    people = {"uploader": User.objects.get(username="tech-01-1-0")}
    for name, role in (("manager", "Data manager"), ("admin", "Administrator")):
        people[name], _ = User.objects.get_or_create(username=name)
        people[name].groups.set([Group.objects.get(name=role)])
        people[name].lab_units.set(units)
    clients = {}
    for name, user in people.items():
        clients[name] = Client(headers={"host": "127.0.0.1"})
        clients[name].force_login(user)
    return clients


def _wishes() -> list[str]:
    """Query strings: each filter, and combinations of much, little and nothing."""
    from accounts.models import LabUnit, User  # noqa: PLC0415
    from uploads.models import Camera  # noqa: PLC0415

    unit = LabUnit.objects.order_by("pk")[4]
    camera = Camera.objects.order_by("pk")[0].pk
    uploader = User.objects.filter(lab_units=unit).order_by("pk")[0].pk
    half = "after=20250110-1736496000000000-500000"
    plain = [
        "",
        "disease=3",
        "area=OU",
        f"camera={camera}",
        f"lab_unit={unit.pk}",
        f"hospital={unit.hospital_id}",
        f"uploader={uploader}",
        "mydriatic=yes",
        "pregraded=yes",
        "graded=no",
        "date_from=2024-03-01&date_to=2024-03-31",
        "date_from=2023-06-01",
        "date_to=2024-06-01",
        "date_from=2024-01-01&date_to=2025-12-31&area=OD",
        "disease=3&area=OU&pregraded=yes",
        "disease=3&area=OU&pregraded=yes&mydriatic=yes&graded=yes",
        f"hospital={unit.hospital_id}&camera={camera}&area=OU",
        f"hospital={unit.hospital_id}&disease=2&graded=yes&date_from=2024-01-01&date_to=2024-02-01",
        "filename=123456",
        "filename=12345_OD_macula.jpg",
        "filename=nothing-of-the-kind",
        "filename=1",
        "filename=od",
        "filename=macula&disease=3",
        "filename=macula+od&mydriatic=no&graded=yes",
        f"filename=ou&camera={camera}&date_to=2023-01-31",
        "filename=1&disease=3&area=OU&pregraded=yes&graded=yes",
    ]
    return [wish for each in plain for wish in (each, f"{each}&sort=oldest", f"{each}&{half}")]


def _costs(who: str, client: Any) -> list[Cost]:
    return [_cost(who, client, wish) for wish in _wishes()]


def _cost(who: str, client: Any, wish: str) -> Cost:
    """The median of several requests: of one alone, too much is the machine's doing."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    address = f"/direct/dashboard?{wish}"
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    queries = len(captured)
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.get(address)
        took.append(time.perf_counter() - began)
    return Cost(statistics.median(took) * 1000, who, wish, queries)


def _explain(cost: Cost) -> None:
    """The plan of the dearest statement of the dearest request."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    with CaptureQueriesContext(connection) as captured:
        _people()[cost.who].get(f"/direct/dashboard?{cost.query}")
    reads = [query for query in captured.captured_queries if query["sql"].startswith("SELECT")]
    dearest = max(reads, key=lambda query: float(query["time"]))
    print(f"  dearest statement there, {float(dearest['time']) * 1000:.0f} ms:")
    print(f"    {dearest['sql'][:300]} …")
    how = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{how} {dearest['sql'].replace('%', '%%')}")
        for row in cursor.fetchall()[:12]:
            print(f"    {str(row[-1])[:160]}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

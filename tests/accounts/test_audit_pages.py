"""The audit trail in the administration: found by everything it says, and fast however long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import audit
from accounts.admin.newest import Newest
from accounts.models import Action, AuditEvent, AuditSeal, LabUnit, User
from accounts.trail import sealing
from tests import cast

TRAIL = "/admin/accounts/auditevent/"
SEALS = "/admin/accounts/auditseal/"
MONTH = f"{timezone.now():%Y-%m}"


@pytest.fixture
def client(adam: User) -> Client:
    return cast.signed_in(adam, REMOTE_ADDR="198.51.100.7")


@pytest.fixture
def image(alice: User, screening: LabUnit) -> Any:
    return cast.stored(alice, screening)


def found(client: Client, query: dict[str, str]) -> list[AuditEvent]:
    return list(client.get(TRAIL, query).context["cl"].result_list)


def test_it_is_found_by_image(client: Client, image: Any) -> None:
    client.get(f"/direct/uploads/{image.public_id}")
    actions = {event.action for event in found(client, {"q": str(image.public_id)})}
    assert actions == {"image_stored", "image_viewed"}


def test_it_is_found_by_request(client: Client, image: Any) -> None:
    request = client.get(f"/direct/uploads/{image.public_id}").headers["X-Request-ID"]
    [event] = found(client, {"q": request})
    assert event.action == "image_viewed"


def test_what_workers_did_is_found_by_the_person(client: Client, image: Any) -> None:
    actions = {event.action for event in found(client, {"q": "alice"})}
    assert {"image_stored"} <= actions
    assert not {event.actor_name for event in found(client, {"q": "nobody"})}


def test_it_is_filtered_by_kind_and_action(client: Client, image: Any) -> None:
    events = found(client, {"object_type": "fundusimage", "action__exact": "image_stored"})
    assert [event.object_id for event in events] == [str(image.public_id)]


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:DB8::0007"])
def test_addresses_are_found_however_written(
    client: Client, adam: User, image: Any, address: str
) -> None:
    client = cast.signed_in(adam, REMOTE_ADDR="2001:db8::7") if ":" in address else client
    client.get(f"/direct/uploads/{image.public_id}")
    assert [event.action for event in found(client, {"q": address})][:1] == ["image_viewed"]


def test_a_row_tells_its_seal(client: Client, alice: User) -> None:
    sealing.begin()
    audit.record(Action.RECORD_CHANGED, alice)
    [seal] = sealing.seal(age=timedelta(seconds=-5))
    audit.record(Action.RECORD_ADDED, alice)
    seals = {event.action: getattr(event, "seal") for event in found(client, {})}  # noqa: B009
    assert (seals["record_changed"], seals["record_added"]) == (seal.n, None)
    page = client.get(f"{TRAIL}{seal.last_id}/change/").content.decode()
    assert f'href="{SEALS}{seal.n}/change/"' in page


def test_seals_are_read_only(client: Client) -> None:
    sealing.begin()
    digest = AuditSeal.objects.get(n=0).digest
    assert digest in client.get(SEALS).content.decode()
    assert digest in client.get(f"{SEALS}0/change/").content.decode()
    assert client.post(f"{SEALS}0/delete/", {"post": "yes"}).status_code == 403


def test_a_long_trail_is_not_counted(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit.record(Action.RECORD_CHANGED, alice)
    audit.record(Action.RECORD_CHANGED, alice)
    monkeypatch.setattr(Newest, "listed", 1)
    assert "The newest 1. Search or filter" in client.get(TRAIL).content.decode()


@pytest.mark.embedded
@pytest.mark.parametrize(
    "query",
    [
        *("", f"?month={MONTH}", "?action__exact=image_stored", "?q=alice", "?q=abcdef12"),
        *("?q=image_viewed", "?q=198.51.100.7", "?actor_name=adam", "?object_type=user"),
        f"?month={MONTH}&action__exact=signed_in&q=alice",
    ],
)
def test_no_list_reads_the_whole_trail(client: Client, image: Any, query: str) -> None:
    client.get(f"/direct/uploads/{image.public_id}")
    with CaptureQueriesContext(connection) as caught:
        client.get(TRAIL + query)
    asked = [each["sql"] for each in caught if each["sql"].startswith("SELECT")]
    asked = [sql for sql in asked if '"accounts_auditevent"' in sql]
    with connection.cursor() as cursor:
        plans = [str(cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()) for sql in asked]
    assert plans
    assert not [plan for plan in plans if "SCAN accounts_auditevent'" in plan]

"""The trail of who did what, from where."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from accounts import audit, origin
from accounts.models import Action, AuditEvent, LabUnit, User
from tests import cast

SEEN: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.9", "HTTP_USER_AGENT": "Browser/1"}


def sign_in(password: str, name: str = "alice") -> Client:
    client = Client(**SEEN)
    client.post("/accounts/login", {"login": name, "password": password})
    return client


def test_signing_in_is_in_the_trail(alice: User) -> None:
    sign_in(cast.PASSWORD)
    [event] = cast.audit("signed_in")
    assert (event.actor_id, event.actor_name, event.roles) == (alice.pk, "alice", "Uploader")
    assert (event.ip, event.user_agent, event.succeeded) == ("203.0.113.9", "Browser/1", True)
    assert len(event.request_id) == 32


def test_failing_to_sign_in_is_in_the_trail(alice: User) -> None:
    sign_in("wrong")
    [event] = cast.audit("sign_in_failed")
    assert (event.object_id, event.actor_id, event.succeeded) == (str(alice.pk), None, False)
    assert event.ip == "203.0.113.9"


def test_what_was_typed_as_an_unknown_name_is_not(alice: User) -> None:
    sign_in("alice", name=cast.PASSWORD)
    [event] = cast.audit("sign_in_failed")
    row = {field.name: str(getattr(event, field.name)) for field in AuditEvent._meta.fields}
    assert cast.PASSWORD not in "".join(row.values())


def test_signing_out_is_in_the_trail(alice: User) -> None:
    sign_in(cast.PASSWORD).post("/accounts/logout")
    [event] = cast.audit("signed_out")
    assert (event.actor_name, event.object_id) == ("alice", str(alice.pk))


def test_a_job_is_in_the_trail(alice: User, screening: LabUnit) -> None:
    client = cast.signed_in(alice, **SEEN)
    token = cast.announce(client, screening, cast.photo()).json()["job_id"]
    [event] = cast.audit("job_created")
    assert (str(event.job_token), event.actor_name, event.ip) == (token, "alice", "203.0.113.9")
    assert event.lab_unit_id == screening.pk


def test_what_a_role_forbids_is_in_the_trail(gina: User) -> None:
    answer = cast.signed_in(gina, **SEEN).get("/direct/upload")
    [event] = cast.audit("access_denied")
    assert (event.actor_name, event.succeeded) == ("gina", False)
    assert event.request_id == answer.headers["X-Request-ID"]
    assert event.after == {"needs": ["Uploader"]}


def test_events_roll_back_with_their_change(alice: User) -> None:
    with transaction.atomic():
        audit.record(Action.RECORD_CHANGED, alice)
        transaction.set_rollback(True)
    assert cast.audit("record_changed") == []


def test_events_are_never_changed_or_deleted(alice: User) -> None:
    audit.record(Action.RECORD_CHANGED, alice)
    [event] = cast.audit("record_changed")
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()


def test_nobody_acting_is_the_system(alice: User) -> None:
    audit.record(Action.RECORD_CHANGED, alice)
    [event] = cast.audit("record_changed")
    assert (event.actor_name, event.actor_id, event.ip) == ("system", None, None)


def test_odd_browsers_are_written_down_harmlessly(alice: User) -> None:
    client = cast.signed_in(alice, HTTP_USER_AGENT="\0\r\nx" + "é" * 1000, REMOTE_ADDR="junk")
    client.post("/accounts/logout")
    [event] = cast.audit("signed_out")
    assert (len(event.user_agent), event.ip) == (512, None) or len(event.user_agent) == 511
    assert "\0" not in event.user_agent


# --- Addresses -----------------------------------------------------------------------------

REAL, FIRST, SECOND = "203.0.113.9", "10.0.0.1", "10.0.0.2"


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "expected"),
    [
        (0, REAL, "", REAL),
        (0, REAL, "1.2.3.4", REAL),
        (1, FIRST, REAL, REAL),
        (1, FIRST, f"1.2.3.4, {REAL}", REAL),
        (1, FIRST, f"junk,, {REAL}", REAL),
        (2, SECOND, f"{REAL}, {FIRST}", REAL),
        (2, SECOND, f"1.2.3.4, {REAL}, {FIRST}", REAL),
        (1, FIRST, "", FIRST),
        (2, SECOND, FIRST, SECOND),
        (1, FIRST, "junk", FIRST),
        (1, FIRST, "[2001:db8::1]", "2001:db8::1"),
        (0, "", "", None),
        (0, "2001:db8::1", "", "2001:db8::1"),
    ],
)
def test_only_as_many_proxies_as_configured_are_believed(
    settings: Settings, proxies: int, peer: str, forwarded: str, expected: str | None
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=peer)
    if forwarded:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    assert origin.client_ip(request) == expected


@pytest.mark.parametrize("header", ["junk", ",", "1.2.3.4:80", "\0", "x" * 9000])
def test_forged_headers_break_nothing(alice: User, settings: Settings, header: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    client = Client(HTTP_X_FORWARDED_FOR=header)
    answer = client.post("/accounts/login", {"login": "alice", "password": cast.PASSWORD})
    assert answer.status_code == 302
    assert len(cast.audit("signed_in")) == 1

"""How a manifest is sent: twice, as junk, in chunks, by whom, and to a full disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from accounts.models import LabUnit, User
from jobs.models import Job
from tests import cast
from tests.cast import File

URL = "/api/upload-jobs"
MEGABYTE = 1024 * 1024
REJECTED = {"name": "notes.pdf", "size": 3, "code": "wrong_type"}


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


@pytest.fixture
def announce(client: Client, screening: LabUnit) -> Callable[..., Any]:
    return lambda *files, **given: cast.announce(client, screening, *files, **given)


# --- Sending twice -------------------------------------------------------------------------


def test_the_same_key_gives_the_first_job(announce: Callable[..., Any], alice: User) -> None:
    key = str(uuid4())
    first, second = announce(cast.photo(), client_key=key), announce(cast.photo(), client_key=key)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert cast.again(alice).file_upload_count == 1


def test_a_key_is_its_users_own(
    announce: Callable[..., Any], bob: User, screening: LabUnit
) -> None:
    key = str(uuid4())
    announce(cast.photo(), client_key=key)
    answer = cast.announce(cast.signed_in(bob), screening, cast.photo(), client_key=key)
    assert answer.status_code == 201
    assert {job.client_key for job in Job.objects.all()} == {UUID(key)}
    assert Job.objects.count() == 2


@pytest.mark.parametrize("key", ["x", "0" * 31, 5, "\0", "\ud800"], ids=repr)
def test_a_key_that_is_none(announce: Callable[..., Any], key: object) -> None:
    answer = announce(cast.photo(), client_key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert not Job.objects.exists()


@pytest.mark.parametrize("key", [None, ""])
def test_an_empty_key_is_no_key(announce: Callable[..., Any], key: object) -> None:
    assert announce(cast.photo(), client_key=key).status_code == 201
    assert announce(cast.photo(), client_key=key).status_code == 201


# --- Bodies --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"null", b"[]", b'"x"', b"[" * 100_000, b"9" * 5000, b"{} {}"],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.parametrize("url", [URL, "/api/uploads/check"])
def test_bodies_that_are_no_json_object(client: Client, url: str, body: bytes) -> None:
    answer = cast.post_json(client, url, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_body_beyond_all_measure(client: Client) -> None:
    answer = cast.post_json(client, URL, b'{"x": "' + bytes(2 * MEGABYTE) + b'"}')
    assert answer.status_code == 413
    assert set(answer.json()) == {"error", "code"}


def test_the_largest_manifest_fits(announce: Callable[..., Any], alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=100)
    name = "ä" * 255
    files = [{**File("", b"%d" % n).entry, "name": name} for n in range(100)]
    assert announce(files=files, rejected=[{**REJECTED, "name": name}] * 1000).status_code == 201


# --- Who may -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"), [("dana", 403), ("gina", 403), ("alice", 201), ("adam", 201)]
)
def test_only_uploaders_upload(
    request: pytest.FixtureRequest, screening: LabUnit, who: str, status: int
) -> None:
    client = cast.signed_in(request.getfixturevalue(who))
    assert cast.announce(client, screening, cast.photo()).status_code == status


def test_nobody_uploads_anonymously(screening: LabUnit) -> None:
    answer = cast.announce(Client(), screening, cast.photo())
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_the_csrf_token_is_needed(alice: User, screening: LabUnit) -> None:
    client = cast.signed_in(alice, enforce_csrf_checks=True)
    answer = cast.announce(client, screening, cast.photo())
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert not Job.objects.exists()


# --- Outages and ways of sending -----------------------------------------------------------


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_makes_no_job(announce: Callable[..., Any], alice: User) -> None:
    answer = announce(cast.photo())
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert (Job.objects.count(), cast.again(alice).file_upload_count) == (0, 0)


def test_a_manifest_may_come_in_chunks(client: Client, screening: LabUnit) -> None:
    body = json.dumps(cast.posted(screening, files=[cast.photo().entry])).encode()
    answer = cast.post_json(client, URL, b"", **cast.chunked(body))
    assert answer.status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_manifest_is_json_whatever_it_is_called(
    client: Client, screening: LabUnit, kind: str
) -> None:
    body = json.dumps(cast.posted(screening, files=[cast.photo().entry]))
    assert client.post(URL, body, content_type=kind).status_code == 201

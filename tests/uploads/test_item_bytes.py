"""PUT of one file's bytes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as live
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import LabUnit, User
from accounts.roles import Role
from jobs.models import Job, JobItem
from tests import cast

FILE = cast.photo()
MEGABYTE = 1024 * 1024


@pytest.fixture
def job(alice: User, screening: LabUnit) -> Job:
    return cast.announced(alice, screening, FILE)


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


def url(job: Job, n: int = 0) -> str:
    return f"/api/upload-jobs/{job.token}/items/{n}"


def spooled() -> list[Any]:
    return list(live.SPOOL_DIR.glob("*"))


def test_bytes_are_taken(client: Client, job: Job) -> None:
    answer = cast.put(client, url(job), FILE.data)
    assert (answer.status_code, answer.json()) == (202, {"n": 0, "state": "queued"})


def test_bytes_taken_lie_in_staging_with_their_hashes(client: Client, job: Job) -> None:
    cast.put(client, url(job), FILE.data)
    item = cast.only(job)
    assert item.file.read() == FILE.data
    assert (item.size_bytes, item.content_md5) == (len(FILE.data), FILE.md5)
    assert item.job.last_received_at is not None
    assert spooled() == []


@pytest.mark.parametrize("data", [FILE.data, b"other"])
def test_a_received_item_takes_no_second_body(client: Client, job: Job, data: bytes) -> None:
    cast.put(client, url(job), FILE.data)
    before = cast.only(job)
    answer = cast.put(client, url(job), data)
    assert (answer.status_code, answer.json()) == (200, {"n": 0, "state": "queued"})
    assert cast.only(job).file.name == before.file.name


def test_a_completed_item_answers_its_state(client: Client, job: Job) -> None:
    cast.put(client, url(job), FILE.data)
    cast.work(job)
    answer = cast.put(client, url(job), FILE.data)
    assert (answer.status_code, answer.json()) == (200, {"n": 0, "state": "completed"})


def test_a_refused_item_answers_its_reason(client: Client, alice: User, screening: LabUnit) -> None:
    job = cast.announced(alice, screening, cast.File("empty.jpg", b""))
    answer = cast.put(client, url(job), b"")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["code"]) == ("error", "corrupt")


@pytest.mark.parametrize("data", [b"", b"other bytes", FILE.data[:-1], FILE.data + b"\0"])
def test_other_bytes_than_announced_are_asked_for_again(
    client: Client, job: Job, data: bytes
) -> None:
    answer = cast.put(client, url(job), data)
    assert (answer.status_code, answer.json()["code"]) == (409, "mismatch")
    assert cast.put(client, url(job), FILE.data).status_code == 202


def test_the_third_mismatch_ends_the_item(client: Client, job: Job, alice: User) -> None:
    codes = [cast.put(client, url(job), b"other").json()["code"] for _ in range(3)]
    assert codes == ["mismatch", "mismatch", "changed"]
    assert cast.states(job) == ["changed"]
    assert cast.again(alice).file_upload_count == 0
    assert Job.objects.get(pk=job.pk).state == "error"


def test_the_declared_size_is_no_limit(client: Client, job: Job) -> None:
    JobItem.objects.filter(job=job).update(declared_size=1)
    assert cast.put(client, url(job), FILE.data).status_code == 202


@pytest.mark.parametrize(("more", "status"), [(0, 202), (1, 413)])
def test_the_limit_is_exact(
    client: Client,
    alice: User,
    screening: LabUnit,
    settings: Settings,
    more: int,
    status: int,
) -> None:
    settings.DIRECT_UPLOAD_MAX_FILE_SIZE_MB = 1
    file = cast.File("large.jpg", bytes(MEGABYTE + more))
    job = cast.announced(alice, screening, cast.File("large.jpg", b"x"))
    JobItem.objects.filter(job=job).update(declared_md5=file.md5)
    assert cast.put(client, url(job), file.data).status_code == status


@pytest.mark.parametrize("told", [True, False])
def test_more_bytes_than_the_limit_end_the_item(
    client: Client, job: Job, alice: User, settings: Settings, told: bool
) -> None:
    settings.DIRECT_UPLOAD_MAX_FILE_SIZE_MB = 1
    data = bytes(2 * MEGABYTE)
    answer = cast.put(client, url(job), data, **({} if told else cast.chunked(data)))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["error"] == "File too large (max 1MB)"
    assert cast.states(job) == ["too_large"]
    assert cast.again(alice).file_upload_count == 0
    assert spooled() == []


def test_a_chunked_body_is_taken(client: Client, job: Job) -> None:
    assert cast.put(client, url(job), b"", **cast.chunked(FILE.data)).status_code == 202


def test_a_body_that_breaks_off_leaves_the_item_awaiting(client: Client, job: Job) -> None:
    body = {"wsgi.input": BytesIO(FILE.data[:100]), "CONTENT_LENGTH": str(len(FILE.data))}
    answer = cast.put(client, url(job), FILE.data, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, "interrupted")
    assert (cast.states(job), cast.only(job).mismatches) == (["awaiting"], 0)
    assert spooled() == []


@pytest.mark.parametrize("n", [1, 10**30])
def test_an_unknown_item_is_not_found(client: Client, job: Job, n: int) -> None:
    assert cast.put(client, url(job, n), FILE.data).status_code == 404


def test_an_unknown_job_is_not_found(client: Client, db: None) -> None:
    answer = cast.put(client, f"/api/upload-jobs/{uuid4()}/items/0", b"x")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("who", "status"), [("bob", 404), ("charlie", 404), ("dana", 403), ("erin", 404), ("gina", 404)]
)
def test_somebody_else_sends_nothing(
    request: pytest.FixtureRequest, job: Job, who: str, status: int
) -> None:
    client = cast.signed_in(request.getfixturevalue(who))
    answer = cast.put(client, url(job), FILE.data)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "code"}
    assert cast.states(job) == ["awaiting"]


def test_an_owner_who_is_no_uploader_any_more_sends_nothing(screening: LabUnit) -> None:
    dora = cast.person("dora", Role.UPLOADER, Role.DATA_MANAGER, units=[screening])
    job = cast.announced(dora, screening, FILE)
    dora.groups.remove(dora.groups.get(name=Role.UPLOADER))
    assert cast.put(cast.signed_in(dora), url(job), FILE.data).status_code == 403


def test_nobody_sends_anything_anonymously(client: Client, job: Job) -> None:
    answer = cast.put(Client(), url(job), FILE.data)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_the_csrf_token_is_needed(alice: User, job: Job) -> None:
    client = cast.signed_in(alice, enforce_csrf_checks=True)
    answer = cast.put(client, url(job), FILE.data)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert cast.states(job) == ["awaiting"]


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_other_methods_are_refused_as_json(client: Client, job: Job, method: str) -> None:
    answer = getattr(client, method)(url(job))
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "PUT"
    assert answer.json()["code"] == "method_not_allowed"


# --- Outages -------------------------------------------------------------------------------


def assert_to_be_sent_again(answer: Any, job: Job) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert cast.states(job) == ["awaiting"]


def test_a_full_disk(client: Client, job: Job, full_disk: None) -> None:
    assert_to_be_sent_again(cast.put(client, url(job), FILE.data), job)


def test_staging_out_of_reach(client: Client, job: Job, break_storage: Callable[..., None]) -> None:
    break_storage("staging")
    assert_to_be_sent_again(cast.put(client, url(job), FILE.data), job)
    assert spooled() == []


def test_a_lost_bucket(client: Client, job: Job, lose_bucket: Callable[..., None]) -> None:
    lose_bucket("staging")
    assert_to_be_sent_again(cast.put(client, url(job), FILE.data), job)


def test_no_place_to_spool(
    client: Client, job: Job, settings: Settings, break_storage: Callable[..., None]
) -> None:
    break_storage("default")
    settings.SPOOL_DIR = settings.STORAGES["default"]["OPTIONS"]["location"]
    assert_to_be_sent_again(cast.put(client, url(job), FILE.data), job)

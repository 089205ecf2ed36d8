"""People who want the same thing in the same moment: one gets it, and the sums are right."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from tests.faults.crowd import at_once, hire, leave_quota
from tests.faults.frail import PATIENCE, Frail, assert_sound
from tests.faults.test_workers import photo, photos
from tests.live.client import Client, File

pytestmark = pytest.mark.live
CROWD = ("anna", "ben", "clara", "david")
LATE = "emma"  # has not used up any of the look-ups a minute allows


@pytest.fixture(scope="module")
def crowd(frail: Frail) -> Iterator[list[Client]]:
    hire(frail, *CROWD, LATE)
    with ExitStack() as stack:
        yield [stack.enter_context(Client(frail, name)) for name in (*CROWD, LATE)]


def announce(client: Client, files: list[File], **given: Any) -> dict[str, Any]:
    answer = client.create_job(client.manifest(files, **given))
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


def send(client: Client, job: dict[str, Any], files: list[File]) -> None:
    for item in job["items"]:
        if item["state"] == "awaiting":
            assert client.put(item["upload_url"], files[item["n"]].content).status_code == 202


def outcomes(client: Client, jobs: list[dict[str, Any]]) -> Counter[str]:
    """How many items ended with which code; completed ones have none."""
    ended = [client.wait(job["job_id"], timeout=PATIENCE) for job in jobs]
    return Counter(item["code"] or "stored" for status in ended for item in status["items"])


def charged(frail: Frail, *names: str) -> int:
    counts = dict(frail.rows("SELECT username, file_upload_count FROM accounts_user"))
    return sum(counts[name] for name in names)


def test_same_bytes_twenty_times_make_one_image(frail: Frail, crowd: list[Client]) -> None:
    file = photo("same.jpg")
    clients = crowd[:4] * 5
    jobs = [announce(client, [file]) for client in clients]
    before = charged(frail, *CROWD)
    at_once(partial(send, *each, [file]) for each in zip(clients, jobs, strict=True))
    found = sum(map(outcomes, clients, [[job] for job in jobs]), Counter[str]())
    assert found == {"stored": 1, "duplicate": 19}
    assert charged(frail, *CROWD) == before - 19
    assert_sound(frail)


def test_quota_is_never_exceeded_and_refunded_once(frail: Frail, crowd: list[Client]) -> None:
    client = crowd[0]
    leave_quota(frail, "anna", 50)
    before = charged(frail, "anna")
    batches = [photos(20) for _ in range(4)]
    jobs = at_once(partial(announce, client, files) for files in batches)
    states = Counter(item["code"] or "accepted" for job in jobs for item in job["items"])
    assert states == {"accepted": 50, "quota": 30}
    assert charged(frail, "anna") == before + 50
    at_once(partial(send, client, *each) for each in zip(jobs, batches, strict=True))
    assert outcomes(client, jobs) == {"stored": 50, "quota": 30}
    assert charged(frail, "anna") == before + 50
    assert_sound(frail)


def test_failed_files_give_their_places_back_once(frail: Frail, crowd: list[Client]) -> None:
    client = crowd[1]
    leave_quota(frail, "ben", 8)
    before = charged(frail, "ben")
    bad = [File(f"bad-{n}.jpg", photo().content[: 900 + n]) for n in range(5)]
    files = [*bad, *photos(3)]
    job = announce(client, files)
    at_once(partial(send, client, job, files) for _ in range(1))
    assert outcomes(client, [job]) == {"stored": 3, "corrupt": 5}
    assert charged(frail, "ben") == before + 3
    again = announce(client, photos(6))
    assert [item["code"] for item in again["items"]] == [None] * 5 + ["quota"]


def test_twenty_uploads_for_the_last_place_make_one_image(
    frail: Frail, crowd: list[Client]
) -> None:
    client = crowd[4]
    leave_quota(frail, LATE, 1)
    before = charged(frail, LATE)
    files = photos(20)
    ids = at_once(partial(client.upload, [file]) for file in files)
    assert outcomes(client, [{"job_id": each} for each in ids]) == {"stored": 1, "quota": 19}
    assert charged(frail, LATE) == before + 1


def test_one_request_sent_twice_makes_one_job(frail: Frail, crowd: list[Client]) -> None:
    client, files = crowd[3], photos(3)
    before = charged(frail, "david")
    manifest = client.manifest(files)
    answers = at_once(partial(client.create_job, manifest) for _ in range(8))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 7}
    assert len({answer.json()["job_id"] for answer in answers}) == 1
    assert charged(frail, "david") == before + 3


def test_one_file_sent_twice_at_once_is_stored_once(frail: Frail, crowd: list[Client]) -> None:
    client, file = crowd[3], photo()
    job = announce(client, [file])
    url = job["items"][0]["upload_url"]
    answers = at_once(partial(client.put, url, file.content) for _ in range(6))
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert outcomes(client, [job]) == {"stored": 1}

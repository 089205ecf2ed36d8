"""The look-up of hashes, and how often one may ask."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from accounts.models import LabUnit, LookupWindow, User
from jobs.models import Job
from tests import cast

URL = "/api/uploads/check"
UNKNOWN = "0" * 32


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


def ask(client: Client, *hashes: str) -> Any:
    return cast.post_json(client, URL, {"md5": list(hashes)})


def age_window(user: User, seconds: int) -> None:
    window = LookupWindow.objects.filter(user=user)
    window.update(started_at=F("started_at") - timedelta(seconds=seconds))


def test_own_images_are_found(client: Client, alice: User, screening: LabUnit) -> None:
    image = cast.stored(alice, screening, one := cast.photo())
    assert ask(client, one.md5, UNKNOWN).json() == {
        "duplicates": {
            one.md5: {
                "url": f"/direct/uploads/{image.public_id}",
                "created_at": image.created_at.isoformat(),
                "uploader": "alice",
            }
        }
    }


def test_hashes_may_be_written_large(client: Client, alice: User, screening: LabUnit) -> None:
    cast.stored(alice, screening, one := cast.photo())
    assert set(ask(client, one.md5.upper()).json()["duplicates"]) == {one.md5}


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_images_out_of_sight_are_answered_like_unknown_ones(
    request: pytest.FixtureRequest, client: Client, who: str
) -> None:
    user = request.getfixturevalue(who)
    cast.stored(user, user.lab_units.get(), one := cast.photo())
    assert ask(client, one.md5).content == ask(client, UNKNOWN).content


def test_images_of_a_unit_lost_are_out_of_sight(
    client: Client, alice: User, screening: LabUnit
) -> None:
    cast.stored(alice, screening, one := cast.photo())
    alice.lab_units.clear()
    assert ask(client, one.md5).json() == {"duplicates": {}}


def test_nothing_asked_nothing_answered(client: Client) -> None:
    assert ask(client).json() == {"duplicates": {}}


@pytest.mark.parametrize(
    "hashes",
    [None, "x", {}, [1], [None], ["x"], ["0" * 31], ["0" * 33], ["g" * 32], [UNKNOWN] * 101],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_list_of_hashes(client: Client, hashes: object) -> None:
    answer = cast.post_json(client, URL, {"md5": hashes})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert set(answer.json()["fields"]) == {"md5"}


def test_a_hundred_hashes_are_one_look_up(client: Client, alice: User) -> None:
    assert ask(client, *[f"{n:032x}" for n in range(100)]).status_code == 200
    assert alice.lookup_window.count == 1


def test_the_twenty_first_in_a_minute_waits(client: Client, alice: User) -> None:
    assert {ask(client, UNKNOWN).status_code for _ in range(20)} == {200}
    answer = ask(client, UNKNOWN)
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert 0 < int(answer.headers["Retry-After"]) <= 61


def test_after_a_minute_one_may_ask_again(client: Client, alice: User) -> None:
    for _ in range(20):
        ask(client, UNKNOWN)
    age_window(alice, 61)
    assert ask(client, UNKNOWN).status_code == 200


def test_the_wait_grows_shorter(client: Client, alice: User) -> None:
    for _ in range(20):
        ask(client, UNKNOWN)
    age_window(alice, 50)
    assert int(ask(client, UNKNOWN).headers["Retry-After"]) <= 11


def test_look_ups_and_manifests_count_together(client: Client, screening: LabUnit) -> None:
    for _ in range(19):
        ask(client, UNKNOWN)
    assert cast.announce(client, screening, cast.photo()).status_code == 201
    refused = cast.announce(client, screening, cast.photo())
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert int(refused.headers["Retry-After"]) > 0
    assert Job.objects.count() == 1
    assert ask(client, UNKNOWN).status_code == 429


def test_a_throttled_manifest_reserves_nothing(
    client: Client, alice: User, screening: LabUnit
) -> None:
    for _ in range(20):
        ask(client, UNKNOWN)
    cast.announce(client, screening, cast.photo())
    assert cast.again(alice).file_upload_count == 0


def test_refused_empty_and_repeated_manifests_count_nothing(
    client: Client, alice: User, screening: LabUnit
) -> None:
    rejected = [{"name": "a", "size": 1, "code": "wrong_type"}]
    key = "5f0c9f4e-6a56-4c8e-8a65-0c3b5f4e1d2a"
    cast.announce(client, screening)
    cast.announce(client, screening, cast.photo(), camera=None)
    cast.announce(client, screening, rejected=rejected)
    for _ in range(3):
        cast.announce(client, screening, cast.photo(), client_key=key)
    assert alice.lookup_window.count == 1


def test_junk_counts_nothing(client: Client, alice: User) -> None:
    cast.post_json(client, URL, {"md5": ["x"]})
    assert not LookupWindow.objects.filter(user=alice).exists()


def test_others_are_not_held_up(client: Client, bob: User) -> None:
    for _ in range(21):
        ask(client, UNKNOWN)
    assert ask(cast.signed_in(bob), UNKNOWN).status_code == 200


@pytest.mark.parametrize(("who", "status"), [("dana", 403), ("gina", 403), ("adam", 200)])
def test_only_uploaders_look_up(request: pytest.FixtureRequest, who: str, status: int) -> None:
    client = cast.signed_in(request.getfixturevalue(who))
    assert ask(client, UNKNOWN).status_code == status


def test_nobody_looks_up_anonymously(db: None) -> None:
    assert ask(Client(), UNKNOWN).status_code == 401

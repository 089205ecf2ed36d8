"""Signed addresses of thumbnails: one session's, short-lived, and cheap."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from PIL import Image
from pytest_django.fixtures import Settings

from accounts.idle import LAST_SEEN
from accounts.models import LabUnit, User
from tests import cast
from tests.cast import File
from tests.edits import edited
from tests.images import jpeg
from uploads.models import FundusImage
from uploads.thumblinks import HOUR, links

NOON = 1_800_000_000 // HOUR * HOUR  # Unix time of a full hour


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening, File("Smith.jpg", jpeg(900, 600)))


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Callable[[float], None]:
    """Sets the clock to so many seconds after noon; sessions do not end."""
    settings.SESSION_IDLE_MINUTES = 1_000_000
    settings.SESSION_LONGEST = timedelta(minutes=1_000_000)

    def set_clock(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: NOON + seconds)

    return set_clock


def asking(client: Client, user: User) -> HttpRequest:
    """A request of that session."""
    request = RequestFactory().get("/direct/dashboard")
    request.user, request.session = user, client.session
    return request


def sources(client: Client, user: User, image: FundusImage, **options: Any) -> list[str]:
    """The addresses of the small and the large one."""
    given = links(asking(client, user), image, **options)
    small, large = (each.split() for each in given["srcset"].split(", "))
    assert (small[1], large[1], given["src"]) == ("200w", "400w", large[0])
    return [small[0], large[0]]


def test_there_are_two_sizes(client: Client, alice: User, image: FundusImage) -> None:
    answers = [client.get(source) for source in sources(client, alice, image)]
    sizes = [Image.open(BytesIO(answer.content)).size for answer in answers]
    assert sizes == [(200, 134), (400, 267)]
    assert {answer.headers["Content-Type"] for answer in answers} == {"image/jpeg"}


def test_the_large_one_is_the_stored_file(client: Client, alice: User, image: FundusImage) -> None:
    answer = client.get(sources(client, alice, image)[1])
    with image.thumbnail.open("rb") as stored:
        assert answer.content == stored.read()


def test_browsers_keep_them_and_run_nothing(
    client: Client, alice: User, image: FundusImage, at: Callable[[float], None]
) -> None:
    at(600)
    headers = client.get(sources(client, alice, image)[0]).headers
    assert headers["Cache-Control"] == f"private, max-age={2 * HOUR - 600}, immutable"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_addresses_stay_the_same_within_an_hour(
    client: Client, alice: User, image: FundusImage, at: Callable[[float], None]
) -> None:
    seen = []
    for moment in (0, HOUR - 1, HOUR):
        at(moment)
        seen.append(sources(client, alice, image))
    assert seen[0] == seen[1] != seen[2]


@pytest.mark.parametrize(("after", "status"), [(HOUR, 200), (2 * HOUR - 1, 200), (2 * HOUR, 404)])
def test_addresses_are_good_for_two_hours_at_most(
    client: Client,
    alice: User,
    image: FundusImage,
    at: Callable[[float], None],
    after: int,
    status: int,
) -> None:
    at(0)
    source = sources(client, alice, image)[0]
    at(after)
    assert client.get(source).status_code == status


def test_another_session_of_the_same_person_cannot_use_one(
    client: Client, alice: User, image: FundusImage
) -> None:
    source = sources(client, alice, image)[0]
    assert cast.signed_in(alice).get(source).status_code == 404


def test_another_person_cannot_use_one(
    client: Client, alice: User, adam: User, image: FundusImage
) -> None:
    source = sources(client, alice, image)[0]
    assert cast.signed_in(adam).get(source).status_code == 404


def test_a_dead_session_cannot_use_one(client: Client, alice: User, image: FundusImage) -> None:
    source = sources(client, alice, image)[0]
    cookie = client.cookies["sessionid"].value
    client.logout()
    client.cookies["sessionid"] = cookie
    assert client.get(source).status_code == 302


def test_an_idle_session_cannot_use_one(client: Client, alice: User, image: FundusImage) -> None:
    source = sources(client, alice, image)[0]
    session = client.session
    session[LAST_SEEN] = 1
    session.save()
    assert client.get(source).status_code == 302


def test_they_keep_no_session_alive(client: Client, alice: User, image: FundusImage) -> None:
    source = sources(client, alice, image)[0]
    session = client.session
    session[LAST_SEEN] = seen = time.time() - 900
    session.save()
    assert client.get(source).status_code == 200
    assert client.session[LAST_SEEN] == seen


def test_serving_asks_for_session_person_and_rights_only(
    client: Client, alice: User, image: FundusImage
) -> None:
    client.get("/help")
    source = sources(client, alice, image)[0]
    with CaptureQueriesContext(connection) as asked:
        client.get(source)
    tables = [query["sql"].split("FROM ")[1].split()[0].strip('"') for query in asked]
    assert tables == ["django_session", "accounts_user", "auth_group"]


@pytest.mark.parametrize("cut", [slice(1, None), slice(None, -1), slice(None, 20)])
def test_an_altered_address_is_not_found(
    client: Client, alice: User, image: FundusImage, cut: slice
) -> None:
    folder, signed = sources(client, alice, image)[0].rsplit("/", 1)
    assert client.get(f"{folder}/{signed[cut]}").status_code == 404


def test_they_are_not_in_the_trail(client: Client, alice: User, image: FundusImage) -> None:
    client.get(sources(client, alice, image)[0])
    assert cast.audit("image_viewed", "image_read", "image_downloaded") == []


def test_a_missing_file_is_not_found_and_logged(
    client: Client, alice: User, image: FundusImage, caplog: pytest.LogCaptureFixture
) -> None:
    default_storage.delete(str(image.thumbnail.name))
    assert client.get(sources(client, alice, image)[0]).status_code == 404
    assert "a stored file is missing" in caplog.text


def test_a_new_edited_version_has_a_new_address(
    client: Client, alice: User, image: FundusImage
) -> None:
    first = sources(client, alice, edited(image), edited=True)
    assert client.get(first[0]).status_code == 200
    assert sources(client, alice, edited(image, 30, 30), edited=True) != first


def test_pages_of_jobs_use_them(client: Client, image: FundusImage) -> None:
    page = client.get(f"/direct/upload/results/{image.source_item.job.token}").content.decode()
    source = page.split('srcset="')[1].split()[0]
    assert source.startswith("/direct/thumbnails/")
    assert client.get(source).status_code == 200

"""What holds at every address of the product, for every person, whatever is added to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import LabUnit, User
from tests import cast
from tests.fundus import addresses
from tests.fundus.test_headers import EVERYWHERE

PEOPLE = ("alice", "bob", "charlie", "dana", "erin", "gina", "adam")
UNSAFE = ("post", "put", "patch", "delete")
# Pages for people who have not signed in: signing in, a new password, a second factor, and no more.
OPEN = {
    "healthz", "account_login", "account_logout", "/accounts/login/", "account_reset_password",
    "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "mfa_login_webauthn",
}  # fmt: skip
Addresses = dict[str, str]


@pytest.fixture
def urls(alice: User, screening: LabUnit) -> Addresses:
    return addresses.all_of(cast.stored(alice, screening))


@pytest.fixture
def client_of(request: pytest.FixtureRequest) -> Callable[..., Client]:
    return lambda who, **options: cast.signed_in(
        request.getfixturevalue(who), raise_request_exception=False, **options
    )


def test_strangers_see_nothing(urls: Addresses) -> None:
    client = Client(raise_request_exception=False)
    shown = {name for name, url in urls.items() if client.get(url).status_code == 200}
    assert shown <= OPEN


def test_strangers_change_nothing(urls: Addresses) -> None:
    client, before = Client(raise_request_exception=False), addresses.contents()
    for url in urls.values():
        for method in UNSAFE:
            getattr(client, method)(url)
    assert addresses.contents() == before


@pytest.mark.parametrize("who", [who for who in PEOPLE if who != "adam"])
def test_the_administration_is_shut(
    urls: Addresses, client_of: Callable[..., Client], who: str
) -> None:
    client = client_of(who)
    inside = {url for url in urls.values() if url.startswith("/admin/")}
    assert {client.get(url).status_code for url in inside} <= {302, 403, 404}
    assert {client.post(url).status_code for url in inside} <= {302, 403, 404, 405}


@pytest.mark.parametrize("who", PEOPLE)
def test_looking_changes_nothing(
    urls: Addresses, client_of: Callable[..., Client], who: str
) -> None:
    client = client_of(who)
    before = addresses.contents()
    answers = {name: client.get(url).status_code for name, url in urls.items()}
    for url in urls.values():
        client.head(url)
        client.options(url)
    assert addresses.contents() == before
    assert {name for name, code in answers.items() if code >= 500} <= {"healthz"}


def test_nothing_is_echoed(urls: Addresses, client_of: Callable[..., Client]) -> None:
    client = client_of("adam")
    assert {client.trace(url, HTTP_X_PLANTED="x").status_code for url in urls.values()} == {405}


@pytest.mark.parametrize("who", ["adam", "alice", "dana"])
@pytest.mark.parametrize("method", UNSAFE)
def test_nothing_is_accepted_without_the_token(
    urls: Addresses, client_of: Callable[..., Client], who: str, method: str
) -> None:
    client = client_of(who, enforce_csrf_checks=True)
    before = addresses.contents()
    codes = {name: getattr(client, method)(url).status_code for name, url in urls.items()}
    assert {name: code for name, code in codes.items() if code < 400} == {}
    assert addresses.contents() == before
    assert {name: code for name, code in codes.items() if code not in {403, 404, 405}} == {}


@pytest.mark.parametrize("who", ["stranger", "adam"])
@pytest.mark.parametrize("method", ["get", "head", "post", "delete"])
def test_every_answer_is_guarded(
    urls: Addresses, client_of: Callable[..., Client], who: str, method: str
) -> None:
    client = client_of(who) if who == "adam" else Client(raise_request_exception=False)
    lacking = {name: lacks(getattr(client, method)(url)) for name, url in urls.items()}
    assert {name: missing for name, missing in lacking.items() if missing} == {}


def lacks(answer: Any) -> list[str]:
    headers = answer.headers
    missing = [name for name, value in EVERYWHERE.items() if headers.get(name) != value]
    if "unsafe" in headers.get("Content-Security-Policy", "unsafe"):
        missing.append("Content-Security-Policy")
    missing += [name for name in ("Permissions-Policy", "X-Request-ID") if name not in headers]
    cached = headers.get("Cache-Control", "")
    if "no-store" not in cached and not answer.request["PATH_INFO"].endswith("thumbnail"):
        missing.append(f"Cache-Control: {cached}")
    return missing

"""Guessing passwords, forged session cookies, odd addresses: what an outsider can send."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from accounts import origin
from accounts.models import User
from accounts.sessions import SessionStore
from tests.cast import PASSWORD

GUESSES = 5  # of one account within five minutes


@pytest.fixture(autouse=True)
def fresh_counts(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def sign_in(name: str, password: str, host: str = "localhost") -> int:
    posted = {"login": name, "password": password}
    answer = Client().post("/accounts/login", posted, headers={"host": host})
    return answer.status_code


SPELLINGS: dict[str, Callable[[int], tuple[str, str]]] = {
    "as it is": lambda n: ("alice", "localhost"),
    "ports": lambda n: ("alice", f"localhost:{n + 1}"),
    "hosts": lambda n: ("alice", ["localhost", "127.0.0.1", "[::1]"][n % 3]),
    "letters": lambda n: (["alice", "ALICE", "Alice", "aLICE", "alicE"][n], "localhost"),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_guesses_are_counted_by_account_whatever_else_changes(
    alice: User, spelling: Callable[[int], tuple[str, str]]
) -> None:
    for n in range(GUESSES):
        name, host = spelling(n)
        assert sign_in(name, "wrong", host) == 200
    assert sign_in("alice", PASSWORD, "localhost:9999") == 200


def test_guesses_at_one_account_lock_no_other(alice: User, bob: User) -> None:
    for n in range(GUESSES):
        sign_in("alice", "wrong", f"localhost:{n + 1}")
    assert sign_in("bob", PASSWORD) == 302


@pytest.mark.parametrize("key", ["\0abcdefghijkl", "\xff\xfe345678", "\u0661" * 32, "../../../etc"])
def test_a_session_is_not_even_looked_up_by_an_impossible_key(key: str) -> None:
    assert SessionStore(key).session_key is None


def test_a_forged_session_cookie_is_nobody_s(db: None) -> None:
    cookie = 'sessionid="\\000abcdefghijkl"'
    assert Client().get("/direct/upload", headers={"cookie": cookie}).status_code == 302


@pytest.mark.parametrize("told", ["fe80::1%eth0", "[fe80::1%25]"])
def test_an_address_s_zone_is_left_out(settings: Settings, told: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    request = RequestFactory().get("/", headers={"x-forwarded-for": told})
    assert origin.client_ip(request) == "fe80::1"

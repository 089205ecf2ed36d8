"""What comes with a request and may be forged: cookies, sessions, addresses, names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from accounts import adapter, devices, origin
from accounts.models import User
from tests import cast

LOGIN = "/accounts/login"
SESSIONS = "/accounts/sessions/"
PROXY = "10.0.0.1"


@pytest.fixture(autouse=True)
def fresh_counts(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def sign_in(user: User, client: Client | None = None, /, **headers: str) -> Client:
    client = client or Client()
    posted = {"login": user.username, "password": cast.PASSWORD}
    client.post(LOGIN, posted, headers=headers)
    return client


def is_in(client: Client) -> bool:
    return bool(client.get("/accounts/profile").status_code == 200)


# --- Sessions ----------------------------------------------------------------------------------


def test_a_session_laid_out_by_another_is_not_used(alice: User) -> None:
    client = Client()
    session = client.session  # as somebody else knows it
    session["planted"] = "yes"
    session.save()
    sign_in(alice, client)
    assert client.session.session_key != session.session_key
    assert not Session.objects.filter(pk=session.session_key).exists()


def test_an_invented_session_key_is_not_taken_over(alice: User) -> None:
    client = Client()
    client.cookies["sessionid"] = "x" * 32
    sign_in(alice, client)
    assert client.cookies["sessionid"].value != "x" * 32


def test_cookies_are_closed(alice: User) -> None:
    cookie = sign_in(alice).cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["domain"] == ""


def test_signing_out_empties_the_browser(adam: User) -> None:
    for path in ("/accounts/logout", "/admin/logout/"):
        answer = sign_in(adam).post(path)
        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"


def test_sessions_are_listed_with_place_and_browser(alice: User) -> None:
    sign_in(alice, None, **{"user-agent": AGENT})
    page = sign_in(alice).get(SESSIONS).content.decode()
    assert "Chrome on Windows" in page
    assert (page.count("127.0.0.1</td>"), page.count("This one")) == (2, 1)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (AGENT, "Chrome on Windows"),
        (f"{AGENT} Edg/131.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko Firefox/133.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPad; CPU OS 18) AppleWebKit Version/18 Safari/604", "Safari on iPad"),
        ("curl/8.1", "curl/8.1"),
        ("", "unknown"),
        ("<b>" * 40, ("<b>" * 40)[:40]),
    ],
)
def test_browsers_are_named(agent: str, name: str) -> None:
    assert devices.browser_name(agent) == name


def row_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


def test_one_session_is_ended(alice: User) -> None:
    here, there, third = (sign_in(alice) for _ in range(3))
    here.post(f"{SESSIONS}{row_of(there).pk}/end")
    assert [is_in(each) for each in (here, there, third)] == [True, False, True]
    [event] = cast.audit("sessions_ended")
    assert (event.actor_name, event.after) == ("alice", {"sessions": 1})


def test_all_others_are_ended(alice: User) -> None:
    here, *others = (sign_in(alice) for _ in range(3))
    here.post(SESSIONS)
    assert [is_in(each) for each in (here, *others)] == [True, False, False]
    assert cast.audit("sessions_ended")[0].after == {"sessions": 2}


def test_ending_the_own_session_signs_out(alice: User) -> None:
    here = sign_in(alice)
    assert here.post(f"{SESSIONS}{row_of(here).pk}/end").headers["Location"] == LOGIN
    assert not is_in(here)


def test_nobody_ends_the_session_of_another(alice: User, bob: User) -> None:
    hers, his = sign_in(alice), sign_in(bob)
    assert his.post(f"{SESSIONS}{row_of(hers).pk}/end").status_code == 404
    assert his.post(f"{SESSIONS}999999/end").status_code == 404
    assert is_in(hers)


# --- Addresses ---------------------------------------------------------------------------------


def seen(proxies: int, forwarded: str | None, settings: Settings, remote: str = PROXY) -> Any:
    settings.TRUSTED_PROXY_COUNT = proxies
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)
    return origin.client_ip(request)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "told"),
    [
        (0, "203.0.113.9", PROXY),
        (0, "203.0.113.9, 198.51.100.7", PROXY),
        (1, None, PROXY),
        (1, "", PROXY),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "198.51.100.7", PROXY),
        (1, "198.51.100.7:40123", "198.51.100.7"),
        (1, "[2001:db8::7]:40123", "2001:db8::7"),
        (1, "2001:DB8:0::7", "2001:db8::7"),
        (1, "[2001:db8::7]", "2001:db8::7"),
        (1, "unknown", PROXY),
        (1, "<script>, '; DROP", PROXY),
        (1, "198.51.100.7, \x00", PROXY),
        (1, "1.2.3.4.5", PROXY),
        (1, "x" * 10_000, PROXY),
        (1, ",,, ,", PROXY),
    ],
)
def test_the_address_is_what_our_own_proxies_say(
    settings: Settings, proxies: int, forwarded: str | None, told: str
) -> None:
    assert seen(proxies, forwarded, settings) == told


def test_over_a_socket_there_may_be_no_address(settings: Settings, alice: User) -> None:
    assert seen(0, "203.0.113.9", settings, remote="") is None
    client = Client(REMOTE_ADDR="")
    sign_in(alice, client)
    assert is_in(client)


def test_the_trail_believes_no_forged_address(alice: User, settings: Settings) -> None:
    for proxies, told in ((0, "127.0.0.1"), (1, "198.51.100.7")):
        settings.TRUSTED_PROXY_COUNT = proxies
        sign_in(alice, None, **{"x-forwarded-for": "203.0.113.9, 198.51.100.7"})
        assert cast.audit("signed_in")[-1].ip == told


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_forged_address_frees_nobody_from_the_throttle(
    alice: User, bob: User, settings: Settings, proxies: int
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    codes = []
    for n in range(4):
        posted = {"login": f"name-{n}", "password": "wrong"}
        headers = {"x-forwarded-for": f"203.0.113.{n}, 198.51.100.7"}
        codes.append(Client().post(LOGIN, posted, headers=headers).status_code)
    assert codes == [200, 200, 200, 429]


# --- Names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling", ["JOSÉ", "jose", "Jose\u0301", "ＪＯＳＥ", "jo\u0301sé", " josé "]
)
def test_spellings_of_a_name_are_counted_together(spelling: str) -> None:
    assert adapter.folded(spelling) == "jose"


@pytest.mark.parametrize("names", [["josé", "JOSÉ", "jose", "Jose\u0301", "ＪＯＳＥ"]])
def test_accents_open_no_second_bucket(db: None, names: list[str]) -> None:
    jose = cast.person("josé")
    for name in names:
        Client().post(LOGIN, {"login": name, "password": "wrong"})
    assert not is_in(sign_in(jose))


def test_a_whole_clinic_behind_one_address_gets_in(alice: User, bob: User) -> None:
    for n in range(50):
        Client().post(LOGIN, {"login": f"typo-{n}", "password": "wrong"})
    assert is_in(sign_in(alice))
    assert is_in(sign_in(bob))

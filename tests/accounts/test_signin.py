"""Signing in and out."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import cast

LOGIN = "/accounts/login"
WRONG = {"login": "alice", "password": "wrong"}
RIGHT = {"login": "alice", "password": cast.PASSWORD}


def sign_in(client: Client, url: str = LOGIN, **fields: str) -> Any:
    return client.post(url, fields or RIGHT)


def is_in(client: Client) -> bool:
    return bool(client.get("/accounts/profile").status_code == 200)


def complaint(answer: Any) -> str:
    """What the form says is wrong."""
    return str(answer.context["form"].errors.as_text())


@pytest.mark.parametrize("field", ["login", "username"])
@pytest.mark.parametrize("url", [LOGIN, f"{LOGIN}/"])
def test_name_and_password_are_enough(client: Client, alice: User, url: str, field: str) -> None:
    answer = sign_in(client, url, **{field: "alice", "password": cast.PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert is_in(client)


@pytest.mark.parametrize("url", [LOGIN, f"{LOGIN}/"])
def test_the_form_has_a_token_of_its_own(db: None, url: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get(url).status_code == 200
    assert sign_in(client, url).status_code == 403


def test_the_form_works_with_its_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    html = client.get(LOGIN).content.decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)[0]
    assert sign_in(client, LOGIN, **RIGHT, csrfmiddlewaretoken=token).status_code == 302


def test_wrong_names_and_wrong_passwords_read_alike(client: Client, alice: User) -> None:
    said = {
        complaint(sign_in(client, LOGIN, **WRONG)),
        complaint(sign_in(client, LOGIN, login="nobody", password=cast.PASSWORD)),
    }
    assert len(said) == 1
    assert not is_in(client)


def test_people_who_left_are_told_what_strangers_are(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    stranger = sign_in(Client(), LOGIN, login="nobody", password="wrong")
    answer = sign_in(client)
    assert (answer.status_code, is_in(client)) == (200, False)
    assert complaint(answer) == complaint(stranger)


@pytest.mark.parametrize("fields", [{"login": "alice"}, {"password": "x"}, {"login": ""}])
def test_incomplete_forms_come_back(client: Client, alice: User, fields: dict[str, str]) -> None:
    assert sign_in(client, LOGIN, **fields).status_code == 200


@pytest.mark.parametrize("name", ["al\0ice", "x" * 5000, "alice' OR 1=1", "\ud83d"])
def test_odd_names_are_wrong_names(client: Client, alice: User, name: str) -> None:
    fields = {"login": name.encode("utf-8", "replace").decode(), "password": cast.PASSWORD}
    assert sign_in(client, LOGIN, **fields).status_code == 200


@pytest.mark.parametrize("wanted", ["/direct/jobs", "/direct/upload?retry=x"])
def test_one_ends_where_one_wanted_to_go(client: Client, alice: User, wanted: str) -> None:
    place = client.get(wanted).headers["Location"]
    assert place.startswith(f"{LOGIN}?next=")
    html = client.get(place).content.decode()
    assert wanted in html
    assert sign_in(client, place, **RIGHT, next=wanted).headers["Location"] == wanted


ELSEWHERE = [
    "https://evil.example/", "HTTPS://evil.example", "https:evil.example", "https:/evil.example",
    "http:///evil.example", "//evil.example", "///evil.example", "////evil.example",
    "/\\evil.example", "\\evil.example", "\\\\evil.example", "/\\/evil.example", "/\t/evil.example",
    "\t//evil.example", " //evil.example", "/\n/evil.example", "\x00//evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "blob:x",
    "%2f%2fevil.example", "evil.example", "@evil.example", "https://localhost@evil.example",
    "http://localhost/direct/jobs", "//localhost/direct/jobs", "\u2044\u2044evil.example",
    "\uff0f\uff0fevil.example", "\u3000//evil.example", "?next=//evil.example", ".evil.example",
]  # fmt: skip


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_nobody_is_sent_elsewhere(client: Client, alice: User, elsewhere: str) -> None:
    place = f"{LOGIN}?{urlencode({'next': elsewhere})}"
    for posted in (RIGHT, {**RIGHT, "next": elsewhere}):
        answer = client.post(place, posted)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
        out = client.post("/accounts/logout", {"next": elsewhere})
        assert out.headers["Location"] == LOGIN


def test_the_session_is_a_new_one(client: Client, alice: User) -> None:
    client.get(LOGIN)
    sign_in(client)
    first = client.cookies["sessionid"].value
    assert client.cookies["sessionid"]["httponly"]
    client.post("/accounts/logout")
    sign_in(client)
    assert client.cookies["sessionid"].value != first


def test_several_sessions_at_once_are_fine(alice: User) -> None:
    clients = [Client() for _ in range(3)]
    assert [sign_in(client).status_code for client in clients] == [302] * 3
    assert all(is_in(client) for client in clients)


# --- Throttle ------------------------------------------------------------------------------


def test_thirty_sign_ins_a_minute_from_one_address_are_fine(alice: User, bob: User) -> None:
    people = [{**RIGHT, "login": name} for name in ("alice", "bob")] * 15
    codes = {sign_in(Client(), LOGIN, **fields).status_code for fields in people}
    assert codes == {302}


def test_wrong_passwords_close_an_account_for_a_while(client: Client, alice: User) -> None:
    for _ in range(5):
        sign_in(client, LOGIN, **WRONG)
    assert not sign_in(client).headers.get("Location")
    assert not is_in(client)


def test_others_are_not_locked_out_with_it(client: Client, alice: User, bob: User) -> None:
    for _ in range(6):
        sign_in(client, LOGIN, **WRONG)
    assert sign_in(client, LOGIN, login="bob", password=cast.PASSWORD).status_code == 302


# --- The way out and other doors -----------------------------------------------------------


@pytest.mark.parametrize("url", ["/accounts/logout", "/accounts/logout/"])
def test_signing_out_ends_the_session(client: Client, alice: User, url: str) -> None:
    sign_in(client)
    answer = client.post(url)
    assert (answer.status_code, answer.headers["Location"]) == (302, LOGIN)
    assert not is_in(client)
    assert not Session.objects.filter(pk=client.cookies["sessionid"].value).exists()


def test_a_link_signs_nobody_out(client: Client, alice: User) -> None:
    sign_in(client)
    assert client.get("/accounts/logout").status_code == 200
    assert is_in(client)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signs_up(client: Client, db: None, method: str) -> None:
    fields = {"username": "eve", "password1": cast.PASSWORD, "password2": cast.PASSWORD}
    getattr(client, method)("/accounts/signup/", fields)
    assert not User.objects.exists()


def test_the_administration_has_no_door_of_its_own(client: Client, adam: User) -> None:
    fields = {"username": "adam", "password": cast.PASSWORD, "this_is_the_login_form": "1"}
    answer = client.post("/admin/login/", fields)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(LOGIN)
    assert not is_in(client)


PRIVATE = [
    "account_reauthenticate", "account_change_password", "account_set_password", "mfa_index",
    "mfa_activate_totp", "mfa_view_recovery_codes", "usersessions_list", "accounts:profile",
]  # fmt: skip
CLOSED = [
    "account_signup", "account_inactive", "account_email", "account_email_verification_sent",
    "account_confirm_login_code",
]  # fmt: skip


@pytest.mark.parametrize("name", PRIVATE)
def test_own_pages_ask_to_sign_in(client: Client, db: None, name: str) -> None:
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(LOGIN)


@pytest.mark.parametrize("name", CLOSED)
def test_what_the_library_does_for_strangers_is_closed(
    client: Client, alice: User, name: str
) -> None:
    for visitor in (client, cast.signed_in(alice)):
        assert visitor.get(reverse(name)).status_code == 404
        assert visitor.post(reverse(name), {"email": "a@b.example"}).status_code == 404


@pytest.mark.parametrize("name", ["mfa_index", "usersessions_list", "account_change_password"])
def test_own_pages_are_there(alice: User, name: str) -> None:
    client = Client()
    sign_in(client)
    assert client.get(reverse(name)).status_code == 200


def test_the_profile_shows_quota_and_units(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=9, file_upload_count=2)
    html = cast.signed_in(alice).get("/accounts/profile").content.decode()
    for fact in ("alice", "Screening", "North", "9", "2", "7"):
        assert fact in html

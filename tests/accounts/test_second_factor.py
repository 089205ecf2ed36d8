"""Who needs a second factor, and what is reached without one: nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts import second_factor
from accounts.models import LabUnit, User
from tests import cast

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOGIN = "/accounts/login"
INDEX = "/accounts/2fa/"
CODES = "/accounts/2fa/recovery-codes/"


@pytest.fixture(autouse=True)
def real(db: None, settings: Settings) -> Iterator[Settings]:
    """Not the demonstration, which asks nobody."""
    settings.FUNDUS_DEMO = False
    cache.clear()
    yield settings
    cache.clear()


def code(at: float | None = None, secret: str = SECRET) -> str:
    return str(format_hotp_value(hotp_value(secret, int(at or time.time()) // 30)))


def sign_in(user: User, client: Client | None = None) -> Client:
    """By name and password."""
    client = client or Client()
    client.post(LOGIN, {"login": user.username, "password": cast.PASSWORD})
    return client


def with_app(user: User) -> User:
    """The user with an authenticator app, and recovery codes in a safe place."""
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    second_factor.note_codes_kept(user)
    return user


def enter(client: Client, given: str) -> Any:
    return client.post(reverse("mfa_authenticate"), {"code": given})


def is_in(client: Client) -> bool:
    return bool(client.get("/accounts/profile").status_code == 200)


# --- Who needs one ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "stopped"),
    [("staff", {"dana", "adam"}), ("all", {"alice", "gina", "dana", "adam"}), ("none", set())],
)
def test_the_setting_says_who_needs_one(
    real: Settings, alice: User, gina: User, dana: User, adam: User, policy: str, stopped: set[str]
) -> None:
    real.REQUIRE_MFA = policy
    people = [alice, gina, dana, adam]
    assert {user.username for user in people if not is_in(cast.signed_in(user))} == stopped


def test_the_demonstration_asks_nobody(real: Settings, adam: User) -> None:
    real.FUNDUS_DEMO, real.REQUIRE_MFA = True, "all"
    assert is_in(sign_in(adam))
    assert cast.signed_in(adam).get("/admin/").status_code == 200


def test_a_role_given_asks_for_one_at_the_next_request(alice: User, dana: User) -> None:
    client = sign_in(alice)
    assert is_in(client)
    alice.groups.set(dana.groups.all())
    assert not is_in(client)


# --- What is reached without one ---------------------------------------------------------------

PLACES = [
    "/", "/admin/", "/admin/accounts/user/", "/direct/dashboard", "/direct/upload", "/direct/jobs",
    "/direct/dashboard/export", "/help", "/accounts/profile", "/accounts/sessions/",
    "/accounts/password/change/", "/accounts/2fa/recovery-codes/download/",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_without_one_every_page_leads_to_setting_it_up(adam: User, place: str) -> None:
    assert sign_in(adam).get(place).headers["Location"] == INDEX


def test_without_one_no_picture_is_shown_nor_changed(
    adam: User, alice: User, screening: LabUnit
) -> None:
    image, client = cast.stored(alice, screening), sign_in(adam)
    for part in ("", "/original", "/thumbnail", "/edit", "/delete"):
        url = f"/direct/uploads/{image.public_id}{part}"
        assert client.get(url).headers["Location"] == INDEX
        assert client.post(url, {"x": "y"}).headers["Location"] == INDEX


@pytest.mark.parametrize("url", ["/api/uploads/check", "/api/upload-jobs"])
def test_without_one_scripts_are_told_so(adam: User, url: str) -> None:
    answer = cast.post_json(sign_in(adam), url, {})
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")


def test_without_one_a_body_is_not_taken(adam: User, alice: User, screening: LabUnit) -> None:
    job = cast.announced(alice, screening, one := cast.photo())
    answer = cast.put(sign_in(adam), f"/api/upload-jobs/{job.token}/items/0", one.data)
    assert (answer.status_code, cast.states(job)) == (403, ["awaiting"])


@pytest.mark.parametrize("url", ["/healthz", LOGIN, "/accounts/password/reset/"])
def test_what_is_open_to_strangers_stays_open(adam: User, url: str) -> None:
    assert sign_in(adam).get(url).headers.get("Location") != INDEX


def test_setting_up_and_signing_out_are_open(adam: User) -> None:
    client = sign_in(adam)
    for name in ("mfa_index", "mfa_activate_totp", "mfa_add_webauthn"):
        assert client.get(reverse(name)).status_code == 200
    assert "Your role needs a second factor" in client.get(INDEX).content.decode()
    assert client.post("/accounts/logout").headers["Location"] == LOGIN


# --- Setting one up ----------------------------------------------------------------------------


def set_up(client: Client) -> Any:
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    return client.post(reverse("mfa_activate_totp"), {"code": code(secret=secret)}, follow=True)


@pytest.mark.django_db(transaction=True)
def test_setting_up_ends_where_one_wanted_to_go(adam: User) -> None:
    client = sign_in(adam)
    page = set_up(client)
    assert page.request["PATH_INFO"] == CODES
    assert client.get("/admin/accounts/user/?q=al").headers["Location"] == CODES
    answer = client.post(reverse("accounts:codes-kept"), {"kept": "on"})
    assert answer.headers["Location"] == "/admin/accounts/user/?q=al"
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_codes_are_shown_once_and_must_be_kept(adam: User) -> None:
    client = sign_in(adam)
    page = set_up(client).content.decode()
    shown = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    assert all(each in page for each in shown)
    assert not any(each in client.get(CODES).content.decode() for each in shown)
    client.post(reverse("accounts:codes-kept"), {})
    assert not is_in(client)


@pytest.mark.django_db(transaction=True)
def test_setting_up_is_written_down_and_ends_older_sessions(adam: User) -> None:
    other, client = sign_in(adam), sign_in(adam)
    set_up(client)
    kinds = [event.after["type"] for event in cast.audit("factor_added")]
    assert sorted(kinds) == ["recovery_codes", "totp"]
    assert other.get("/direct/jobs").headers["Location"].startswith(LOGIN)


def test_a_stolen_password_cannot_add_a_factor_beside_another(adam: User) -> None:
    client = cast.signed_in(with_app(adam))
    answer = client.get(reverse("mfa_add_webauthn"))
    assert answer.headers["Location"].startswith(LOGIN)
    assert not client.session.get("_auth_user_id")


def test_a_change_of_factors_asks_for_a_factor_not_a_password(adam: User) -> None:
    client = sign_in(with_app(adam))
    enter(client, code())
    place = client.get(reverse("mfa_deactivate_totp")).headers["Location"]
    assert place.startswith(reverse("mfa_reauthenticate"))
    answer = client.post(reverse("account_reauthenticate"), {"password": cast.PASSWORD})
    assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate"))


def test_the_last_factor_gone_the_door_closes(adam: User) -> None:
    client = sign_in(with_app(adam))
    enter(client, code())
    [spare, *_] = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    client.post(f"{reverse('mfa_reauthenticate')}?next={INDEX}", {"code": spare})
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    assert client.get("/admin/").headers["Location"] == INDEX
    assert len(cast.audit("factor_removed")) == 2


# --- Signing in with one -----------------------------------------------------------------------


def test_the_password_alone_opens_nothing(adam: User) -> None:
    client = sign_in(with_app(adam))
    for place in (*PLACES, "/api/session", INDEX, "/direct/uploads/1/original"):
        assert client.get(place).status_code in {302, 401, 404}
    assert "_auth_user_id" not in client.session


def test_a_code_opens_the_door(adam: User) -> None:
    client = sign_in(with_app(adam))
    assert enter(client, code()).headers["Location"] == "/"
    assert is_in(client)
    assert client.get("/admin/").status_code == 200
    [event] = cast.audit("factor_used")
    assert (event.object_id, event.after) == (str(adam.pk), {"type": "totp"})


def test_a_code_works_once(adam: User) -> None:
    with_app(adam)
    now = code()
    first, second = sign_in(adam), sign_in(adam)
    assert enter(first, now).status_code == 302
    answer = enter(second, now)
    assert "has been used already" in answer.content.decode()
    assert "_auth_user_id" not in second.session


@pytest.mark.parametrize("late", [-60, -30, 30, 60])
def test_a_code_of_another_half_minute_is_wrong(adam: User, late: int) -> None:
    client = sign_in(with_app(adam))
    given = code(time.time() + late)
    assert given == code() or enter(client, given).status_code == 200
    assert not is_in(client)
    assert len(cast.audit("factor_failed")) == 1


def test_guessing_codes_is_stopped(adam: User) -> None:
    client = sign_in(with_app(adam))
    for guess in range(5):
        enter(client, f"{guess}" * 6)
    assert "Too many" in enter(client, code()).content.decode()
    assert not is_in(client)


def test_a_recovery_code_opens_it_once(adam: User) -> None:
    with_app(adam)
    [spare, *_] = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    assert enter(sign_in(adam), spare).status_code == 302
    assert enter(sign_in(adam), spare).status_code == 200


def test_whoever_may_go_without_is_asked_once_they_have_one(alice: User) -> None:
    client = sign_in(with_app(alice))
    assert not is_in(client)
    enter(client, code())
    assert is_in(client)


def test_a_passkey_that_is_none_opens_nothing(db: None) -> None:
    client = Client()
    for credential in ("{}", "[]", "null", "x", '{"response": {"userHandle": "MQ"}}'):
        answer = client.post(reverse("mfa_login_webauthn"), {"credential": credential})
        assert answer.headers["Location"] == LOGIN
    assert "_auth_user_id" not in client.session

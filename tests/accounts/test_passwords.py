"""Passwords: what they may be, how they are changed, and how a forgotten one is replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts import links
from accounts.models import LabUnit, User
from tests import cast
from tests.accounts import slow_mail
from tests.live.waiting import wait_until

NEW = "green-heron-wades-29"
BASE = "http://127.0.0.1:8000"
ASK = "/accounts/password/reset/"
CHANGE = "/accounts/password/change/"


@pytest.fixture(autouse=True)
def fresh_counts(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


# --- What they may be --------------------------------------------------------------------------

GOOD = [NEW, "correct horse battery", "x7!Kq0-vB2$zP", "ñandú über straße", "p" + "qwx4" * 31]
POOR = [
    "short-heron", "password1234", "Password2026!", "PASSWORD!!!!", "qwertyuiop12", "asdfghjkl;'#1",
    "aaaaaaaaaaaa", "abcabcabcabc", "123456789012", "0123456789012", "19840523-2026",
    "iloveyouiloveyou",
    "Retina-Clinic-2026", "fundus-upload", "Screening2026!", "NorthScreening1", "127.0.0.1/fundus",
    "alice-ang-alice", "a b c d e f g h", "x7!Kq0-vB2$zP" * 10,
]  # fmt: skip


@pytest.mark.parametrize("password", GOOD)
def test_length_counts_and_nothing_else(alice: User, password: str) -> None:
    validate_password(password, alice)


@pytest.mark.parametrize("password", POOR)
def test_what_is_easily_guessed_is_refused(alice: User, screening: LabUnit, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, alice)


def test_the_longest_allowed_is_long() -> None:
    words = " ".join(f"w{n}x" for n in range(40))
    validate_password(words[:128])
    with pytest.raises(ValidationError, match="128"):
        validate_password(words[:129])


def test_passwords_are_hashed_by_argon2(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    user = User(username="zoe")
    user.set_password(NEW)
    assert user.password.startswith("argon2$argon2id$")


class Counting(MD5PasswordHasher):
    """Counts how often it has to work, which is what takes the time."""

    work: ClassVar[list[str]] = []

    def encode(self, password: str, salt: str) -> str:
        self.work.append(salt)
        return super().encode(password, salt)


@pytest.mark.parametrize("who", ["alice", "nobody", "gone", "new"])
def test_whoever_signs_in_takes_the_same_work(alice: User, settings: Settings, who: str) -> None:
    cast.person("gone", is_active=False)
    User.objects.filter(pk=cast.person("new").pk).update(password="!never-chosen")
    settings.PASSWORD_HASHERS = ["tests.accounts.test_passwords.Counting"]
    Counting.work.clear()
    Client().post("/accounts/login", {"login": who, "password": "wrong"})
    assert len(Counting.work) == 1


# --- Changing ----------------------------------------------------------------------------------


def sign_in(user: User, password: str = cast.PASSWORD) -> Client:
    client = Client()
    client.post("/accounts/login", {"login": user.username, "password": password})
    return client


def is_in(client: Client) -> bool:
    return bool(client.get("/accounts/profile").status_code == 200)


def change(client: Client, old: str = cast.PASSWORD, new: str = NEW) -> Any:
    return client.post(CHANGE, {"oldpassword": old, "password1": new, "password2": new})


def test_a_change_ends_the_other_sessions(alice: User) -> None:
    here, there = sign_in(alice), sign_in(alice)
    change(here)
    assert (is_in(here), is_in(there)) == (True, False)
    assert is_in(sign_in(alice, NEW))


def test_a_change_is_written_down_without_the_password(alice: User) -> None:
    sign_in(alice)
    change(sign_in(alice))
    [event], [ended] = cast.audit("password_changed"), cast.audit("sessions_ended")
    assert (event.actor_name, event.after) == ("alice", {"by": "themselves"})
    assert ended.after == {"sessions": 1}


@pytest.mark.parametrize(("old", "new"), [("wrong", NEW), (cast.PASSWORD, "password1234")])
def test_a_change_needs_the_old_and_a_good_one(alice: User, old: str, new: str) -> None:
    assert change(sign_in(alice), old, new).status_code == 200
    assert cast.again(alice).check_password(cast.PASSWORD)


def test_a_change_of_the_password_changes_nothing_else(alice: User) -> None:
    client = sign_in(alice)
    User.objects.filter(pk=alice.pk).update(file_upload_count=7)
    change(client)
    assert cast.again(alice).file_upload_count == 7


# --- Links -------------------------------------------------------------------------------------


def path_of(link: str) -> str:
    assert link.startswith(f"{BASE}/accounts/password/reset/key/")
    return link.removeprefix(BASE)


def follow(link: str, password: str = NEW, client: Client | None = None) -> Any:
    """Open the link and choose a password."""
    client = client or Client()
    form = client.get(path_of(link), follow=True)
    if form.context.get("token_fail"):
        return None
    posted = {"password1": password, "password2": password}
    return client.post(form.request["PATH_INFO"], posted)


def test_a_link_lets_one_choose_a_password_and_signs_in(alice: User) -> None:
    client = Client()
    assert follow(links.make(alice), client=client).headers["Location"] == "/"
    assert is_in(client)
    assert is_in(sign_in(alice, NEW))


def test_a_link_works_once(alice: User) -> None:
    link = links.make(alice)
    follow(link)
    assert follow(link) is None


def test_a_link_runs_out(alice: User) -> None:
    link = links.make(alice)
    for hours, works in ((71, True), (73, False)):
        made = timezone.now() - timedelta(hours=hours)
        User.objects.filter(pk=alice.pk).update(link_made_at=made)
        # A key says when it was made: only its own time counts.
        assert links.is_good(cast.again(alice)) is works
    assert follow(link) is None


def test_a_link_ends_with_a_changed_password_and_for_who_leaves(alice: User, bob: User) -> None:
    hers, his = links.make(alice), links.make(bob)
    change(sign_in(alice))
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert (follow(hers, "other-owl-sleeps-31"), follow(his)) == (None, None)


@pytest.mark.parametrize(
    "key", ["1-link-", "1-link-0", "zz-link-aa", "1-set-password", "0-x", "1-c4k-ff"]
)
def test_a_forged_link_opens_nothing(alice: User, key: str) -> None:
    links.make(alice)
    page = Client().get(f"/accounts/password/reset/key/{key}/")
    assert "does not work any more" in page.content.decode()


def test_a_link_of_one_is_none_of_another(alice: User, bob: User) -> None:
    hers, his = path_of(links.make(alice)), path_of(links.make(bob))
    mixed = hers.split("-link-")[0] + "-link-" + his.split("-link-")[1]
    assert "does not work any more" in Client().get(mixed).content.decode()


def test_the_key_leaves_the_address_at_once(alice: User) -> None:
    answer = Client().get(path_of(links.make(alice)))
    assert answer.headers["Location"].endswith("-set-password/")
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_link_does_not_step_over_the_second_factor(alice: User) -> None:
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    client = Client()
    assert follow(links.make(alice), client=client).headers["Location"].endswith("authenticate/")
    assert not is_in(client)


def test_a_link_ends_sessions_and_a_lock(alice: User) -> None:
    thief = sign_in(alice)
    for _ in range(6):
        sign_in(alice, "wrong")
    follow(links.make(alice))
    assert (is_in(thief), is_in(sign_in(alice, NEW))) == (False, True)


# --- Forgotten ---------------------------------------------------------------------------------


@pytest.fixture
def mail(settings: Settings, mailoutbox: list[EmailMessage]) -> list[EmailMessage]:
    settings.MAIL = True
    return mailoutbox


def ask(address: str, **headers: str) -> Any:
    return Client().post(ASK, {"email": address}, headers=headers)


def with_address(user: User) -> User:
    User.objects.filter(pk=user.pk).update(email=f"{user.username}@north.example")
    return cast.again(user)


def link_in(message: EmailMessage) -> str:
    return str(re.findall(r"https?://\S+/reset/\S+", str(message.body))[0])


def test_without_mail_the_page_says_whom_to_ask(alice: User, settings: Settings) -> None:
    settings.SUPPORT_CONTACT = "it@north.example"
    for answer in (Client().get(ASK), ask("alice@north.example")):
        assert "it@north.example" in answer.content.decode()
    assert cast.audit("password_reset_asked") == []


def test_a_mail_leads_to_a_new_password(alice: User, mail: list[EmailMessage]) -> None:
    with_address(alice)
    ask("alice@north.example")
    wait_until(lambda: bool(mail))
    assert mail[0].subject == "[Fundus] Choose a new password"
    follow(link_in(mail[0]))
    assert cast.again(alice).check_password(NEW)
    [asked], [changed] = cast.audit("password_reset_asked"), cast.audit("password_changed")
    assert (asked.object_id, changed.after) == (str(alice.pk), {"by": "link"})


def test_a_mail_is_good_for_an_hour(
    alice: User, mail: list[EmailMessage], settings: Settings
) -> None:
    with_address(alice)
    ask("alice@north.example")
    wait_until(lambda: bool(mail))
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert follow(link_in(mail[0])) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:6666"},
        {"host": "localhost", "x-forwarded-host": "evil.example"},
        {"host": "localhost", "x-forwarded-proto": "ftp", "forwarded": "host=evil.example"},
    ],
)
def test_where_a_mail_leads_is_not_for_the_asker_to_say(
    alice: User, mail: list[EmailMessage], headers: dict[str, str]
) -> None:
    with_address(alice)
    ask("alice@north.example", **headers)
    wait_until(lambda: bool(mail))
    assert set(re.findall(r"https?://[^/\s]+", str(mail[0].body))) == {BASE}
    assert not re.search("evil|6666", str(mail[0].message()))


def test_a_foreign_host_is_refused(alice: User, mail: list[EmailMessage]) -> None:
    assert ask("alice@north.example", host="evil.example").status_code == 400


def test_who_has_an_account_is_not_told(alice: User, bob: User, mail: list[EmailMessage]) -> None:
    with_address(alice)
    User.objects.filter(pk=with_address(bob).pk).update(is_active=False)
    people = ("alice", "bob", "nobody")
    answers = [ask(f"{name}@north.example") for name in people]
    assert {answer.headers["Location"] for answer in answers} == {f"{ASK}done/"}
    pages = {re.sub(r'csrf\S+ value="\w+"', "", Client().get(f"{ASK}done/").content.decode())}
    assert len(pages) == 1
    wait_until(lambda: bool(mail))
    assert [message.to for message in mail] == [["alice@north.example"]]


def test_a_slow_mail_server_holds_nobody_up(alice: User, settings: Settings) -> None:
    with_address(alice)
    settings.MAIL, settings.EMAIL_BACKEND = True, "tests.accounts.slow_mail.Backend"
    ask("alice@north.example")
    slow_mail.go_on.set()
    wait_until(lambda: bool(slow_mail.waited))
    assert slow_mail.waited == [True]


def test_asking_is_throttled_by_address(alice: User, mail: list[EmailMessage]) -> None:
    codes = [ask(name).status_code for name in ("Alice@north.example",) * 4]
    assert codes == [302, 302, 302, 429]


def test_people_are_told_of_changes_by_mail(
    alice: User, mail: list[EmailMessage], settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    change(sign_in(with_address(alice)))
    wait_until(lambda: bool(mail))
    assert mail[0].to == ["alice@north.example"]
    assert "If this was not you" in str(mail[0].body)

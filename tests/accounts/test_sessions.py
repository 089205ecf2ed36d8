"""Idle sessions end, and what pages fetch by themselves keeps none alive."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.idle import LAST_SEEN, STARTED, person_key
from accounts.models import LabUnit, User
from accounts.roles import Role
from tests import cast


@pytest.fixture
def client(alice: User) -> Client:
    client = cast.signed_in(alice)
    client.get("/help")
    return client


def rest(client: Client, minutes: float) -> None:
    """Let the session lie for a while."""
    session = client.session
    session[LAST_SEEN] -= minutes * 60
    session.save()


def is_in(client: Client) -> bool:
    return bool(client.get("/help").status_code == 200)


def test_a_session_in_use_goes_on(client: Client) -> None:
    for _ in range(3):
        rest(client, 29)
        assert is_in(client)


def test_an_idle_session_ends(client: Client) -> None:
    rest(client, 31)
    answer = client.get("/direct/jobs")
    assert answer.headers["Location"] == "/accounts/login?next=/direct/jobs"
    assert not is_in(client)
    assert len(cast.audit("signed_out")) == 1


def test_an_idle_session_is_told_to_scripts(client: Client) -> None:
    rest(client, 31)
    assert cast.post_json(client, "/api/uploads/check", {}).status_code == 401


def test_the_time_is_a_setting(client: Client, settings: Settings) -> None:
    settings.SESSION_IDLE_MINUTES = 5
    rest(client, 6)
    assert not is_in(client)


def test_polling_thumbnails_and_health_keep_no_session_alive(
    client: Client, alice: User, screening: LabUnit
) -> None:
    image = cast.stored(alice, screening)
    job = image.source_item.job
    for _ in range(3):
        rest(client, 9)
        client.get(f"/api/upload-jobs/{job.token}/status")
        client.get(f"/direct/uploads/{image.public_id}/thumbnail")
        client.get("/healthz")
    rest(client, 4)
    assert not is_in(client)


def test_a_session_that_only_polls_ends_too(alice: User, screening: LabUnit) -> None:
    job = cast.announced(alice, screening, cast.photo())
    client = cast.signed_in(alice)
    url = f"/api/upload-jobs/{job.token}/status"
    assert client.get(url).status_code == 200
    rest(client, 31)
    assert client.get(url).status_code == 401


def test_uploading_keeps_a_session_alive(client: Client, alice: User, screening: LabUnit) -> None:
    job = cast.announced(alice, screening, one := cast.photo())
    rest(client, 20)
    cast.put(client, f"/api/upload-jobs/{job.token}/items/0", one.data)
    rest(client, 20)
    assert is_in(client)


def test_a_session_is_not_written_with_every_request(client: Client) -> None:
    before = client.session[LAST_SEEN]
    client.get("/help")
    assert client.session[LAST_SEEN] == before <= time.time()


# --- The longest, and what pages ask -------------------------------------------------------


def start_earlier(client: Client, hours: float) -> None:
    session = client.session
    session[STARTED] -= hours * 3600
    session.save()


def test_no_session_lasts_longer_than_half_a_day(client: Client) -> None:
    start_earlier(client, 11.9)
    assert is_in(client)
    start_earlier(client, 0.2)
    assert not is_in(client)


def test_signing_in_again_begins_anew(client: Client, alice: User) -> None:
    start_earlier(client, 11.9)
    client.post("/accounts/logout")
    client.post("/accounts/login", {"login": "alice", "password": cast.PASSWORD})
    start_earlier(client, 0.2)
    assert is_in(client)


def test_an_ended_session_leaves_no_pictures_in_the_cache(client: Client) -> None:
    rest(client, 31)
    assert client.get("/direct/jobs").headers["Clear-Site-Data"] == '"cache"'


def test_pages_ask_what_is_left_without_using_the_session(client: Client, alice: User) -> None:
    rest(client, 20)
    told = client.get("/api/session").json()
    assert 590 <= told["seconds_left"] <= 600
    assert told["person"] == person_key(alice)
    assert client.get("/api/session").json()["seconds_left"] <= 600


def test_pages_say_that_somebody_is_there(client: Client) -> None:
    rest(client, 29)
    assert client.post("/api/session").json()["seconds_left"] > 1790
    rest(client, 29)
    assert is_in(client)


def test_the_longest_is_told_before_the_rest(client: Client) -> None:
    start_earlier(client, 11.99)
    assert client.post("/api/session").json()["seconds_left"] <= 36


def test_an_ended_session_is_said_to_have_ended(client: Client) -> None:
    rest(client, 31)
    for answer in (client.get("/api/session"), client.post("/api/session")):
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_saying_so_takes_a_token(alice: User) -> None:
    client = cast.signed_in(alice, enforce_csrf_checks=True)
    assert client.post("/api/session").json()["code"] == "csrf"


def test_people_are_told_apart_without_names(alice: User, bob: User) -> None:
    assert person_key(alice) != person_key(bob)
    assert "alice" not in person_key(alice)


def test_the_list_says_when_a_session_was_last_used(client: Client, alice: User) -> None:
    long_ago = timezone.now() - timedelta(minutes=20)
    row = {"ip": "192.0.2.9", "session_key": client.session.session_key, "last_seen_at": long_ago}
    UserSession.objects.create(user=alice, **row)
    rest(client, 20)
    client.get("/healthz")
    client.get("/api/session")
    assert UserSession.objects.get().last_seen_at == long_ago
    client.get("/help")
    assert UserSession.objects.get().last_seen_at > long_ago
    assert UserSession.objects.get().ip == "127.0.0.1"


# --- Roles and units -----------------------------------------------------------------------


def test_a_role_given_takes_effect_at_once(gina: User) -> None:
    client = cast.signed_in(gina)
    assert client.get("/direct/upload").status_code == 403
    gina.groups.add(cast.person("other", Role.UPLOADER).groups.get())
    assert client.get("/direct/upload").status_code == 200


def test_a_unit_given_takes_effect_at_once(charlie: User, dana: User, screening: LabUnit) -> None:
    client, job = cast.signed_in(dana), cast.announced(charlie, charlie.lab_units.get())
    url = f"/direct/upload/results/{job.token}"
    assert client.get(url).status_code == 404
    dana.lab_units.add(job.lab_unit)
    assert client.get(url).status_code == 200


def test_people_deactivated_are_out_at_once(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert not is_in(client)


@pytest.mark.parametrize(
    ("role", "staff"), [*((role, False) for role in list(Role)[:3]), (Role.ADMINISTRATOR, True)]
)
def test_staff_follows_the_group(db: None, role: Role, staff: bool) -> None:
    user = cast.person("somebody", role)
    assert (user.is_staff, user.is_superuser, user.has_perm("jobs.view_job")) == (staff,) * 3


def test_the_deactivated_hold_no_role(adam: User) -> None:
    adam.is_active = False
    adam.save()
    assert (cast.again(adam).roles, cast.again(adam).is_staff) == (frozenset(), False)


def test_one_person_may_hold_several_roles(screening: LabUnit) -> None:
    client = cast.signed_in(cast.person("dora", Role.UPLOADER, Role.GRADER, units=[screening]))
    pages = ("/direct/upload", "/direct/dashboard", "/direct/jobs")
    assert [client.get(page).status_code for page in pages] == [200] * 3


def test_a_superuser_made_at_the_command_line_is_an_administrator(db: None) -> None:
    user = User.objects.create_superuser("root", password=cast.PASSWORD)
    assert cast.again(user).is_administrator
    assert user.check_password(cast.PASSWORD)


def test_a_late_answer_to_an_ended_session_keeps_the_new_cookie(alice: User) -> None:
    client = cast.signed_in(alice)
    client.session.flush()
    answer = client.post("/api/uploads/check", {"md5": []}, content_type="application/json")
    assert answer.status_code == 401
    assert "sessionid" not in answer.cookies

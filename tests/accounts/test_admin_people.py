"""People in the administration: roles, units, passwords, quota."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import AuditEvent, LabUnit, User
from accounts.roles import Role
from tests import cast
from tests.adminforms import act, save, shown, told
from tests.live.waiting import wait_until

PEOPLE = "/admin/accounts/user/"
NEW_PASSWORD = "green-heron-wades-29"


@pytest.fixture
def client(adam: User) -> Client:
    return cast.signed_in(adam)


def page(user: User) -> str:
    return f"{PEOPLE}{user.pk}/change/"


def groups(*roles: Role) -> list[int]:
    return [Group.objects.get(name=role).pk for role in roles]


def spend(user: User, count: int, held: int = 0) -> None:
    User.objects.filter(pk=user.pk).update(file_upload_count=count, file_upload_held=held)


def listed(client: Client, **query: Any) -> set[str]:
    return {user.username for user in client.get(PEOPLE, query).context["cl"].result_list}


# --- Who they are and what they may do -------------------------------------------------------


def test_a_new_person_gets_roles_and_units_at_once(client: Client, screening: LabUnit) -> None:
    roles = groups(Role.UPLOADER)
    save(client, f"{PEOPLE}add/", username="zoe", groups=roles, lab_units=[screening.pk])
    zoe = User.objects.get(username="zoe")
    assert (set(zoe.roles), zoe.lab_units.get()) == ({"Uploader"}, screening)
    assert not zoe.has_usable_password()


def test_what_was_given_to_a_new_person_is_written_down(client: Client, screening: LabUnit) -> None:
    roles = groups(Role.UPLOADER)
    save(client, f"{PEOPLE}add/", username="zoe", groups=roles, lab_units=[screening.pk])
    [event] = cast.audit("record_added")
    assert (event.actor_name, event.object_type) == ("adam", "user")
    assert event.after["groups"] == ["Uploader"]
    assert event.after["lab_units"] == ["North · Screening"]


def test_names_differ_by_more_than_capitals(client: Client, alice: User) -> None:
    save(client, f"{PEOPLE}add/", username="ALICE")
    assert User.objects.filter(username__iexact="alice").get() == alice


def test_a_change_of_roles_and_units_is_written_down(
    client: Client, alice: User, imaging: LabUnit
) -> None:
    roles = groups(Role.UPLOADER, Role.GRADER)
    save(client, page(alice), groups=roles, lab_units=[imaging.pk], first_name="Alicia")
    [event] = cast.audit("record_changed")
    assert event.before == {
        "first_name": "Alice",
        "groups": ["Uploader"],
        "lab_units": ["North · Screening"],
    }
    assert event.after["groups"] == ["Grader", "Uploader"]
    assert event.after["lab_units"] == ["South · Imaging"]


def test_an_administrator_can_make_another(client: Client, alice: User) -> None:
    save(client, page(alice), groups=groups(Role.ADMINISTRATOR))
    assert cast.signed_in(cast.again(alice)).get("/admin/").status_code == 200


@pytest.mark.parametrize("lost", [{"is_active": None}, {"groups": None}])
def test_nobody_locks_themselves_out(client: Client, adam: User, lost: dict[str, None]) -> None:
    answer = save(client, page(adam), **lost)
    assert "Another administrator must" in str(answer.context["adminform"].form.errors)
    assert cast.again(adam).is_administrator


@pytest.mark.parametrize("field", ["is_superuser", "is_staff", "user_permissions", "last_login"])
def test_what_roles_decide_cannot_be_set_by_hand(client: Client, alice: User, field: str) -> None:
    assert field not in shown(client, page(alice))


def test_people_are_not_deleted(client: Client, alice: User) -> None:
    assert client.post(f"{PEOPLE}{alice.pk}/delete/", {"post": "yes"}).status_code == 403
    act(client, PEOPLE, "delete_selected", alice, post="yes")
    assert User.objects.filter(pk=alice.pk).exists()


def test_deactivated_people_are_signed_out(client: Client, alice: User) -> None:
    hers = cast.signed_in(alice)
    act(client, PEOPLE, "deactivate", alice)
    assert hers.get("/direct/jobs")["Location"].startswith("/accounts/login")
    [event] = cast.audit("record_changed")
    assert (event.before, event.after) == ({"is_active": True}, {"is_active": False})


def test_oneself_is_left_out_when_several_are_deactivated(
    client: Client, adam: User, alice: User
) -> None:
    answer = act(client, PEOPLE, "deactivate", adam, alice)
    assert told(answer)[0] == "Another administrator must deactivate your own account."
    assert set(User.objects.filter(is_active=True)) == {adam}


# --- Passwords -------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["password", "password1", "link_made_at"])
def test_administrators_see_and_set_no_password(client: Client, alice: User, field: str) -> None:
    assert field not in shown(client, page(alice))
    assert field not in shown(client, f"{PEOPLE}add/")


def test_the_page_on_which_django_sets_passwords_is_gone(client: Client, alice: User) -> None:
    new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    answer = client.post(f"{PEOPLE}{alice.pk}/password/", {**new, "set-password": "1"}, follow=True)
    assert cast.again(alice).check_password(cast.PASSWORD)
    assert NEW_PASSWORD not in answer.content.decode()


def link_of(answer: Any) -> str:
    """The path of the link that the page shows."""
    link: str = answer.context["link"]
    assert link.startswith("http://127.0.0.1:8000/accounts/password/reset/key/")
    return link.removeprefix("http://127.0.0.1:8000")


def test_a_one_time_link_is_shown_once_and_written_down(client: Client, alice: User) -> None:
    link = link_of(act(client, PEOPLE, "make_link", alice, back_to=alice.pk))
    assert link not in client.get(page(alice)).content.decode()
    [event] = cast.audit("link_made")
    assert (event.actor_name, event.object_id) == ("adam", str(alice.pk))
    assert link.split("-", 1)[1] not in str(list(AuditEvent.objects.values()))


def test_a_link_is_for_one_active_person(client: Client, alice: User, bob: User) -> None:
    assert "Choose one" in told(act(client, PEOPLE, "make_link", alice, bob))[0]
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert "Choose one" in told(act(client, PEOPLE, "make_link", bob))[0]


def test_a_link_made_later_ends_the_one_before(client: Client, alice: User) -> None:
    old, new = (link_of(act(client, PEOPLE, "make_link", alice)) for _ in range(2))
    assert "does not work any more" in Client().get(old).content.decode()
    assert Client().get(new).status_code == 302


def test_without_mail_no_link_can_be_sent(client: Client, alice: User) -> None:
    assert "send_link" not in client.get(page(alice)).content.decode()


def test_links_are_sent_to_those_with_an_address(
    client: Client, alice: User, bob: User, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.MAIL = True
    User.objects.filter(pk=alice.pk).update(email="alice@north.example")
    answer = act(client, PEOPLE, "send_link", alice, bob)
    assert told(answer) == ["1 link sent. The others have no e-mail address, or are not active."]
    wait_until(lambda: bool(mailoutbox))
    assert mailoutbox[0].to == ["alice@north.example"]
    assert "http://127.0.0.1:8000/accounts/password/reset/key/" in str(mailoutbox[0].body)


def test_no_event_holds_a_password_or_its_hash(client: Client, alice: User) -> None:
    act(client, PEOPLE, "make_link", alice)
    save(client, page(alice), first_name="Alicia")
    written = str(list(AuditEvent.objects.values()))
    hashes = User.objects.values_list("password", flat=True)
    assert not [secret for secret in [cast.PASSWORD, *hashes] if secret in written]


# --- The second factor -----------------------------------------------------------------------


def test_a_lost_second_factor_is_taken_away(client: Client, alice: User) -> None:
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    assert "totp" in client.get(page(alice)).content.decode()
    answer = act(client, PEOPLE, "take_second_factor", alice, back_to=alice.pk)
    assert told(answer) == ["1 second factor taken away."]
    assert not is_mfa_enabled(alice)
    [event] = cast.audit("factor_removed")
    assert (event.before, event.after) == ({"second_factor": ["totp"]}, {"second_factor": []})


def test_whose_second_factor_is_taken_away_is_signed_out(client: Client, alice: User) -> None:
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    hers = Client()
    hers.force_login(alice)
    UserSession.objects.create(user=alice, ip="192.0.2.1", session_key=hers.session.session_key)
    act(client, PEOPLE, "take_second_factor", alice)
    assert hers.get("/direct/jobs").status_code == 302


def test_whoever_has_none_loses_none(client: Client, alice: User) -> None:
    answer = act(client, PEOPLE, "take_second_factor", alice)
    assert told(answer) == ["0 second factors taken away."]
    assert cast.audit("record_changed") == []


# --- Quota -----------------------------------------------------------------------------------


def test_a_new_limit_is_an_event_of_its_own(client: Client, alice: User) -> None:
    save(client, page(alice), upload_quota="200")
    [event] = cast.audit("quota_changed", "record_changed")
    assert event.action == "quota_changed"
    assert (event.before, event.after) == ({"upload_quota": None}, {"upload_quota": 200})


def test_an_emptied_limit_is_the_default_again(client: Client, alice: User) -> None:
    save(client, page(alice), upload_quota="200")
    save(client, page(alice), upload_quota="")
    assert cast.again(alice).effective_quota == 50


def test_limits_are_set_for_several_at_once(client: Client, alice: User, bob: User) -> None:
    asked = act(client, PEOPLE, "set_limit", alice, bob)
    assert "This changes 2 people" in asked.content.decode()
    answer = act(client, PEOPLE, "set_limit", alice, bob, limit="75")
    assert told(answer) == ["2 upload limits set."]
    assert set(User.objects.filter(upload_quota=75)) == {alice, bob}
    assert len(cast.audit("quota_changed")) == 2


def test_a_limit_below_nothing_is_asked_for_again(client: Client, alice: User) -> None:
    answer = act(client, PEOPLE, "set_limit", alice, limit="-1")
    assert "greater than or equal to 0" in answer.content.decode()
    assert cast.again(alice).upload_quota is None


def test_counts_are_reset_in_bulk_to_what_open_files_hold(
    client: Client, alice: User, bob: User
) -> None:
    spend(alice, 30, held=2)
    answer = act(client, PEOPLE, "reset_count", alice, bob)
    assert told(answer) == ["1 upload count reset. 1 held nothing that can be reset."]
    assert cast.again(alice).file_upload_count == 2
    [event] = cast.audit("quota_reset")
    assert (event.actor_name, event.object_id) == ("adam", str(alice.pk))


def test_one_count_is_reset_from_the_persons_page(client: Client, alice: User) -> None:
    spend(alice, 30)
    assert "Reset upload count" in client.get(page(alice)).content.decode()
    answer = act(client, PEOPLE, "reset_count", alice, back_to=alice.pk)
    assert answer.redirect_chain[-1][0] == page(alice)
    assert cast.again(alice).file_upload_count == 0


def test_the_list_shows_how_much_is_used(client: Client, alice: User) -> None:
    spend(alice, 30)
    assert '<progress max="50" value="30"' in client.get(PEOPLE).content.decode()


def test_the_list_is_filtered_by_what_is_left(client: Client, alice: User, bob: User) -> None:
    spend(alice, 50)
    assert listed(client, quota="used_up") == {"alice"}
    assert listed(client, quota="left") == {"adam", "bob"}


def test_a_person_leads_to_their_images_and_jobs(
    client: Client, alice: User, bob: User, screening: LabUnit
) -> None:
    mine = cast.announced(alice, screening, cast.photo())
    cast.announced(bob, screening, cast.photo())
    html = client.get(page(alice)).content.decode()
    assert f"/admin/uploads/fundusimage/?uploaded_by__id__exact={alice.pk}" in html
    jobs = client.get("/admin/jobs/job/", {"uploader__id__exact": alice.pk})
    assert list(jobs.context["cl"].result_list) == [mine]


def test_the_last_upload_is_shown(client: Client, alice: User, screening: LabUnit) -> None:
    job = cast.announced(alice, screening, cast.photo())
    [row] = [row for row in client.get(PEOPLE).context["cl"].result_list if row == alice]
    assert row.last_job == job.created_at

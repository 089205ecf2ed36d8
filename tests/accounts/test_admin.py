"""The administration's door, and what is written down of what is done behind it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import AuditEvent, Hospital, LabUnit, User
from accounts.roles import Role
from accounts.trail import guards
from tests import cast
from tests.adminforms import act, save, told

HOSPITALS = "/admin/accounts/hospital/"
UNITS = "/admin/accounts/labunit/"
TRAIL = "/admin/accounts/auditevent/"


@pytest.fixture
def client(adam: User) -> Client:
    return cast.signed_in(adam)


# --- The door --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/accounts/user/"])
def test_strangers_are_sent_to_the_one_sign_in_page(db: None, path: str) -> None:
    assert Client().get(path)["Location"].startswith("/accounts/login?next=/admin/")


@pytest.mark.parametrize(
    "path",
    ["/admin/", "/admin/accounts/user/1/change/", "/admin/jobs/job/1/change/", "/admin/nothing/"],
)
def test_others_are_refused_everywhere_and_that_is_written_down(dana: User, path: str) -> None:
    assert cast.signed_in(dana).get(path).status_code == 403
    [denied] = cast.audit("access_denied")
    assert denied.actor_name == "dana"


def test_the_role_opens_the_door_and_losing_it_closes_it(adam: User, client: Client) -> None:
    assert client.get("/admin/").status_code == 200
    adam.groups.clear()
    assert client.get("/admin/").status_code == 403


def test_passwords_are_changed_where_everybody_changes_them(client: Client) -> None:
    assert client.get("/admin/password_change/")["Location"] == "/accounts/password/change/"


def test_signing_out_ends_the_session(client: Client) -> None:
    assert client.post("/admin/logout/")["Location"] == "/accounts/login"
    assert "_auth_user_id" not in client.session


def test_libraries_bring_no_pages(client: Client) -> None:
    apps = {model._meta.app_label for model in admin.site._registry}
    assert apps == {"accounts", "jobs", "uploads"}
    assert client.get("/admin/django_q/schedule/").status_code == 404


@pytest.mark.parametrize("model", [model._meta.label_lower for model in admin.site._registry])
def test_every_list_can_be_opened_and_searched(client: Client, model: str) -> None:
    address = f"/admin/{model.replace('.', '/')}/"
    assert client.get(address, {"q": "a'b %_ 0f"}).status_code == 200


# --- Hospitals and units ---------------------------------------------------------------------


def test_a_hospital_comes_with_its_units(client: Client) -> None:
    new = {"name": "East", "lab_units-0-name": "Retina", "lab_units-0-is_active": "on"}
    save(client, f"{HOSPITALS}add/", is_active="on", **new)
    unit = LabUnit.objects.get(name="Retina")
    assert unit.hospital.name == "East"
    added = {event.object_type: event.after for event in cast.audit("record_added")}
    assert (added["hospital"]["name"], added["labunit"]["hospital"]) == ("East", "East")


def test_a_renamed_unit_is_written_down_with_both_names(client: Client, screening: LabUnit) -> None:
    address = f"{HOSPITALS}{screening.hospital_id}/change/"
    save(client, address, **{"lab_units-0-name": "Retina"})
    [event] = cast.audit("record_changed")
    assert event.object_id == str(screening.pk)
    assert (event.before, event.after) == ({"name": "Screening"}, {"name": "Retina"})
    assert event.actor_name == "adam"


def test_saving_without_a_change_writes_nothing(client: Client, screening: LabUnit) -> None:
    save(client, f"{HOSPITALS}{screening.hospital_id}/change/")
    assert cast.audit("record_changed") == []


def test_a_unit_stays_in_its_hospital(client: Client, screening: LabUnit, imaging: LabUnit) -> None:
    save(client, f"{UNITS}{screening.pk}/change/", name="Retina", hospital=imaging.hospital_id)
    screening.refresh_from_db()
    assert (screening.name, screening.hospital.name) == ("Retina", "North")


def test_a_unit_in_use_is_not_deleted(client: Client, alice: User, screening: LabUnit) -> None:
    cast.announced(alice, screening, cast.photo())
    answer = client.post(f"{UNITS}{screening.pk}/delete/", {"post": "yes"}, follow=True)
    assert told(answer) == [
        "North · Screening is in use by 1 job and cannot be deleted. Deactivate it instead."
    ]
    assert LabUnit.objects.filter(pk=screening.pk).exists()


def test_a_unit_never_used_may_be_deleted(client: Client, outreach: LabUnit) -> None:
    client.post(f"{UNITS}{outreach.pk}/delete/", {"post": "yes"})
    assert not LabUnit.objects.filter(pk=outreach.pk).exists()
    [event] = cast.audit("record_deleted")
    assert (event.object_id, event.before["name"]) == (str(outreach.pk), "Outreach")


def test_a_hospital_with_units_is_not_deleted(client: Client, screening: LabUnit) -> None:
    address = f"{HOSPITALS}{screening.hospital_id}/delete/"
    assert "in use by 1 lab unit" in told(client.get(address, follow=True))[0]


def test_several_are_deactivated_at_once_each_written_down(
    client: Client, screening: LabUnit, outreach: LabUnit
) -> None:
    act(client, UNITS, "deactivate", screening, outreach)
    assert not LabUnit.objects.filter(is_active=True).exists()
    assert [event.after for event in cast.audit("record_changed")] == [{"is_active": False}] * 2


def test_nothing_is_deleted_in_bulk(client: Client, outreach: LabUnit) -> None:
    act(client, UNITS, "delete_selected", outreach, post="yes")
    assert LabUnit.objects.filter(pk=outreach.pk).exists()


# --- The trail -------------------------------------------------------------------------------


def test_the_history_of_a_record_is_its_part_of_the_trail(
    client: Client, screening: LabUnit
) -> None:
    save(client, f"{UNITS}{screening.pk}/change/", name="Retina")
    answer = client.get(f"{UNITS}{screening.pk}/history/", follow=True)
    assert answer.context["cl"].result_count == 1
    assert answer.context["cl"].result_list[0].action == "record_changed"


@pytest.mark.parametrize("query", ["alice", "127.0.0.1", "job_created"])
def test_the_trail_is_found_by_person_address_and_action(
    client: Client, alice: User, screening: LabUnit, query: str
) -> None:
    cast.announce(cast.signed_in(alice), screening, cast.photo())
    answer = client.get(TRAIL, {"q": query, "action__exact": "job_created"})
    assert [event.actor_name for event in answer.context["cl"].result_list] == ["alice"]


def test_the_trail_is_found_by_job(client: Client, alice: User, screening: LabUnit) -> None:
    job = cast.announced(alice, screening, cast.photo())
    cast.announced(alice, screening, cast.photo())
    for query in (str(job.token), str(job.token)[:13]):
        found = client.get(TRAIL, {"q": query}).context["cl"].result_list
        assert {event.job_token for event in found} == {job.token}


def test_the_trail_is_found_by_month(client: Client, alice: User, screening: LabUnit) -> None:
    cast.announced(alice, screening, cast.photo())
    long_ago = datetime(2020, 2, 29, 23, 59, tzinfo=UTC)
    with guards.lifted():
        AuditEvent.objects.filter(action="job_created").update(at=long_ago)
    found = client.get(TRAIL, {"month": "2020-02"}).context["cl"].result_list
    assert [event.action for event in found] == ["job_created"]


@pytest.mark.parametrize("month", ["2020-03", "1999-12"])
def test_other_months_hold_nothing(
    client: Client, alice: User, screening: LabUnit, month: str
) -> None:
    cast.announced(alice, screening, cast.photo())
    assert not client.get(TRAIL, {"month": month}).context["cl"].result_list


@pytest.mark.parametrize("month", ["", "2020-13", "9999-12", "0000-01", "x", "2020-02'"])
def test_what_is_no_month_filters_nothing(client: Client, screening: LabUnit, month: str) -> None:
    save(client, f"{UNITS}{screening.pk}/change/", name="Retina")
    assert (
        client.get(TRAIL, {"month": month}).context["cl"].result_count == AuditEvent.objects.count()
    )


def test_the_trail_cannot_be_touched(client: Client, screening: LabUnit) -> None:
    save(client, f"{UNITS}{screening.pk}/change/", name="Retina")
    [event] = cast.audit("record_changed")
    page = client.get(f"{TRAIL}{event.pk}/change/")
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert client.post(f"{TRAIL}{event.pk}/change/", {"action": "x"}).status_code == 403
    assert client.post(f"{TRAIL}{event.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{TRAIL}add/").status_code == 403


def test_hospital_names_are_there_once(client: Client, screening: LabUnit) -> None:
    answer = save(client, f"{HOSPITALS}add/", name="North", is_active="on")
    assert "already exists" in str(answer.context["adminform"].form.errors)
    assert Hospital.objects.count() == 1


def test_groups_are_not_for_sale(client: Client) -> None:
    assert client.get("/admin/auth/group/").status_code == 404
    assert Group.objects.filter(name=Role.ADMINISTRATOR).count() == 1

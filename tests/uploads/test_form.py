"""The upload page and what is chosen on it."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import LabUnit, User
from accounts.roles import Role
from jobs.models import Job
from tests import cast
from tests.uploads import formdata
from uploads.models import Area, Batch, Camera, Disease

URL = "/direct/upload"
REQUIRED = "All fields are required"


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


def page(client: Client, query: str = "") -> str:
    return str(client.get(URL + query).content.decode())


def chosen(html: str) -> dict[str, str]:
    """Names and values of the radio buttons, options and switches that are chosen."""
    found = {}
    for tag in re.findall(r"<(?:input|option)\b[^>]*>", html):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if tag.startswith("<option") and " selected" in tag:
            found["camera"] = attributes["value"]
        elif " checked" in tag:
            found[attributes["name"]] = attributes.get("value", "on")
    return found


def offered(html: str, name: str) -> set[str]:
    return set(re.findall(rf'name="{name}"[^>]*value="([^"]*)"', html))


def refused(client: Client, fields: dict[str, Any], *files: cast.File) -> str:
    """The page that came back instead of a job."""
    answer = formdata.send(client, fields, files or [cast.photo()])
    assert answer.status_code == 422
    assert not Job.objects.exists()
    return str(answer.content.decode())


def test_a_complete_form_makes_a_job(client: Client, alice: User, screening: LabUnit) -> None:
    answer = formdata.send(client, cast.posted(screening, mydriatic="on"), cast.photos(2))
    job = Job.objects.get()
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/direct/upload/processing/{job.token}"
    assert (job.uploader, job.lab_unit, cast.states(job)) == (alice, screening, ["queued"] * 2)


def test_a_job_keeps_what_was_chosen(client: Client, screening: LabUnit) -> None:
    formdata.send(client, cast.posted(screening, mydriatic="on"), cast.photos(1))
    job, batch = Job.objects.get(), Batch.objects.get()
    assert job.labels == {
        "hospital": "North",
        "lab_unit": "Screening",
        "camera": "Topcon TRC-NW400",
        "disease": "DR",
        "area": "Right eye",
        "mydriatic": True,
    }
    assert (batch.laterality, batch.mydriatic, batch.pregraded) == ("OD", True, False)


@pytest.mark.parametrize("name", ["hospital", "lab_unit", "camera", "disease", "area"])
@pytest.mark.parametrize("value", [None, ""])
def test_every_field_is_required(
    client: Client, screening: LabUnit, name: str, value: str | None
) -> None:
    fields = cast.posted(screening, mydriatic="on")
    expected = {key: str(fields[key]) for key in fields if key != name}
    del fields[name]
    html = refused(client, fields if value is None else {**fields, name: value})
    assert REQUIRED in html
    assert f'id="error-{name}"' in html
    assert expected.items() <= chosen(html).items()


@pytest.mark.parametrize("name", ["hospital", "lab_unit", "camera", "disease", "area"])
@pytest.mark.parametrize("value", ["0", "x", "99999999999999999999999", "\0", "-1", "1 OR 1=1"])
def test_values_nobody_offered_are_refused(
    client: Client, screening: LabUnit, name: str, value: str
) -> None:
    refused(client, cast.posted(screening, **{name: value}))


def test_a_unit_of_somebody_else(client: Client, imaging: LabUnit) -> None:
    html = refused(client, cast.posted(imaging))
    assert "You don&#x27;t have access to the selected lab unit" in html


def test_a_unit_of_another_hospital(
    client: Client, alice: User, screening: LabUnit, imaging: LabUnit
) -> None:
    alice.lab_units.add(imaging)
    html = refused(client, cast.posted(screening, hospital=imaging.hospital_id))
    assert "The selected lab unit does not belong to the selected hospital" in html


def test_only_own_units_and_hospitals_are_offered(
    client: Client, screening: LabUnit, outreach: LabUnit, imaging: LabUnit
) -> None:
    html = page(client)
    assert offered(html, "lab_unit") == {str(screening.pk)}
    assert offered(html, "hospital") == {str(screening.hospital_id)}


def test_administrators_are_offered_everything(
    adam: User, screening: LabUnit, imaging: LabUnit
) -> None:
    html = page(cast.signed_in(adam))
    assert {str(screening.pk), str(imaging.pk)} <= offered(html, "lab_unit")


def test_the_last_choices_come_back(client: Client, alice: User, screening: LabUnit) -> None:
    fields = cast.posted(
        screening, mydriatic="on", area="OS", camera=Camera.objects.latest("pk").pk
    )
    formdata.send(client, fields, cast.photos(1))
    assert chosen(page(client)) == {name: str(value) for name, value in fields.items()}


def test_the_choices_of_a_failed_job_come_back(
    client: Client, alice: User, screening: LabUnit
) -> None:
    first = cast.announced(alice, screening, cast.photo())
    Batch.objects.filter(job=first).update(laterality="OU")
    cast.announced(alice, screening, cast.photo())
    assert chosen(page(client, f"?retry={first.token}"))["area"] == "OU"


@pytest.mark.parametrize("retry", ["", "x", str(uuid4()), "%00"])
def test_a_retry_of_nothing_shows_the_form(client: Client, retry: str) -> None:
    assert client.get(f"{URL}?retry={retry}").status_code == 200


def test_the_choices_of_somebody_else_stay_theirs(
    client: Client, bob: User, screening: LabUnit
) -> None:
    job = cast.announced(bob, screening, cast.photo())
    assert "area" not in chosen(page(client, f"?retry={job.token}"))


def test_a_single_value_is_chosen(client: Client, screening: LabUnit) -> None:
    Disease.objects.exclude(name="DR").update(is_active=False)
    html = chosen(page(client))
    assert (html["hospital"], html["lab_unit"]) == (str(screening.hospital_id), str(screening.pk))
    assert html["disease"] == str(Disease.objects.get(name="DR").pk)
    assert "camera" not in html


@pytest.mark.parametrize(
    ("model", "name", "value"),
    [(Camera, "camera", "Topcon TRC-NW400"), (Disease, "disease", "DR"), (Area, "area", "OD")],
)
def test_deactivated_values_are_gone(
    client: Client, screening: LabUnit, model: Any, name: str, value: str
) -> None:
    fields = cast.posted(screening)
    model.objects.filter(pk=fields[name]).update(is_active=False)
    assert f'value="{fields[name]}"' not in "".join(
        re.findall(rf'(?s)data-field="{name}".*?data-field', page(client))
    )
    refused(client, fields)


@pytest.mark.parametrize("what", ["unit", "hospital"])
def test_deactivated_places_are_gone(client: Client, screening: LabUnit, what: str) -> None:
    place = screening if what == "unit" else screening.hospital
    place.is_active = False
    place.save()
    assert offered(page(client), "lab_unit") == set()
    assert "You don&#x27;t have access" in refused(client, cast.posted(screening))


def test_without_a_unit_the_form_says_so(db: None) -> None:
    hannah = cast.person("hannah", Role.UPLOADER)
    assert "No hospital is assigned to you" in page(cast.signed_in(hannah))


def test_at_zero_quota_the_form_takes_no_files(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=0)
    html = page(client)
    assert "You have no uploads left." in html
    assert re.search(r'<input[^>]*id="file-input"[^>]* disabled', html)


def test_at_zero_quota_nothing_is_taken(client: Client, alice: User, screening: LabUnit) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=0)
    formdata.send(client, cast.posted(screening), cast.photos(2))
    job = Job.objects.get()
    assert (cast.states(job), job.state) == (["quota", "quota"], "error")


def test_the_form_shows_what_is_left(client: Client, alice: User, settings: Settings) -> None:
    settings.DEFAULT_UPLOAD_QUOTA = 1234
    User.objects.filter(pk=alice.pk).update(file_upload_count=34)
    assert "1,200 left of 1,234" in page(client)


def test_uploaders_may_not_mark_images_pregraded(client: Client, screening: LabUnit) -> None:
    assert 'name="pregraded"' not in page(client)
    html = refused(client, cast.posted(screening, pregraded="on"))
    assert "Only data managers may mark images as pre-graded" in html


@pytest.mark.parametrize("value", ["", "false", "0", "off"])
def test_pregraded_switched_off_is_no_permission_asked(
    client: Client, screening: LabUnit, value: str
) -> None:
    answer = formdata.send(client, cast.posted(screening, pregraded=value), cast.photos(1))
    assert answer.status_code == 302


def test_data_managers_who_upload_may_mark_images_pregraded(screening: LabUnit) -> None:
    dora = cast.person("dora", Role.UPLOADER, Role.DATA_MANAGER, units=[screening])
    client = cast.signed_in(dora)
    assert 'name="pregraded"' in page(client)
    formdata.send(client, cast.posted(screening, pregraded="on"), cast.photos(1))
    assert Batch.objects.get().pregraded


def test_the_pregraded_switch_is_not_remembered(screening: LabUnit) -> None:
    dora = cast.person("dora", Role.UPLOADER, Role.DATA_MANAGER, units=[screening])
    client = cast.signed_in(dora)
    formdata.send(client, cast.posted(screening, pregraded="on"), cast.photos(1))
    assert "pregraded" not in chosen(page(client))


def test_sending_twice_makes_one_job(client: Client, alice: User, screening: LabUnit) -> None:
    fields, files = cast.posted(screening, client_key=uuid4()), cast.photos(2)
    before = cast.keys("staging")
    places = [formdata.send(client, fields, files).headers["Location"] for _ in range(2)]
    assert places[0] == places[1]
    assert Job.objects.count() == 1
    assert len(cast.keys("staging") - before) == 2
    assert cast.again(alice).file_upload_count == 2


def test_every_page_has_a_key_of_its_own(client: Client, db: None) -> None:
    found = {re.findall(r'name="client_key" value="([^"]+)"', page(client))[0] for _ in range(2)}
    assert len(found) == 2


def test_without_a_key_every_sending_is_a_job(client: Client, screening: LabUnit) -> None:
    for _ in range(2):
        formdata.send(client, cast.posted(screening), cast.photos(1))
    assert Job.objects.count() == 2


def test_a_key_that_is_none_is_refused(client: Client, screening: LabUnit) -> None:
    refused(client, cast.posted(screening, client_key="x"))


def test_the_csrf_token_is_needed(alice: User, screening: LabUnit) -> None:
    client = cast.signed_in(alice, enforce_csrf_checks=True)
    before = cast.keys("staging")
    answer = formdata.send(client, cast.posted(screening), cast.photos(2))
    assert answer.status_code == 403
    assert not Job.objects.exists()
    assert cast.keys("staging") == before


def test_the_token_of_the_page_is_accepted(alice: User, screening: LabUnit) -> None:
    client = cast.signed_in(alice, enforce_csrf_checks=True)
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page(client))[0]
    fields = cast.posted(screening, csrfmiddlewaretoken=token)
    assert formdata.send(client, fields, cast.photos(1)).status_code == 302


@pytest.mark.parametrize("who", ["dana", "gina"])
def test_only_uploaders_upload(
    request: pytest.FixtureRequest, screening: LabUnit, who: str
) -> None:
    client = cast.signed_in(request.getfixturevalue(who))
    assert client.get(URL).status_code == 403
    assert formdata.send(client, cast.posted(screening), cast.photos(1)).status_code == 403


def test_anonymous_visitors_sign_in_first(screening: LabUnit) -> None:
    answer = formdata.send(Client(), cast.posted(screening), cast.photos(1))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login?next=/direct/upload")

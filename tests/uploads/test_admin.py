"""Reference data and images in the administration."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.admin.newest import Newest
from accounts.models import LabUnit, User
from tests import cast
from tests.adminforms import act, save, told
from tests.uploads.test_form import offered
from uploads.grading import giving
from uploads.models import Area, Camera, Disease, FundusImage, Grade, GradeLevel, GradeScale

UPLOADS = "/admin/uploads/"
IMAGES = f"{UPLOADS}fundusimage/"
GRADES = f"{UPLOADS}grade/"


@pytest.fixture
def client(adam: User) -> Client:
    return cast.signed_in(adam)


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening)


def page_of(row: Any) -> str:
    return f"{UPLOADS}{row._meta.model_name}/{row.pk}/change/"


def deletion(client: Client, row: Any) -> Any:
    return client.post(page_of(row).replace("change", "delete"), {"post": "yes"}, follow=True)


# --- Reference data --------------------------------------------------------------------------


def test_a_new_camera_is_offered_at_once(client: Client, alice: User) -> None:
    given = {"name": "Volk Pictor Plus", "make": "Volk", "is_active": "on"}
    save(client, f"{UPLOADS}camera/add/", **given)
    camera = Camera.objects.get(name="Volk Pictor Plus")
    assert str(camera.pk) in cast.signed_in(alice).get("/direct/upload").content.decode()
    [event] = cast.audit("record_added")
    assert event.after == {"id": camera.pk, "name": camera.name, "make": "Volk", "is_active": True}


@pytest.mark.parametrize("kind", ["camera", "disease"])
def test_what_images_name_is_not_deleted(client: Client, image: FundusImage, kind: str) -> None:
    answer = deletion(client, getattr(image, kind))
    [sentence] = told(answer)
    assert "is in use by" in sentence
    assert "1 fundus image" in sentence
    assert "Deactivate it instead." in sentence
    image.refresh_from_db()


def test_a_camera_never_used_may_be_deleted(client: Client) -> None:
    camera = Camera.objects.create(name="Volk Pictor Plus")
    deletion(client, camera)
    assert not Camera.objects.filter(pk=camera.pk).exists()
    [event] = cast.audit("record_deleted")
    assert event.before["name"] == "Volk Pictor Plus"


def test_a_deactivated_camera_is_not_offered_and_stays_on_old_images(
    client: Client, image: FundusImage, alice: User
) -> None:
    act(client, f"{UPLOADS}camera/", "deactivate", image.camera)
    html = cast.signed_in(alice).get("/direct/upload").content.decode()
    assert str(image.camera_id) not in offered(html, "camera")
    image.refresh_from_db()
    assert image.camera.name == "Topcon TRC-NW400"


def test_a_disease_gets_a_scale_and_the_scale_its_steps(client: Client) -> None:
    disease = Disease.objects.create(name="ROP", position=9)
    new = {"grade_scales-0-name": "ICROP", "grade_scales-0-is_active": "on"}
    save(client, page_of(disease), **new)
    scale = GradeScale.objects.get(disease=disease)
    save(client, page_of(scale), **{"levels-0-value": "1", "levels-0-label": "Stage 1"})
    assert GradeLevel.objects.get(scale=scale).label == "Stage 1"
    assert [event.object_type for event in cast.audit("record_added")] == [
        "gradescale",
        "gradelevel",
    ]


def test_a_step_taken_away_is_written_down(client: Client) -> None:
    disease = Disease.objects.create(name="ROP", position=9)
    scale = GradeScale.objects.create(disease=disease, name="ICROP")
    step = GradeLevel.objects.create(scale=scale, value="1", label="Stage 1")
    save(client, page_of(scale), **{"levels-0-DELETE": "on"})
    assert not GradeLevel.objects.filter(pk=step.pk).exists()
    [event] = cast.audit("record_deleted")
    assert (event.object_id, event.before["label"]) == (str(step.pk), "Stage 1")


@pytest.fixture
def step(image: FundusImage, gina: User) -> GradeLevel:
    """A step that was given once."""
    scale = GradeScale.objects.create(disease=image.disease, name="Own")
    step = GradeLevel.objects.create(scale=scale, value="1", label="Stage 1")
    judgement = giving.Judgement(step, "As seen", image.stored_sha256, None)
    giving.give(image_id=image.pk, grader=gina, judgement=judgement)
    return step


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"levels-0-DELETE": "on"}, "is in use by 1 grade and cannot be deleted. Switch it off"),
        ({"levels-0-value": "7"}, "is in use by 1 grade, so its value stays. Correct the label"),
    ],
)
def test_a_step_in_use_keeps_its_value(
    client: Client, step: GradeLevel, changed: dict[str, str], words: str
) -> None:
    assert words in save(client, page_of(step.scale), **changed).content.decode()
    step.refresh_from_db()
    assert step.value == "1"


def test_a_step_in_use_may_be_renamed_and_switched_off(client: Client, step: GradeLevel) -> None:
    save(client, page_of(step.scale), **{"levels-0-label": "Early", "levels-0-is_active": None})
    step.refresh_from_db()
    assert (step.label, step.is_active) == ("Early", False)
    [event] = cast.audit("record_changed")
    assert event.after == {"label": "Early", "is_active": False}


def test_a_scale_in_use_is_not_deleted(client: Client, step: GradeLevel) -> None:
    assert "is in use by 1 grade and cannot be deleted" in told(deletion(client, step.scale))[0]


def test_areas_are_renamed_and_switched_off_and_no_more(client: Client, db: None) -> None:
    area, _ = Area.objects.get_or_create(laterality="OU", defaults={"label": "Both eyes"})
    save(client, page_of(area), label="Both", is_active=None)
    area.refresh_from_db()
    assert (area.label, area.is_active) == ("Both", False)
    assert client.get(f"{UPLOADS}area/add/").status_code == 403
    assert client.post(f"{UPLOADS}area/OU/delete/", {"post": "yes"}).status_code == 403


# --- Images ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "by", ["public_id", "beginning", "content_md5", "stored_sha256", "filename", "job"]
)
def test_an_image_is_found(
    client: Client, alice: User, screening: LabUnit, image: FundusImage, by: str
) -> None:
    cast.stored(alice, screening, cast.photo("other.png"))
    other = {"job": image.source_item.job.token, "beginning": str(image.public_id)[:8]}
    query = other.get(by) or getattr(image, by)
    found = client.get(IMAGES, {"q": str(query)}).context["cl"].result_list
    assert list(found) == [image]


def test_images_are_listed_with_their_thumbnails(client: Client, image: FundusImage) -> None:
    html = client.get(IMAGES).content.decode()
    address = f"/direct/uploads/{image.public_id}/thumbnail"
    assert f'src="{address}"' in html
    assert client.get(address).status_code == 200


def test_a_list_of_images_costs_few_queries(
    client: Client, alice: User, screening: LabUnit, django_assert_max_num_queries: Any
) -> None:
    cast.uploaded(alice, screening, *cast.photos(12))
    with django_assert_max_num_queries(22):
        client.get(IMAGES)


def test_an_images_page_is_read_only(client: Client, image: FundusImage) -> None:
    page = client.get(page_of(image))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert client.post(page_of(image), {"filename": "x"}).status_code == 403
    assert deletion(client, image).status_code == 403
    assert client.get(f"{IMAGES}add/").status_code == 403


def test_looking_at_an_image_is_written_down(client: Client, image: FundusImage) -> None:
    client.get(page_of(image))
    [event] = cast.audit("image_viewed")
    assert (event.actor_name, event.object_id) == ("adam", str(image.public_id))
    assert event.job_token == image.source_item.job.token


@pytest.mark.parametrize(("who", "number"), [("alice", 2), ("charlie", 0), ("alic", 0)])
def test_images_of_a_person_are_found(
    client: Client, alice: User, screening: LabUnit, image: FundusImage, who: str, number: int
) -> None:
    cast.stored(alice, screening, cast.photo("other.png"))
    assert len(client.get(IMAGES, {"q": who}).context["cl"].result_list) == number


def test_images_of_a_lab_unit_are_listed(
    client: Client, image: FundusImage, imaging: LabUnit
) -> None:
    def listed(unit: Any) -> list[Any]:
        return list(client.get(IMAGES, {"lab_unit": unit}).context["cl"].result_list)

    assert listed(image.lab_unit_id) == [image]
    assert listed(imaging.pk) == []
    assert listed("9" * 5000) == [image]


def test_a_long_list_is_not_counted(
    client: Client, image: FundusImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "1 fundus image" in client.get(IMAGES).content.decode()
    monkeypatch.setattr(Newest, "listed", 1)
    assert "The newest 1. Search or filter" in client.get(IMAGES).content.decode()


@pytest.mark.parametrize("query", ["", "?lab_unit=1", "?month=2026-01", "?q=alice", "?q=abcdef12"])
@pytest.mark.embedded
def test_a_list_of_images_reads_no_table_whole(
    client: Client, image: FundusImage, query: str
) -> None:
    with CaptureQueriesContext(connection) as caught:
        client.get(IMAGES + query)
    asked = [each["sql"] for each in caught if '"uploads_fundusimage"' in each["sql"]]
    with connection.cursor() as cursor:
        plans = [str(cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()) for sql in asked]
    assert plans
    assert not [plan for plan in plans if "TEMP B-TREE" in plan]
    assert not [plan for plan in plans if "SCAN uploads_fundusimage'" in plan]


# --- Grades ----------------------------------------------------------------------------------


def test_grades_are_listed_and_read_only(
    client: Client, image: FundusImage, step: GradeLevel
) -> None:
    grade = Grade.objects.get()
    html = client.get(GRADES).content.decode()
    assert f'href="/direct/uploads/{image.public_id}"' in html
    assert "1 · Stage 1" in html
    assert client.get(page_of(grade)).status_code == 200
    assert client.post(page_of(grade), {"note": "x"}).status_code == 403
    assert deletion(client, grade).status_code == 403


def test_grades_stand_on_the_page_of_their_image(
    client: Client, image: FundusImage, step: GradeLevel
) -> None:
    html = client.get(page_of(image)).content.decode()
    assert "1 · Stage 1" in html
    assert "As seen" in html


@pytest.mark.parametrize(("by", "number"), [("image", 1), ("gina", 1), ("alice", 0), ("0" * 8, 0)])
def test_a_grade_is_found(
    client: Client, image: FundusImage, step: GradeLevel, by: str, number: int
) -> None:
    query = str(image.public_id)[:8] if by == "image" else by
    assert len(client.get(GRADES, {"q": query}).context["cl"].result_list) == number


def test_an_unknown_image_is_no_error(client: Client) -> None:
    answer = client.get(f"{IMAGES}99999/change/", follow=True)
    assert "doesn’t exist" in told(answer)[0]

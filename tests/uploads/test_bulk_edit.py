"""Changing many images at once: chosen, previewed, and applied to all or none."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import LabUnit, User
from tests import cast
from tests.uploads.judging import grade
from uploads import recount
from uploads.models import Area, BulkEdit, BulkEditRow, Camera, Disease, FundusImage

URL = "/direct/uploads/bulk-edit"
QUERY = "?camera=1&sort=oldest"
UNIT_REFUSED = "You don't have access to the selected lab unit"


@pytest.fixture
def images(alice: User, screening: LabUnit) -> list[FundusImage]:
    job = cast.uploaded(alice, screening, *cast.photos(3))
    return [cast.image_of(job, n) for n in range(3)]


@pytest.fixture
def camera(db: None) -> Camera:
    return Camera.objects.create(name="Canon CR-2")


@pytest.fixture
def glaucoma(db: None) -> Disease:
    return Disease.objects.get_or_create(name="Glaucoma")[0]


def ids(images: list[FundusImage]) -> list[str]:
    return [str(image.public_id) for image in images]


def post(user: User, images: list[FundusImage], query: str = "", **fields: Any) -> Any:
    return cast.signed_in(user).post(URL + query, {"ids": ids(images), **fields})


def apply(user: User, images: list[FundusImage], query: str = "", **fields: Any) -> Any:
    """As the page of the preview posts it, if these images were previewed as they are here."""
    versions = [f"{image.public_id}:{image.version}" for image in images]
    return post(user, images, query, step="apply", versions=versions, **fields)


def fresh(images: list[FundusImage]) -> list[FundusImage]:
    return [FundusImage.objects.get(pk=image.pk) for image in images]


def cameras(images: list[FundusImage]) -> set[str]:
    return {image.camera.name for image in fresh(images)}


def names(cards: list[dict[str, Any]]) -> set[str]:
    return {card["image"].filename for card in cards}


# --- The selection -------------------------------------------------------------------------


def test_the_form_starts_with_everything_unchanged(alice: User, images: list[FundusImage]) -> None:
    page = post(alice, images)
    html = page.content.decode()
    assert "Edit 3 images" in html
    assert html.count('<option value="" selected>(unchanged)</option>') == 6
    assert names(page.context["cards"]) == {"eye-0.jpg", "eye-1.jpg", "eye-2.jpg"}


def test_managers_may_also_mark_images_as_pregraded(dana: User, images: list[FundusImage]) -> None:
    html = post(dana, images).content.decode()
    assert html.count("(unchanged)</option>") == 7


def test_none_selected(alice: User) -> None:
    answer = post(alice, [])
    assert (answer.status_code, "Select at least one image" in answer.content.decode()) == (
        422,
        True,
    )


def test_at_most_fifty(alice: User, images: list[FundusImage]) -> None:
    posted = [*ids(images), *(str(uuid4()) for _ in range(48))]
    answer = cast.signed_in(alice).post(URL, {"ids": posted})
    assert (answer.status_code, "Select at most 50 images" in answer.content.decode()) == (
        422,
        True,
    )


def test_one_image_named_often_is_one(alice: User, images: list[FundusImage]) -> None:
    posted = ids(images[:1]) * 60 + [str(images[0].public_id).upper()]
    answer = cast.signed_in(alice).post(URL, {"ids": posted})
    assert (answer.status_code, len(answer.context["cards"])) == (200, 1)


def said(answer: Any) -> str:
    token = answer.context["csrf_token"]
    return str(answer.content.decode()).replace(str(token), "")


@pytest.mark.parametrize("step", ["", "preview", "apply"])
def test_foreign_and_unknown_images_are_not_available_alike(
    alice: User, charlie: User, imaging: LabUnit, images: list[FundusImage], step: str
) -> None:
    foreign = cast.stored(charlie, imaging)
    client = cast.signed_in(alice)
    answers = [
        client.post(URL, {"ids": [*ids(images), other], "step": step, "mydriatic": "yes"})
        for other in (foreign.public_id, uuid4(), "no-id", "' OR 1=1")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({said(answer) for answer in answers}) == 1
    assert "1 of the 4 selected images is not available" in said(answers[0])


def test_none_is_changed_where_one_is_foreign(
    alice: User, charlie: User, imaging: LabUnit, images: list[FundusImage], camera: Camera
) -> None:
    apply(alice, [*images, cast.stored(charlie, imaging)], camera=camera.pk)
    assert "Canon CR-2" not in cameras(images)
    assert not BulkEdit.objects.exists()


def test_seeing_all_and_editing_some_is_not_enough(
    alice: User, gina: User, images: list[FundusImage], camera: Camera, screening: LabUnit
) -> None:
    gina.groups.set([*gina.groups.all(), *alice.groups.all()])
    own = cast.stored(cast.again(gina), screening)
    answer = apply(gina, [own, images[0]], camera=camera.pk)
    assert answer.status_code == 403
    assert "Canon CR-2" not in cameras([own, images[0]])
    assert [event.action for event in cast.audit("access_denied")] == ["access_denied"]


# --- The preview ---------------------------------------------------------------------------


def test_the_preview_says_what_changes_and_what_does_not(
    alice: User, images: list[FundusImage], camera: Camera
) -> None:
    apply(alice, images[:1], camera=camera.pk)
    page = post(alice, images, step="preview", camera=camera.pk)
    [change] = page.context["changing"][0]["changes"]
    assert names(page.context["changing"]) == {"eye-1.jpg", "eye-2.jpg"}
    assert names(page.context["same"]) == {"eye-0.jpg"}
    assert (change.label, change.old, change.new) == ("Camera", "Topcon TRC-NW400", "Canon CR-2")


def test_the_preview_changes_nothing(
    alice: User, images: list[FundusImage], camera: Camera
) -> None:
    post(alice, images, step="preview", camera=camera.pk)
    assert "Canon CR-2" not in cameras(images)


def test_a_graded_image_keeps_its_disease_and_holds_up_the_others(
    alice: User, gina: User, images: list[FundusImage], glaucoma: Disease
) -> None:
    grade(gina, images[0])
    page = post(alice, images, step="preview", disease=glaucoma.pk)
    assert names(page.context["hindered"]) == {"eye-0.jpg"}
    assert 'value="apply"' not in page.content.decode()
    assert "Leave these out" in page.content.decode()


def test_applying_all_the_same_changes_none(
    alice: User, gina: User, images: list[FundusImage], glaucoma: Disease
) -> None:
    grade(gina, images[0])
    answer = apply(alice, fresh(images), disease=glaucoma.pk)
    assert answer.status_code == 422
    assert {image.disease.name for image in fresh(images)} == {"DR"}


@pytest.mark.parametrize("step", ["preview", "apply"])
def test_no_field_filled_in(alice: User, images: list[FundusImage], step: str) -> None:
    answer = post(alice, images, step=step, camera="", mydriatic="")
    assert answer.status_code == 422
    assert "Choose what to change in at least one field" in answer.content.decode()


def test_a_unit_that_is_not_held(alice: User, imaging: LabUnit, images: list[FundusImage]) -> None:
    answer = post(alice, images, step="preview", lab_unit=imaging.pk)
    assert (answer.status_code, answer.context["form_error"]) == (422, UNIT_REFUSED)


def test_a_unit_of_another_hospital(
    alice: User, imaging: LabUnit, screening: LabUnit, images: list[FundusImage]
) -> None:
    fields: dict[str, Any] = {"hospital": imaging.hospital_id, "lab_unit": screening.pk}
    answer = post(alice, images, step="preview", **fields)
    assert answer.context["form_error"] == (
        "The selected lab unit does not belong to the selected hospital"
    )


def test_a_hospital_alone_is_not_enough(
    alice: User, screening: LabUnit, images: list[FundusImage]
) -> None:
    answer = post(alice, images, step="preview", hospital=screening.hospital_id)
    assert answer.context["form_error"] == "Choose the lab unit as well"


def test_an_uploader_does_not_mark_images_as_pregraded(
    alice: User, images: list[FundusImage]
) -> None:
    answer = apply(alice, images, pregraded="yes", mydriatic="yes")
    assert answer.status_code == 422
    assert not any(image.pregraded or image.mydriatic for image in fresh(images))


# --- Applying ------------------------------------------------------------------------------


def test_only_what_is_filled_in_changes(
    alice: User, images: list[FundusImage], camera: Camera
) -> None:
    answer = apply(alice, images, QUERY, camera=camera.pk)
    assert (answer.status_code, answer["Location"]) == (302, "/direct/dashboard" + QUERY)
    assert cameras(images) == {"Canon CR-2"}
    assert {(image.laterality, image.disease.name) for image in fresh(images)} == {("OD", "DR")}


def test_every_field_can_be_changed(
    dana: User, images: list[FundusImage], camera: Camera, glaucoma: Disease, outreach: LabUnit
) -> None:
    dana.lab_units.add(outreach)
    Area.objects.get_or_create(laterality="OS", defaults={"label": "Left eye"})
    fields: dict[str, Any] = {
        "camera": camera.pk,
        "disease": glaucoma.pk,
        "lab_unit": outreach.pk,
        "area": "OS",
    }
    apply(dana, images, **fields, mydriatic="yes", pregraded="yes")
    assert {
        (each.camera, each.disease, each.lab_unit, each.laterality, each.mydriatic, each.pregraded)
        for each in fresh(images)
    } == {(camera, glaucoma, outreach, "OS", True, True)}
    assert list(recount.differences()) == []


def test_mydriatic_can_be_taken_back(alice: User, images: list[FundusImage]) -> None:
    apply(alice, images[:2], mydriatic="yes")
    apply(alice, fresh(images), mydriatic="no")
    assert not any(image.mydriatic for image in fresh(images))


def test_what_is_so_already_is_left_alone(
    alice: User, images: list[FundusImage], camera: Camera
) -> None:
    apply(alice, images[:1], camera=camera.pk)
    apply(alice, fresh(images), camera=camera.pk)
    assert [image.version for image in fresh(images)] == [2, 2, 2]
    assert BulkEdit.objects.first().rows.count() == 2  # type: ignore[union-attr]


def test_nothing_to_change_makes_no_edit(alice: User, images: list[FundusImage]) -> None:
    apply(alice, images, area="OD")
    assert not BulkEdit.objects.exists()
    assert cast.audit("image_changed") == []


def test_the_edit_is_kept_with_what_was(
    alice: User, images: list[FundusImage], camera: Camera
) -> None:
    apply(alice, images, camera=camera.pk)
    edit = BulkEdit.objects.get()
    assert (edit.made_by, edit.changes) == (alice, {"camera_id": camera.pk})
    row = BulkEditRow.objects.get(image=images[1])
    assert (row.before, row.version) == ({"camera_id": images[1].camera_id}, 2)


def test_every_image_has_its_line_in_the_trail(
    alice: User, images: list[FundusImage], camera: Camera
) -> None:
    apply(alice, images, camera=camera.pk)
    events = cast.audit("image_changed")
    assert {event.object_id for event in events} == set(ids(images))
    assert {event.after["bulk_edit"] for event in events} == {str(BulkEdit.objects.get().public_id)}
    assert events[0].before == {"camera": "Topcon TRC-NW400"}


def test_the_dashboard_offers_to_undo_it(
    alice: User, images: list[FundusImage], camera: Camera
) -> None:
    client: Client = cast.signed_in(alice)
    versions = [f"{image.public_id}:1" for image in images]
    fields = {"ids": ids(images), "versions": versions, "step": "apply", "camera": camera.pk}
    page = client.post(URL, fields, follow=True).content.decode()
    undo = reverse("uploads:bulk-edit-detail", args=[BulkEdit.objects.get().public_id])
    assert "Changed 3 images." in page
    assert f'href="{undo}"' in page


# --- Somebody else meanwhile ---------------------------------------------------------------


def test_an_image_changed_since_the_preview_stops_all(
    alice: User, dana: User, images: list[FundusImage], camera: Camera
) -> None:
    apply(dana, images[:1], mydriatic="yes")
    answer = apply(alice, images, camera=camera.pk)
    assert answer.status_code == 409
    assert [files for _, files in answer.context["notes"]] == [["eye-0.jpg"]]
    assert "Canon CR-2" not in cameras(images)


def test_the_preview_shown_anew_can_be_applied(
    alice: User, dana: User, images: list[FundusImage], camera: Camera
) -> None:
    apply(dana, images[:1], mydriatic="yes")
    page = apply(alice, images, camera=camera.pk)
    seen = [card["image"] for card in page.context["changing"]]
    apply(alice, seen, camera=camera.pk)
    assert cameras(images) == {"Canon CR-2"}
    assert fresh(images)[0].mydriatic


def test_an_image_deleted_since_the_preview_stops_all(
    alice: User, dana: User, images: list[FundusImage], camera: Camera
) -> None:
    cast.signed_in(dana).post("/direct/uploads/bulk-delete", {"ids": ids(images[:1]), "confirm": 1})
    answer = apply(alice, images, camera=camera.pk)
    assert answer.status_code == 409
    assert [files for _, files in answer.context["notes"]] == [["eye-0.jpg"]]
    assert "Canon CR-2" not in cameras(images[1:])


def test_without_a_preview_nothing_is_applied(
    alice: User, images: list[FundusImage], camera: Camera
) -> None:
    answer = post(alice, images, step="apply", camera=camera.pk, versions="nonsense")
    assert answer.status_code == 409
    assert "Canon CR-2" not in cameras(images)


def test_queries_do_not_grow_with_the_images(
    alice: User, screening: LabUnit, camera: Camera, django_assert_max_num_queries: Any
) -> None:
    job = cast.uploaded(alice, screening, *cast.photos(12))
    many = [cast.image_of(job, n) for n in range(12)]
    client = cast.signed_in(alice)
    fields = {"ids": ids(many), "step": "preview", "camera": camera.pk}
    with django_assert_max_num_queries(25):
        client.post(URL, fields)


@pytest.mark.parametrize("kind", ["bulk-edit", "bulk-delete"])
def test_who_comes_from_signing_in_is_sent_for_what_they_had(alice: User, kind: str) -> None:
    client = cast.signed_in(alice)
    page = client.get(f"/direct/uploads/{kind}?camera=1")
    html = page.content.decode()
    assert page.status_code == 200
    assert "data-keep-again" in html
    assert "/direct/dashboard?camera=1" in html
    assert client.head(f"/direct/uploads/{kind}").status_code == 200


def test_graders_have_nothing_to_go_on_with(gina: User) -> None:
    assert cast.signed_in(gina).get(URL).status_code == 403

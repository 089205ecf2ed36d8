"""Describing one image anew: by whom, within what, and when two do it at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import LabUnit, User
from tests import cast
from tests.uploads.judging import grade
from uploads import recount
from uploads.models import Area, Camera, Disease, FundusImage

QUERY = "?disease=1&sort=oldest"


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening)


def url(image: FundusImage) -> str:
    return reverse("uploads:image-edit", args=[image.public_id])


def now(image: FundusImage) -> FundusImage:
    return FundusImage.objects.get(pk=image.pk)


def fields(image: FundusImage, **given: Any) -> dict[str, Any]:
    """What the page posts of an image as it is, less what is off; None leaves a field out."""
    posted = {
        **cast.posted(image.lab_unit),
        "area": image.laterality,
        "version": image.version,
        **given,
    }
    return {name: value for name, value in posted.items() if value is not None}


def save(user: User, image: FundusImage, query: str = "", **given: Any) -> Any:
    return cast.signed_in(user).post(url(image) + query, fields(image, **given))


@pytest.fixture
def camera(db: None) -> Camera:
    return Camera.objects.create(name="Canon CR-2")


@pytest.fixture
def left(db: None) -> str:
    Area.objects.get_or_create(laterality="OS", defaults={"label": "Left eye"})
    return "OS"


# --- Saving --------------------------------------------------------------------------------


def test_the_page_shows_what_the_image_is(alice: User, image: FundusImage) -> None:
    page = cast.signed_in(alice).get(url(image))
    chosen = page.context["chosen"]
    assert (chosen["lab_unit"], chosen["area"]) == (str(image.lab_unit_id), "OD")
    assert page.context["version"] == 1


def test_every_field_can_be_changed(
    dana: User, image: FundusImage, outreach: LabUnit, camera: Camera, left: str
) -> None:
    dana.lab_units.add(outreach)
    other = Disease.objects.get_or_create(name="Glaucoma")[0]
    given: dict[str, Any] = {
        "camera": camera.pk,
        "disease": other.pk,
        "area": left,
        "lab_unit": outreach.pk,
    }
    save(dana, image, **given, mydriatic="on", pregraded="on")
    changed = now(image)
    assert (changed.lab_unit, changed.camera, changed.disease) == (outreach, camera, other)
    assert (changed.laterality, changed.mydriatic, changed.pregraded) == (left, True, True)
    assert changed.version == 2


def test_it_leads_back_into_the_filter_and_says_what_was_saved(
    alice: User, image: FundusImage, camera: Camera
) -> None:
    client = cast.signed_in(alice)
    answer = client.post(url(image) + QUERY, fields(image, camera=camera.pk))
    back = reverse("uploads:image-detail", args=[image.public_id]) + QUERY
    assert (answer.status_code, answer["Location"]) == (302, back)
    assert "Saved: Camera." in client.get(back).content.decode()


def test_the_trail_says_field_by_field_what_changed(
    alice: User, image: FundusImage, camera: Camera, left: str
) -> None:
    save(alice, image, camera=camera.pk, area=left)
    [event] = cast.audit("image_changed")
    assert event.before == {"camera": "Topcon TRC-NW400", "area": "Right eye"}
    assert event.after == {
        "camera": "Canon CR-2",
        "area": "Left eye",
        "camera_id": camera.pk,
        "version": 2,
    }
    assert (event.object_id, event.actor_name) == (str(image.public_id), "alice")


def test_no_change_writes_nothing(alice: User, image: FundusImage) -> None:
    save(alice, image)
    assert now(image).version == 1
    assert cast.audit("image_changed") == []


def test_counts_follow(alice: User, image: FundusImage, camera: Camera) -> None:
    save(alice, image, camera=camera.pk)
    assert list(recount.differences()) == []


# --- Refusals ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["hospital", "lab_unit", "camera", "disease", "area"])
def test_a_missing_field_is_named_and_nothing_is_lost(
    alice: User, image: FundusImage, name: str
) -> None:
    given: dict[str, Any] = {name: None, "mydriatic": "on"}
    answer = save(alice, image, **given)
    assert answer.status_code == 422
    assert "All fields are required" in answer.content.decode()
    assert answer.context["chosen"]["mydriatic"]
    assert now(image).version == 1


def test_only_units_that_are_held_can_be_chosen(
    dana: User, image: FundusImage, imaging: LabUnit
) -> None:
    answer = save(dana, image, lab_unit=imaging.pk, hospital=imaging.hospital_id)
    assert answer.status_code == 422
    assert "You don&#x27;t have access to the selected lab unit" in answer.content.decode()


def test_a_unit_belongs_to_its_hospital(dana: User, image: FundusImage, imaging: LabUnit) -> None:
    dana.lab_units.add(imaging)
    answer = save(dana, image, lab_unit=imaging.pk)
    sentence = "The selected lab unit does not belong to the selected hospital"
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)


def test_what_was_deactivated_stays_where_it_is(
    alice: User, image: FundusImage, camera: Camera
) -> None:
    for row in (image.lab_unit, image.camera, image.disease, Area.objects.get(pk="OD")):
        type(row).objects.filter(pk=row.pk).update(is_active=False)
    assert save(alice, image, mydriatic="on").status_code == 302
    Camera.objects.filter(pk=camera.pk).update(is_active=False)
    assert save(alice, now(image), camera=camera.pk).status_code == 422


def test_an_uploader_does_not_mark_images_as_pregraded(alice: User, image: FundusImage) -> None:
    answer = save(alice, image, pregraded="on")
    assert (answer.status_code, now(image).pregraded) == (422, False)


def test_a_pregraded_image_stays_so_for_an_uploader(
    alice: User, dana: User, image: FundusImage
) -> None:
    save(dana, image, pregraded="on")
    save(alice, now(image), mydriatic="on")
    assert (now(image).mydriatic, now(image).pregraded) == (True, True)


def test_the_disease_of_a_graded_image_stays(alice: User, gina: User, image: FundusImage) -> None:
    grade(gina, image)
    other = Disease.objects.get_or_create(name="Glaucoma")[0]
    answer = save(alice, now(image), disease=other.pk)
    assert answer.status_code == 422
    assert "the image has 1 grade for the present one" in answer.content.decode()
    assert now(image).disease.name == "DR"


def test_a_graded_image_can_be_changed_otherwise(
    alice: User, gina: User, image: FundusImage, camera: Camera
) -> None:
    grade(gina, image)
    assert save(alice, now(image), camera=camera.pk).status_code == 302


def test_seeing_is_not_editing(gina: User, image: FundusImage) -> None:
    assert save(gina, image, mydriatic="on").status_code == 403
    assert now(image).version == 1


def test_out_of_scope_is_not_found(charlie: User, bob: User, image: FundusImage) -> None:
    assert {save(user, image).status_code for user in (charlie, bob)} == {404}


# --- Two at once ---------------------------------------------------------------------------


@pytest.fixture
def late(alice: User, dana: User, image: FundusImage, camera: Camera, left: str) -> Any:
    """alice's answer: dana has changed the camera since alice opened the page."""
    save(dana, image, camera=camera.pk)
    return save(alice, image, area=left)


def test_the_second_is_told_with_both_values(late: Any, image: FundusImage) -> None:
    told = {each.label: (each.yours, each.stored, each.by) for each in late.context["conflicts"]}
    assert late.status_code == 409
    assert told == {
        "Camera": ("Topcon TRC-NW400", "Canon CR-2", "dana"),
        "Area": ("Left eye", "Right eye", ""),
    }
    assert now(image).version == 2


def test_nothing_of_the_second_is_lost(late: Any, alice: User, image: FundusImage) -> None:
    assert late.context["chosen"]["area"] == "OS"
    again = save(alice, image, area="OS", version=late.context["version"])
    assert again.status_code == 302
    assert (now(image).laterality, now(image).camera.name) == ("OS", "Topcon TRC-NW400")


def test_both_wanting_the_same_is_no_conflict(
    alice: User, dana: User, image: FundusImage, camera: Camera
) -> None:
    assert save(dana, image, camera=camera.pk).status_code == 302
    assert save(alice, image, camera=camera.pk).status_code == 302
    assert now(image).version == 2


@pytest.mark.parametrize("version", [None, "", "nonsense", "7"])
def test_a_form_of_no_known_version_changes_nothing(
    alice: User, image: FundusImage, version: str | None
) -> None:
    answer = save(alice, image, mydriatic="on", version=version)
    assert answer.status_code in (409, 422)
    assert now(image).version == 1


def test_an_image_deleted_meanwhile_is_not_found(
    alice: User, dana: User, image: FundusImage
) -> None:
    cast.signed_in(dana).post(reverse("uploads:image-delete", args=[image.public_id]))
    assert save(alice, image, mydriatic="on").status_code == 404


def test_names_of_files_are_shown_as_text(alice: User, screening: LabUnit) -> None:
    image = cast.stored(alice, screening, cast.photo("<b>eye.jpg"))
    client: Client = cast.signed_in(alice)
    assert "<b>eye" not in client.get(url(image)).content.decode()

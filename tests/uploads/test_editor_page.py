"""The editor as it is served: its page, saving by fields and by recipe, and refusals."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import LabUnit, User
from tests import cast
from tests.uploads.editorpage import CROPPED, FIELDS, TURNED, edited, post, send, url, value
from uploads.edits.wording import told
from uploads.models import FundusImage


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening)


# --- The page -----------------------------------------------------------------------------


def test_the_page_begins_with_nothing_done(client: Client, image: FundusImage) -> None:
    answer = client.get(url(image))
    assert answer.status_code == 200
    assert (value(answer, "brightness"), value(answer, "gamma"), value(answer, "crop")) == (
        0,
        1,
        "",
    )
    assert answer.context["seen"] == 0
    assert "Revert to original" not in answer.content.decode()


def test_the_page_reopens_what_was_saved(client: Client, image: FundusImage) -> None:
    edited(client, image, CROPPED, TURNED)
    answer = client.get(url(image))
    assert (value(answer, "crop"), value(answer, "rotate")) == ("4 2 20 16", 90)
    html = answer.content.decode()
    assert "Cropped, turned 90° clockwise" in html
    assert "Revert to original" in html


def test_it_has_its_place_on_the_image_page_and_the_dashboard(
    client: Client, image: FundusImage, gina: User
) -> None:
    places = (f"/direct/uploads/{image.public_id}?disease=1", "/direct/dashboard")
    for place in places:
        assert url(image) in client.get(place).content.decode()
        assert url(image) not in cast.signed_in(gina).get(place).content.decode()
    image.pregraded = True
    image.save()
    for place in places:
        assert url(image) not in client.get(place).content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_pregraded_image_keeps_its_pixels(
    client: Client, image: FundusImage, method: str
) -> None:
    FundusImage.objects.filter(pk=image.pk).update(pregraded=True)
    answer = getattr(client, method)(url(image), FIELDS)
    assert answer.status_code == 409
    assert "This image arrived judged" in answer.content.decode()
    assert send(client, image, TURNED).json()["code"] == "pregraded"
    assert not image.edits.exists()


# --- Saving -------------------------------------------------------------------------------


def test_fields_are_saved_without_script(client: Client, image: FundusImage) -> None:
    answer = client.post(
        url(image) + "?disease=1&sort=oldest",
        {**FIELDS, "rotate": 90, "flip_vertical": "on", "blackouts": "0 0 5 4\n8, 8, 2, 2"},
    )
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/direct/uploads/{image.public_id}?disease=1&sort=oldest&version=edited",
    )
    edit = image.edits.get()
    assert told(edit.recipe) == ("Turned 90° clockwise, flipped top to bottom, 2 areas blacked out")


def test_a_recipe_is_saved_by_script(client: Client, image: FundusImage) -> None:
    answer = send(client, image, TURNED, CROPPED)
    assert answer.status_code == 202
    assert answer.json() == {
        "edit": 1,
        "url": f"/direct/uploads/{image.public_id}?version=edited",
    }
    ops = [step["op"] for step in image.edits.get().recipe["steps"]]
    assert ops == ["crop", "rotate"]


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("crop", "1 2 3", "Write four whole numbers"),
        ("crop", "20 0 13 4", "must lie within the 32 × 24 pixels"),
        (
            "blackouts",
            "0 0 4 4\n0 0 0 4",
            "Rectangle 2: A rectangle must be at least 1 × 1 pixel, not 0 × 4",
        ),
        ("angle", "16", "Fine angle must be from -15 to 15, not 16."),
        ("brightness", "", "required"),
        ("rotate", "45", "not one of the available choices"),
    ],
)
def test_a_wrong_field_is_marked_and_nothing_is_lost(
    client: Client, image: FundusImage, field: str, wrong: str, said: str
) -> None:
    answer = post(client, image, contrast=12, **{field: wrong})
    assert answer.status_code == 422
    assert said in str(answer.context["form"].errors[field])
    assert (value(answer, field), value(answer, "contrast")) == (wrong, "12")
    assert not image.edits.exists()


def test_a_wrong_recipe_is_refused_by_its_fields(client: Client, image: FundusImage) -> None:
    answer = send(
        client, image, {"op": "crop", "rect": [0, 0, 99, 9]}, {"op": "angle", "degrees": 20}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "recipe")
    assert set(answer.json()["fields"]) == {"steps.0.rect", "steps.1.degrees"}
    assert answer.json()["fields"]["steps.1.degrees"].startswith(
        "Fine angle must be from -15 to 15, not 20."
    )


@pytest.mark.parametrize(
    "sent",
    ["", "{", "[]", '{"version": 1}', '{"version": 2, "steps": []}', "[" * 100_000, "9" * 5000],
)
def test_what_is_no_recipe_is_refused(client: Client, image: FundusImage, sent: str) -> None:
    for below in ("", "/preview"):
        data = {"recipe": sent, "seen": 0}
        answer = client.post(url(image, below), data, headers={"Accept": "application/json"})
        assert answer.status_code == 422
        assert answer.json()["error"]


def test_of_two_the_second_is_told(client: Client, image: FundusImage, dana: User) -> None:
    assert send(cast.signed_in(dana), image, TURNED).status_code == 202
    answer = send(client, image, CROPPED)
    assert answer.status_code == 409
    assert answer.json()["error"].startswith("dana has saved another edit of this image meanwhile.")
    assert send(client, image, CROPPED, seen=answer.json()["seen"]).status_code == 202


def test_of_two_the_second_keeps_what_was_typed(
    client: Client, image: FundusImage, dana: User
) -> None:
    send(cast.signed_in(dana), image, TURNED)
    answer = post(client, image, brightness=7, crop="1 1 8 8")
    assert answer.status_code == 409
    assert (value(answer, "brightness"), value(answer, "crop")) == ("7", "1 1 8 8")
    assert "dana has saved another edit" in answer.content.decode()
    assert post(client, image, brightness=7, seen=answer.context["seen"]).status_code == 302


def test_a_preview_does_not_stand_for_having_seen(
    client: Client, image: FundusImage, dana: User
) -> None:
    send(cast.signed_in(dana), image, TURNED)
    assert post(client, image, action="preview", brightness=7).context["seen"] == 0


# --- Going back ---------------------------------------------------------------------------


def test_reverting_shows_the_original_and_keeps_the_history(
    client: Client, image: FundusImage
) -> None:
    edited(client, image, TURNED)
    answer = client.post(url(image), {"action": "revert", "seen": 1})
    assert answer["Location"] == f"/direct/uploads/{image.public_id}"
    image.refresh_from_db()
    assert not image.edited
    assert [each.number for each in image.edits.all()] == [2, 1]


def test_an_earlier_edit_is_restored(client: Client, image: FundusImage) -> None:
    first = edited(client, image, TURNED)
    edited(client, image, CROPPED, seen=1)
    answer = client.post(url(image), {"action": "restore", "number": 1, "seen": 2})
    assert answer["Location"].endswith("?version=edited")
    newest = image.edits.get(number=3)
    assert (newest.recipe, newest.restores) == (first.recipe, 1)


@pytest.mark.parametrize("number", ["9", "", "x", "-1", "1" * 30])
def test_what_was_never_saved_is_not_restored(
    client: Client, image: FundusImage, number: str
) -> None:
    data = {"action": "restore", "number": number, "seen": 0}
    assert client.post(url(image), data).status_code == 404


@pytest.mark.parametrize("seen", ["0", "", "x", "9" * 30])
def test_restoring_is_for_those_who_know_the_newest(
    client: Client, image: FundusImage, seen: str
) -> None:
    edited(client, image, TURNED)
    answer = client.post(url(image), {"action": "revert", "seen": seen})
    assert answer.status_code == 409
    assert image.edits.count() == 1


# --- Words --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([], "Back to the original"),
        (
            [
                {"op": "blackout", "rects": [[0, 0, 1, 1], [1, 1, 1, 1]]},
                CROPPED,
                TURNED,
                {"op": "brightness", "amount": 12},
            ],
            "Cropped, turned 90° clockwise, 2 areas blacked out, brightness +12",
        ),
        (
            [{"op": "angle", "degrees": -2.5}, {"op": "contrast", "amount": -3}],
            "Straightened 2.5° anticlockwise, contrast −3",
        ),
        ([{"op": "gamma", "value": 1.2}], "Gamma 1.2"),
    ],
)
def test_recipes_are_told_in_words(steps: list[dict[str, Any]], said: str) -> None:
    assert told({"version": 1, "steps": steps}) == said


def test_the_history_of_the_image_tells_of_edits(client: Client, image: FundusImage) -> None:
    edited(client, image, CROPPED)
    client.post(url(image), {"action": "revert", "seen": 1})
    client.post(url(image), {"action": "restore", "number": 1, "seen": 2})
    answer = client.get(f"/direct/uploads/{image.public_id}")
    entries = [(each.title, each.detail, each.who) for each in answer.context["timeline"]]
    assert entries[:3] == [
        ("Edit 1 restored", "Cropped", "Alice Ang"),
        ("Reverted", "Back to the original", "Alice Ang"),
        ("Image edited", "Cropped", "Alice Ang"),
    ]

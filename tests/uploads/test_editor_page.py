"""The editor as it is served: its page, saving by fields and by recipe, previews, and refusals."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image, ImageChops, ImageStat

from accounts.models import LabUnit, User
from tests import cast
from uploads.editing import apart
from uploads.edits import previews
from uploads.edits.turns import Turns
from uploads.edits.wording import told
from uploads.models import FundusImage, ImageEdit
from uploads.tasks import render_edit

FIELDS = {
    "seen": 0, "rotate": 0, "angle": 0, "brightness": 0, "contrast": 0, "gamma": 1,
    "sharpness": 0, "local_contrast": 0, "crop": "", "blackouts": "",
}  # fmt: skip
CROPPED = {"op": "crop", "rect": [4, 2, 20, 16]}
TURNED = {"op": "rotate", "degrees": 90}


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening)


def url(image: FundusImage, below: str = "") -> str:
    return f"/direct/uploads/{image.public_id}/edit-image{below}"


def recipe(*steps: dict[str, Any]) -> str:
    return json.dumps({"version": 1, "steps": steps})


def post(client: Client, image: FundusImage, **data: Any) -> Any:
    """As a browser without script sends it."""
    return client.post(url(image), {**FIELDS, **data})


def send(client: Client, image: FundusImage, *steps: dict[str, Any], seen: int = 0) -> Any:
    """As the page's script sends it."""
    data = {"action": "save", "recipe": recipe(*steps), "seen": seen}
    return client.post(url(image), data, headers={"Accept": "application/json"})


def edited(client: Client, image: FundusImage, *steps: dict[str, Any], seen: int = 0) -> ImageEdit:
    """A saved and rendered edit."""
    assert send(client, image, *steps, seen=seen).status_code == 202
    edit = image.edits.get(number=seen + 1)
    render_edit(edit.pk)
    return edit


def value(answer: Any, name: str) -> Any:
    return answer.context["form"][name].value()


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


# --- Previews and progress ----------------------------------------------------------------


def test_a_preview_is_the_picture_in_small(client: Client, image: FundusImage) -> None:
    answer = client.post(url(image, "/preview"), {"recipe": recipe(CROPPED, TURNED)})
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert "no-store" in answer["Cache-Control"]
    with Image.open(BytesIO(answer.content)) as picture:
        assert picture.size == (16, 20)


def test_a_part_of_the_picture_is_shown_in_full_size(client: Client, image: FundusImage) -> None:
    sent = {"recipe": recipe(CROPPED, TURNED), "window": "3 4 10 8"}
    answer = client.post(url(image, "/preview"), sent)
    assert answer["Fundus-Size"] == "16x20"
    whole = client.post(url(image, "/preview"), {"recipe": recipe(CROPPED, TURNED)})
    with Image.open(BytesIO(answer.content)) as part, Image.open(BytesIO(whole.content)) as all_:
        assert part.size == (10, 8)
        apart = ImageChops.difference(part, all_.crop((3, 4, 13, 12)))
        assert ImageStat.Stat(apart).mean == pytest.approx(
            [0, 0, 0], abs=12
        )  # of two JPEGs of noise


@pytest.mark.parametrize(
    "window", ["0 0 17 20", "16 0 1 1", "-1 0 4 4", "0 0 0 4", "1 2 3", "x", "1" * 5000]
)
def test_a_part_beyond_the_picture_is_refused(
    client: Client, image: FundusImage, window: str
) -> None:
    sent = {"recipe": recipe(CROPPED, TURNED), "window": window}
    answer = client.post(url(image, "/preview"), sent)
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"window"}


def test_a_very_large_original_is_read_in_a_process_of_its_own(
    client: Client, image: FundusImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sent in ({}, {"window": "3 4 10 8"}):
        data = {"recipe": recipe(CROPPED, TURNED), **sent}
        wanted = client.post(url(image, "/preview"), data).content
        previews.forget()
        with monkeypatch.context() as patch:
            patch.setattr(previews, "APART_FROM", 0)
            again = client.post(url(image, "/preview"), data).content
        assert again == wanted


def test_a_preview_without_script_stands_in_the_page(client: Client, image: FundusImage) -> None:
    answer = post(client, image, action="preview", rotate=90, brightness=20)
    assert answer.status_code == 200
    assert 'src="data:image/jpeg;base64,/9j/' in answer.content.decode()
    assert value(answer, "brightness") == "20"
    assert not image.edits.exists()


def test_who_gets_no_turn_is_told_to_try_again(
    client: Client, image: FundusImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "_turns", Turns(places=0, waiting=1, patience=0.01))
    answer = client.post(url(image, "/preview"), {"recipe": recipe(CROPPED)})
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer["Retry-After"]
    answer = post(client, image, action="preview", crop="4 2 20 16")
    assert answer.status_code == 503
    assert (value(answer, "crop"), "busy" in answer.content.decode()) == ("4 2 20 16", True)


def test_a_large_original_that_cannot_be_made_small_is_no_error(
    client: Client, image: FundusImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "APART_FROM", 0)
    monkeypatch.setattr(apart, "PATIENCE", 0)
    assert client.post(url(image, "/preview"), {"recipe": recipe()}).status_code == 503


def test_progress_is_told(client: Client, image: FundusImage) -> None:
    assert client.get(url(image, "/progress")).json() == {"edit": 0, "state": None}
    send(client, image, TURNED)
    told = {"edit": 1, "state": "queued", "progress": 0}
    assert client.get(url(image, "/progress")).json() == told
    page = client.get(f"/direct/uploads/{image.public_id}").content.decode()
    assert "The edit is being rendered" in page


def test_a_failed_edit_is_said_with_what_to_do(client: Client, image: FundusImage) -> None:
    send(client, image, TURNED)
    image.edits.update(state="failed")
    page = client.get(f"/direct/uploads/{image.public_id}").content.decode()
    assert "The last edit could not be rendered" in page
    assert "Open it in the editor and save it again" in page
    assert "Restore this edit" in client.get(url(image)).content.decode()


def test_an_edit_without_its_original_fails_and_says_so(client: Client, image: FundusImage) -> None:
    image.original.storage.delete(str(image.original.name))
    edited(client, image, TURNED)
    answer = client.get(f"/direct/uploads/{image.public_id}")
    assert answer.context["timeline"][0].title == "Edit 1 could not be rendered"
    assert client.get(url(image, "/progress")).json()["state"] == "failed"


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

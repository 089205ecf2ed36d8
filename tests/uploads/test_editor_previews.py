"""Previews of edits and their progress, as they are served."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.test import Client
from PIL import Image, ImageChops, ImageStat

from accounts.models import LabUnit, User
from tests import cast
from tests.uploads.editorpage import CROPPED, TURNED, edited, post, recipe, send, url, value
from uploads.editing import apart
from uploads.edits import previews
from uploads.edits.turns import Turns
from uploads.models import FundusImage


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening)


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

"""Saved edits: one newest, rendered once, and the files agree with the row whatever dies when."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from PIL import Image
from pytest_django import Settings

from accounts.models import LabUnit, User
from fundus.logs import JsonLines
from jobs import sweeper
from tests import cast
from tests.images import jpeg, png
from uploads import verification
from uploads.editing import pictures
from uploads.editing.recipe import Recipe
from uploads.edits import rendering, saving
from uploads.models import EditState, FundusImage, ImageEdit
from uploads.tasks import render_edit

pytestmark = pytest.mark.usefixtures("own_storage")
Commits = Callable[[], AbstractContextManager[Any]]
WIDTH, HEIGHT = 32, 24


def recipe(*steps: dict[str, Any]) -> Recipe:
    data = {"version": 1, "steps": list(steps)}
    return Recipe.parse(data, width=WIDTH, height=HEIGHT)


TURNED = recipe({"op": "rotate", "degrees": 90})
BLACKED = recipe({"op": "blackout", "rects": [[0, 0, 16, 12]]})
NOTHING = recipe()


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening, cast.File("eye.png", png(WIDTH, HEIGHT)))


def fresh(image: FundusImage) -> FundusImage:
    return FundusImage.objects.get(pk=image.pk)


def save(user: User, image: FundusImage, wanted: Recipe = TURNED, seen: int = 0) -> ImageEdit:
    return saving.save(user=user, image=image, recipe=wanted, seen=seen)


def rendered(user: User, image: FundusImage, wanted: Recipe = TURNED, seen: int = 0) -> ImageEdit:
    edit = save(user, image, wanted, seen)
    render_edit(edit.pk)
    return ImageEdit.objects.get(pk=edit.pk)


def picture(image: FundusImage) -> Image.Image:
    with default_storage.open(str(fresh(image).edited.name)) as stored:
        return Image.open(io.BytesIO(stored.read()))


def wrong() -> list[str]:
    found = [each for image in FundusImage.objects.all() for each in verification.damaged(image)]
    found += [each for keys in verification.batches("") for each in verification.orphaned(keys)]
    return [str(each) for each in found]


def test_an_edit_is_rendered_beside_the_original(alice: User, image: FundusImage) -> None:
    edit = rendered(alice, image)
    now = fresh(image)
    assert (edit.state, edit.progress, edit.result_sha256) == ("done", 100, now.edited_sha256)
    assert picture(image).size == (HEIGHT, WIDTH)
    assert now.stored_sha256 == image.stored_sha256
    assert now.edited_thumbnail
    assert wrong() == []


def test_what_is_blacked_out_is_black_everywhere(alice: User, image: FundusImage) -> None:
    rendered(alice, image, BLACKED)
    assert picture(image).crop((0, 0, 16, 12)).getextrema() == ((0, 0),) * 3
    with default_storage.open(str(fresh(image).edited_thumbnail.name)) as stored:
        small = Image.open(io.BytesIO(stored.read())).crop((0, 0, 12, 8))
    assert np.asarray(small).max() < 16  # JPEG


def test_a_new_edit_takes_the_place_of_the_one_before(
    alice: User, image: FundusImage, commits: Commits
) -> None:
    rendered(alice, image)
    before = fresh(image).file_keys
    with commits():
        rendered(alice, image, BLACKED, seen=1)
    after = fresh(image).file_keys
    assert set(before[2:]).isdisjoint(after)
    assert cast.keys("default") == set(after)


def test_going_back_shows_the_original(alice: User, image: FundusImage, commits: Commits) -> None:
    rendered(alice, image)
    with commits():
        edit = save(alice, image, NOTHING, seen=1)
    edit.refresh_from_db()
    assert (fresh(image).edited.name, edit.state) == ("", "done")
    assert cast.keys("default") == set(image.file_keys)


def test_an_edit_replaced_while_it_waits_is_not_rendered(alice: User, image: FundusImage) -> None:
    first = save(alice, image)
    second = rendered(alice, image, BLACKED, seen=1)
    render_edit(first.pk)
    first.refresh_from_db()
    assert (first.state, second.state) == ("superseded", "done")
    assert fresh(image).edited_sha256 == second.result_sha256


def test_an_edit_replaced_while_it_is_rendered_leaves_nothing(
    alice: User, image: FundusImage
) -> None:
    claimed = rendering.claim(save(alice, image).pk)
    assert claimed is not None
    second = rendered(alice, image, BLACKED, seen=1)
    with pytest.raises(rendering.Fenced):
        rendering.perform(claimed)
    assert fresh(image).edited_sha256 == second.result_sha256
    assert wrong() == []


def test_an_image_deleted_while_it_is_rendered_leaves_nothing(
    dana: User, alice: User, image: FundusImage, commits: Commits
) -> None:
    claimed = rendering.claim(save(alice, image).pk)
    assert claimed is not None
    with commits():
        cast.signed_in(dana).post(f"/direct/uploads/{image.public_id}/delete", {"confirm": "1"})
    assert not FundusImage.objects.exists()
    with pytest.raises(rendering.Fenced):
        rendering.perform(claimed)
    assert cast.keys("default") == set()


def test_two_deliveries_render_once(alice: User, image: FundusImage) -> None:
    edit = rendered(alice, image)
    render_edit(edit.pk)
    edit.refresh_from_db()
    assert edit.attempts == 1


def test_the_second_person_is_told(alice: User, dana: User, image: FundusImage) -> None:
    save(alice, image)
    with pytest.raises(saving.EditedMeanwhile) as raised:
        save(dana, image, BLACKED)
    assert raised.value.newest is not None
    assert raised.value.newest.author == alice
    assert image.edits.count() == 1


def test_what_arrived_judged_stays_as_it_is(alice: User, image: FundusImage) -> None:
    FundusImage.objects.update(pregraded=True)
    with pytest.raises(saving.NotEditable):
        save(alice, image)


def test_every_edit_is_in_the_trail(alice: User, image: FundusImage) -> None:
    save(alice, image)
    save(alice, image, NOTHING, seen=1)
    first, second = cast.audit("image_edited")
    assert first.after["recipe"] == TURNED.to_json()
    assert (second.before["edit"], second.after["edit"]) == (1, 2)


# --- Trouble ------------------------------------------------------------------------------


def test_a_worker_that_died_is_followed_by_another(alice: User, image: FundusImage) -> None:
    edit = save(alice, image)
    rendering.claim(edit.pk)
    ImageEdit.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert sweeper.sweep()["edits"] == 1
    render_edit(edit.pk)
    edit.refresh_from_db()
    assert (edit.state, edit.attempts) == ("done", 2)


def test_a_recipe_that_kills_its_worker_three_times_is_given_up(
    alice: User, image: FundusImage
) -> None:
    edit = save(alice, image)
    for _ in range(3):
        rendering.claim(edit.pk)
        ImageEdit.objects.update(lease_until=Now() - timedelta(seconds=1))
        sweeper.sweep()
    edit.refresh_from_db()
    assert (edit.state, rendering.claim(edit.pk)) == (EditState.FAILED, None)
    assert [event.succeeded for event in cast.audit("image_edit_failed")] == [False]


def test_a_lost_bell_is_rung_again(alice: User, image: FundusImage) -> None:
    edit = save(alice, image)
    ImageEdit.objects.update(enqueued_at=Now() - timedelta(hours=1))
    assert sweeper.sweep()["edits"] == 1
    assert sweeper.sweep()["edits"] == 0
    render_edit(edit.pk)
    assert fresh(image).edited


def test_a_storage_that_is_away_costs_no_attempt(
    alice: User, image: FundusImage, break_storage: Callable[[str], None]
) -> None:
    edit = save(alice, image)
    break_storage("default")
    render_edit(edit.pk)
    edit.refresh_from_db()
    assert (edit.state, edit.attempts) == ("queued", 0)


def test_a_damaged_original_is_never_rendered(alice: User, image: FundusImage) -> None:
    edit = save(alice, image)
    FundusImage.objects.update(stored_sha256="0" * 64)
    render_edit(edit.pk)
    edit.refresh_from_db()
    assert (edit.state, fresh(image).edited.name) == ("failed", "")


@pytest.fixture
def inks(alice: User, screening: LabUnit, monkeypatch: pytest.MonkeyPatch) -> FundusImage:
    """An original that goes through a file."""
    monkeypatch.setattr(pictures, "_LARGE", 1)
    file = cast.File("inks.jpg", jpeg(WIDTH, HEIGHT, mode="CMYK"))
    return cast.stored(alice, screening, file)


@pytest.mark.parametrize(("spool", "of_system"), [("good", "bad"), ("bad", "good")])
def test_a_large_original_of_inks_goes_through_a_file(
    spool: str,
    of_system: str,
    alice: User,
    inks: FundusImage,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In the spool where there can be one, else in the system's folder for such files."""
    (tmp_path / "good").mkdir()
    (tmp_path / "bad").touch()
    settings.SPOOL_DIR = tmp_path / spool
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / of_system))
    edit = rendered(alice, inks)
    assert (edit.state, edit.attempts) == ("done", 1)
    assert list((tmp_path / "good").iterdir()) == []
    assert "decoded in memory" not in caplog.text


def test_without_room_for_a_file_an_edit_is_rendered_in_memory(
    alice: User, inks: FundusImage, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    edit = save(alice, inks)
    caplog.handler.setFormatter(JsonLines())
    settings.MIN_FREE_BYTES = 2**62
    render_edit(edit.pk)
    edit.refresh_from_db()
    assert (edit.state, edit.attempts) == ("done", 1)
    lines = map(json.loads, caplog.text.splitlines())
    (line,) = [line for line in lines if "in memory" in line["message"]]
    assert line["message"] == "a large JPEG had to be decoded in memory: no room on the disk"
    assert line["task"] == f"edit {edit.pk}"


def test_an_edit_whose_process_is_killed_is_tried_again(
    alice: User, inks: FundusImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = save(alice, inks)
    with monkeypatch.context() as patch:
        # It takes its parent for dead.
        patch.setattr("os.getpid", lambda: 0)
        render_edit(edit.pk)
    edit.refresh_from_db()
    assert (edit.state, edit.attempts) == ("queued", 1)
    render_edit(edit.pk)
    edit.refresh_from_db()
    assert (edit.state, edit.attempts) == ("done", 2)


def test_files_being_rendered_are_no_orphans(alice: User, image: FundusImage) -> None:
    edit = save(alice, image)
    key = rendering.Keys.of(edit, "image/png").edited
    default_storage.save(key, ContentFile(b"half"))
    assert wrong() == []
    ImageEdit.objects.update(state=EditState.FAILED)
    assert wrong() == [f"orphaned: {key}"]


def test_what_is_sent_once_more_is_saved_once(alice: User, dana: User, image: FundusImage) -> None:
    first = save(alice, image, TURNED)
    assert save(alice, image, TURNED) == first
    with pytest.raises(saving.EditedMeanwhile):
        save(dana, image, TURNED)
    with pytest.raises(saving.EditedMeanwhile):
        save(alice, image, BLACKED)
    assert image.edits.count() == 1


def test_what_has_failed_is_not_taken_for_saved(alice: User, image: FundusImage) -> None:
    save(alice, image, TURNED)
    ImageEdit.objects.update(state="failed")
    with pytest.raises(saving.EditedMeanwhile):
        save(alice, image, TURNED)

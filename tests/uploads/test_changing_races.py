"""People who change, undo and delete the same images in the same moment: one of them gets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from accounts.models import LabUnit, User
from accounts.roles import Role
from tests import cast, filing
from tests.faults.crowd import at_once
from tests.meeting import Other
from uploads import recount, tallying
from uploads.changing import bulk, deletion, metadata, undo
from uploads.models import Area, BulkEdit, Camera, FundusImage

pytestmark = pytest.mark.django_db(transaction=True)
REFUSALS = (
    bulk.Outdated,
    metadata.Outdated,
    metadata.Gone,
    deletion.Gone,
    undo.UndoneAlready,
)


@pytest.fixture
def unit() -> LabUnit:
    return cast.unit("North", "Screening")


@pytest.fixture
def dana(unit: LabUnit) -> User:
    """Manages the unit's data, and uploads there."""
    return cast.person("dana", Role.DATA_MANAGER, Role.UPLOADER, units=[unit])


@pytest.fixture
def images(dana: User, unit: LabUnit) -> list[FundusImage]:
    Area.objects.get_or_create(laterality="OS", defaults={"label": "Left eye"})
    return filing.all_filed(dana, unit, filing.some(8))


def ended(acts: Sequence[Callable[[], Any]]) -> Counter[str]:
    """Done all at once; how many ended how."""

    def act(what: Callable[[], Any]) -> str:
        try:
            what()
        except REFUSALS as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    return Counter(at_once(partial(act, what) for what in acts))


def change(user: User, images: list[FundusImage], **wanted: Any) -> Callable[[], Any]:
    versions = {image.public_id: image.version for image in images}
    return partial(bulk.apply, user=cast.again(user), versions=versions, wanted=wanted)


def assert_sound() -> None:
    assert [str(each) for each in recount.differences()] == []


def test_two_bulk_edits_of_the_same_images(dana: User, images: list[FundusImage]) -> None:
    canon = Camera.objects.create(name="Canon CR-2")
    edits = [change(dana, images, camera_id=canon.pk), change(dana, images[::-1], laterality="OS")]
    assert ended(edits) == {"done": 1, "Outdated": 1}
    assert BulkEdit.objects.get().rows.count() == 8
    assert set(FundusImage.objects.values_list("version", flat=True)) == {2}
    assert_sound()


def test_bulk_edits_that_overlap_in_one_image(dana: User, images: list[FundusImage]) -> None:
    edits = [
        change(dana, images[:5], mydriatic=True),
        change(dana, images[4:], mydriatic=True, laterality="OS"),
    ]
    assert ended(edits) == {"done": 1, "Outdated": 1}
    assert FundusImage.objects.filter(version=2).count() in (4, 5)
    assert_sound()


def test_many_edits_of_other_images_wait_for_nobody(dana: User, images: list[FundusImage]) -> None:
    edits = [change(dana, images[n : n + 2], laterality="OS") for n in (0, 2, 4, 6)]
    assert ended(edits) == {"done": 4}
    assert_sound()


def test_one_image_saved_by_six_people(dana: User, images: list[FundusImage]) -> None:
    [image, *_] = images
    saves = [
        partial(
            metadata.save,
            user=cast.again(dana),
            public_id=image.public_id,
            version=1,
            wanted={"laterality": "OS", "camera_id": Camera.objects.create(name=f"C{n}").pk},
        )
        for n in range(6)
    ]
    assert ended(saves) == {"done": 1, "Outdated": 5}
    assert len(cast.audit("image_changed")) == 1
    assert_sound()


def test_deleting_what_somebody_edits(dana: User, images: list[FundusImage]) -> None:
    ids = [image.public_id for image in images[:4]]
    acts: list[Callable[[], Any]] = [
        partial(deletion.delete, user=cast.again(dana), ids=ids),
        change(dana, images[3:], laterality="OS"),
    ]
    found = ended(acts)
    assert found in ({"done": 2}, {"done": 1, "Outdated": 1})
    assert FundusImage.objects.count() == 4
    assert FundusImage.objects.filter(version=2).count() == (4 if found["done"] == 2 else 0)
    assert_sound()


def test_deleting_twice(dana: User, images: list[FundusImage]) -> None:
    ids = [image.public_id for image in images]
    acts = [partial(deletion.delete, user=cast.again(dana), ids=ids) for _ in range(3)]
    assert ended(acts) == {"done": 1, "Gone": 2}
    assert len(cast.audit("image_deleted")) == 8
    assert_sound()


def test_undoing_twice(dana: User, images: list[FundusImage]) -> None:
    edit = change(dana, images, laterality="OS")()
    acts = [partial(undo.undo, user=cast.again(dana), edit=edit) for _ in range(4)]
    assert ended(acts) == {"done": 1, "UndoneAlready": 3}
    assert set(FundusImage.objects.values_list("laterality", "version")) == {("OD", 3)}
    assert_sound()


def test_undoing_what_somebody_changes(dana: User, images: list[FundusImage]) -> None:
    edit = change(dana, images, laterality="OS")()
    now = list(FundusImage.objects.filter(pk__in=[image.pk for image in images[:4]]))
    acts: list[Callable[[], Any]] = [
        partial(undo.undo, user=cast.again(dana), edit=edit),
        change(dana, now, mydriatic=True),
    ]
    found = ended(acts)
    changed = FundusImage.objects.filter(mydriatic=True)
    assert found in ({"done": 2}, {"done": 1, "Outdated": 1})
    assert set(changed.values_list("laterality", flat=True)) <= {"OS"}
    assert changed.count() == (4 if found["done"] == 2 else 0)
    assert_sound()


def once_after(monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], None]) -> None:
    """Do this when tallies have first been written by that function."""
    original, left = getattr(tallying, name), [act]

    def watched(*args: Any) -> Any:
        found = original(*args)
        if left:
            left.pop()()
        return found

    monkeypatch.setattr(tallying, name, watched)


def test_new_kinds_that_two_edits_meet_in_another_order(
    dana: User, unit: LabUnit, images: list[FundusImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(dana, images, laterality="OS")()
    days = [{"created_at": filing.NOON + timedelta(days=n)} for n in (1, 2, 2, 1)]
    images = filing.all_filed(dana, unit, days)
    other = Other(change(dana, images[2:], laterality="OS"))
    once_after(monkeypatch, "_first_of_its_kind", other.begin)
    assert change(dana, images[:2], laterality="OS")()
    assert other.result()
    assert_sound()


def test_undoing_while_an_image_that_is_not_ones_own_any_more_is_deleted(
    dana: User, images: list[FundusImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = change(dana, images[:4], laterality="OS")()
    [moved, other] = FundusImage.objects.filter(pk__in=[images[3].pk, images[4].pk]).order_by("pk")
    tallying.change(moved, lab_unit_id=cast.unit("North", "Outreach").pk)
    adam, ids = cast.person("adam", Role.ADMINISTRATOR), [moved.public_id, other.public_id]
    deleting = Other(partial(deletion.delete, user=adam, ids=ids))
    once_after(monkeypatch, "_adjust", deleting.begin)
    undo.undo(user=cast.again(dana), edit=edit)
    assert deleting.result() == 2
    assert_sound()

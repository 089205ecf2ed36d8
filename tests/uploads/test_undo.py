"""Taking a bulk edit back: for a day, once, and never over what others did since."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import LabUnit, User
from accounts.roles import Role
from tests import cast
from tests.uploads.judging import grade
from uploads import recount
from uploads.changing import bulk
from uploads.models import BulkEdit, Camera, FundusImage

DAY = timedelta(hours=24)


@pytest.fixture
def images(alice: User, screening: LabUnit) -> list[FundusImage]:
    job = cast.uploaded(alice, screening, *cast.photos(3))
    return [cast.image_of(job, n) for n in range(3)]


@pytest.fixture
def camera(db: None) -> Camera:
    return Camera.objects.create(name="Canon CR-2")


@pytest.fixture
def edit(alice: User, images: list[FundusImage], camera: Camera) -> BulkEdit:
    """alice gives all three another camera; the third is mydriatic from before."""
    change(alice, images[2:], mydriatic=True)
    return change(alice, images, camera_id=camera.pk, mydriatic=True)


def change(user: User, images: list[FundusImage], **wanted: Any) -> BulkEdit:
    versions = {image.public_id: image.version for image in fresh(images)}
    edit = bulk.apply(user=user, versions=versions, wanted=wanted)
    assert edit is not None
    return edit


def fresh(images: list[FundusImage]) -> list[FundusImage]:
    return [FundusImage.objects.get(pk=image.pk) for image in images]


def cameras(images: list[FundusImage]) -> list[str]:
    return [image.camera.name.split()[0] for image in fresh(images)]


def url(edit: BulkEdit) -> str:
    return reverse("uploads:bulk-edit-detail", args=[edit.public_id])


def undo(user: User, edit: BulkEdit) -> Any:
    return cast.signed_in(cast.again(user)).post(url(edit), follow=True)


def made(edit: BulkEdit, ago: timedelta) -> None:
    BulkEdit.objects.filter(pk=edit.pk).update(made_at=F("made_at") - ago)


def queries(user: User, edit: BulkEdit) -> int:
    client = cast.signed_in(cast.again(user))
    client.get(url(edit))
    with CaptureQueriesContext(connection) as captured:
        client.get(url(edit))
    return len(captured)


def outcomes(edit: BulkEdit) -> list[str]:
    return list(edit.rows.values_list("outcome", flat=True))


def test_the_page_tells_what_was_done(alice: User, edit: BulkEdit) -> None:
    page = cast.signed_in(alice).get(url(edit)).content.decode()
    assert "Bulk edit of 3 images" in page
    assert all(word in page for word in ("eye-0.jpg", "Topcon TRC-NW400", "Canon CR-2", "In force"))


def test_every_image_gets_back_what_it_was(
    alice: User, edit: BulkEdit, images: list[FundusImage]
) -> None:
    page = undo(alice, edit).content.decode()
    assert cameras(images) == ["Topcon"] * 3
    assert [image.mydriatic for image in fresh(images)] == [False, False, True]
    assert "Restored 3 images." in page
    assert list(recount.differences()) == []


def test_it_is_written_down_by_image(alice: User, edit: BulkEdit, images: Any) -> None:
    undo(alice, edit)
    events = [event for event in cast.audit("image_changed") if "undo_of" in event.after]
    assert {event.object_id for event in events} == {str(image.public_id) for image in images}
    assert events[0].before == {"camera": "Canon CR-2", "mydriatic": "Mydriatic"}
    assert events[0].after["camera"] == "Topcon TRC-NW400"


def test_what_was_changed_since_is_named_and_left(
    alice: User, dana: User, edit: BulkEdit, images: list[FundusImage]
) -> None:
    change(dana, images[:1], mydriatic=False)
    page = undo(alice, edit).content.decode()
    assert cameras(images) == ["Canon", "Topcon", "Topcon"]
    assert outcomes(edit) == ["changed", "restored", "restored"]
    assert "1 image was left as it is; the list says why." in page
    assert "Changed since, left as it is" in page


def test_what_was_graded_since_is_left(
    alice: User, gina: User, edit: BulkEdit, images: list[FundusImage]
) -> None:
    grade(gina, fresh(images)[1])
    undo(alice, edit)
    assert outcomes(edit) == ["restored", "changed", "restored"]


def test_what_was_deleted_since_is_named(
    alice: User, edit: BulkEdit, images: list[FundusImage]
) -> None:
    url = reverse("uploads:image-delete", args=[images[0].public_id])
    cast.signed_in(alice).post(url)
    page = undo(alice, edit).content.decode()
    assert outcomes(edit) == ["deleted", "restored", "restored"]
    assert ("eye-0.jpg" in page, "Deleted since" in page) == (True, True)


def test_once_only(alice: User, edit: BulkEdit, images: list[FundusImage], camera: Camera) -> None:
    undo(alice, edit)
    change(alice, images, camera_id=camera.pk)
    again = undo(alice, edit)
    assert (again.status_code, "undone already" in again.content.decode()) == (409, True)
    assert cameras(images) == ["Canon"] * 3


def test_an_undo_can_be_done_again_as_an_edit_of_its_own(
    alice: User, edit: BulkEdit, images: list[FundusImage], camera: Camera
) -> None:
    undo(alice, edit)
    undo(alice, change(alice, images, camera_id=camera.pk))
    assert cameras(images) == ["Topcon"] * 3


def test_for_a_day(alice: User, edit: BulkEdit, images: list[FundusImage]) -> None:
    made(edit, DAY + timedelta(minutes=1))
    answer = undo(alice, edit)
    assert answer.status_code == 409
    assert "a bulk edit can be undone for 24 hours" in answer.content.decode()
    assert cameras(images) == ["Canon"] * 3


def test_until_the_day_is_over(alice: User, edit: BulkEdit, images: list[FundusImage]) -> None:
    made(edit, DAY - timedelta(minutes=1))
    undo(alice, edit)
    assert cameras(images) == ["Topcon"] * 3


def test_where_all_was_changed_since_the_edit_stays(
    alice: User, dana: User, edit: BulkEdit, images: list[FundusImage]
) -> None:
    change(dana, images, mydriatic=False)
    answer = undo(alice, edit)
    edit.refresh_from_db()
    assert (answer.status_code, edit.undone_at, outcomes(edit)) == (409, None, ["", "", ""])


def test_by_whoever_made_it_or_an_administrator(
    dana: User, adam: User, bob: User, gina: User, edit: BulkEdit, images: list[FundusImage]
) -> None:
    assert {undo(user, edit).status_code for user in (dana, bob, gina)} == {404}
    assert cameras(images) == ["Canon"] * 3
    undo(adam, edit)
    edit.refresh_from_db()
    assert (edit.undone_by, cameras(images)) == (adam, ["Topcon"] * 3)


def test_a_foreign_edit_reads_like_none(bob: User, edit: BulkEdit) -> None:
    client = cast.signed_in(bob)
    answers = [client.get(url(edit)), client.get(url(BulkEdit()))]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].content == answers[1].content


def test_who_lost_the_role_loses_the_edit(alice: User, edit: BulkEdit) -> None:
    alice.groups.clear()
    assert undo(alice, edit).status_code == 404


def test_who_lost_the_unit_restores_and_reads_nothing(
    alice: User, edit: BulkEdit, images: list[FundusImage]
) -> None:
    alice.lab_units.clear()
    answer = undo(alice, edit)
    assert answer.status_code == 409
    assert "eye-0.jpg" not in answer.content.decode()
    assert cameras(images) == ["Canon"] * 3


def test_nothing_moves_back_to_a_unit_that_is_not_held_any_more(
    dana: User, outreach: LabUnit, images: list[FundusImage]
) -> None:
    dana.lab_units.add(outreach)
    moved = change(cast.again(dana), images, lab_unit_id=outreach.pk)
    dana.lab_units.set([outreach])
    assert undo(dana, moved).status_code == 409
    assert {image.lab_unit for image in fresh(images)} == {outreach}


def test_images_of_more_units_need_no_more_queries(
    dana: User, screening: LabUnit, outreach: LabUnit, images: list[FundusImage]
) -> None:
    dana.lab_units.add(outreach)
    third = cast.unit("North", "Third")
    dana.lab_units.add(third)
    user = cast.again(dana)
    one = change(user, images, lab_unit_id=third.pk)
    change(user, images[:1], lab_unit_id=outreach.pk)
    change(user, images[1:2], lab_unit_id=screening.pk)
    several = change(user, images[:2], lab_unit_id=third.pk)
    assert queries(dana, several) == queries(dana, one)


def test_the_form_lists_the_edits_of_the_last_day(
    alice: User, dana: User, edit: BulkEdit, images: list[FundusImage]
) -> None:
    older = change(alice, images, mydriatic=False)
    made(older, DAY * 2)
    foreign = change(dana, images, mydriatic=True)
    ids = {"ids": [str(image.public_id) for image in images]}
    page = cast.signed_in(alice).post("/direct/uploads/bulk-edit", ids).content.decode()
    assert [url(each) in page for each in (edit, older, foreign)] == [True, False, False]


def test_a_deactivated_camera_comes_back(
    alice: User, edit: BulkEdit, images: list[FundusImage]
) -> None:
    Camera.objects.filter(name__startswith="Topcon").update(is_active=False)
    undo(alice, edit)
    assert cameras(images) == ["Topcon"] * 3


def test_roles_are_those_of_now(alice: User, edit: BulkEdit, images: list[FundusImage]) -> None:
    """A data manager's edit of others' images is not an uploader's to undo."""
    dora = cast.person("dora", Role.DATA_MANAGER, units=list(alice.lab_units.all()))
    hers = change(dora, images, mydriatic=False)
    dora.groups.set(alice.groups.all())
    assert undo(dora, hers).status_code == 409
    assert not any(image.mydriatic for image in fresh(images))


def test_marks_are_taken_back_by_those_who_may_set_them(
    alice: User, images: list[FundusImage]
) -> None:
    uploaders = list(alice.groups.all())
    alice.groups.add(Group.objects.get_or_create(name=Role.DATA_MANAGER)[0])
    marked = change(cast.again(alice), images, pregraded=True)
    alice.groups.set(uploaders)
    assert undo(alice, marked).status_code == 409
    assert all(image.pregraded for image in fresh(images))


def test_what_was_deleted_where_the_unit_was_lost_is_not_told(
    alice: User, dana: User, edit: BulkEdit, images: list[FundusImage]
) -> None:
    cast.signed_in(dana).post(reverse("uploads:image-delete", args=[images[0].public_id]))
    alice.lab_units.clear()
    page = cast.signed_in(cast.again(alice)).get(url(edit)).content.decode()
    assert ("eye-0.jpg" in page, "Deleted since" in page) == (False, False)


def test_a_camera_that_was_deleted_does_not_come_back(
    alice: User, edit: BulkEdit, images: list[FundusImage], camera: Camera
) -> None:
    later = change(alice, images, camera_id=Camera.objects.create(name="Optos").pk)
    camera.delete()
    page = cast.signed_in(alice).get(url(later)).content.decode()
    assert "(deleted)" in page
    assert undo(alice, later).status_code == 409
    assert cameras(images) == ["Optos"] * 3

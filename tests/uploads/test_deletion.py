"""Deleting images: what goes, what stays, and who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import LabUnit, User
from jobs import removal
from jobs.models import JobItem, Removal
from tests import cast
from tests.uploads.judging import grade
from uploads import recount
from uploads.models import FundusImage, Grade, NameWord

BULK = "/direct/uploads/bulk-delete"
FINAL = "Deleted images cannot be recovered"
Commits = Callable[[], Any]


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening)


@pytest.fixture
def images(alice: User, screening: LabUnit) -> list[FundusImage]:
    job = cast.uploaded(alice, screening, *cast.photos(3))
    return [cast.image_of(job, n) for n in range(3)]


def url(image: FundusImage) -> str:
    return reverse("uploads:image-delete", args=[image.public_id])


def delete(user: User, image: FundusImage) -> Any:
    return cast.signed_in(user).post(url(image))


def delete_all(user: User, images: list[FundusImage], **fields: Any) -> Any:
    ids = [str(image.public_id) for image in images]
    return cast.signed_in(user).post(BULK, {"ids": ids, **fields})


def left() -> int:
    return FundusImage.objects.count()


# --- One -----------------------------------------------------------------------------------


def test_it_asks_first(alice: User, image: FundusImage) -> None:
    page = cast.signed_in(alice).get(url(image))
    assert page.status_code == 200
    assert (FINAL in page.content.decode(), left()) == (True, 1)


def test_row_names_and_files_go(alice: User, image: FundusImage, commits: Commits) -> None:
    keys = set(image.file_keys)
    assert keys <= cast.keys("default")
    with commits():
        answer = delete(alice, image)
    assert (answer.status_code, answer["Location"]) == (302, "/direct/dashboard")
    assert (left(), NameWord.objects.count(), Removal.objects.count()) == (0, 0, 0)
    assert not keys & cast.keys("default")


def test_counts_follow(alice: User, images: list[FundusImage]) -> None:
    delete(alice, images[1])
    assert list(recount.differences()) == []


def test_the_trail_keeps_what_it_was(alice: User, image: FundusImage) -> None:
    delete(alice, image)
    [event] = cast.audit("image_deleted")
    assert (event.object_id, event.actor_name) == (str(image.public_id), "alice")
    assert (
        event.before.items()
        >= {
            "filename": "eye.jpg",
            "hospital": "North",
            "lab_unit": "Screening",
            "camera": "Topcon TRC-NW400",
            "content_md5": image.content_md5,
            "stored_sha256": image.stored_sha256,
            "grades": [],
        }.items()
    )


def test_the_trail_keeps_every_grade(dana: User, gina: User, image: FundusImage) -> None:
    grade(gina, image)
    grade(gina, FundusImage.objects.get(), note="seen again")
    delete(dana, image)
    grades = cast.audit("image_deleted")[0].before["grades"]
    assert [(each["grader"], each["note"]) for each in grades] == [
        ("gina", "seen"),
        ("gina", "seen again"),
    ]
    assert not Grade.objects.exists()


def test_the_job_says_when_and_by_whom(alice: User, image: FundusImage) -> None:
    job = image.source_item.job
    delete(alice, image)
    item = JobItem.objects.get()
    assert (item.image_id, item.image_deleted_by) == (image.public_id, "Alice Ang")
    page = cast.signed_in(alice).get(reverse("jobs:job-results", args=[job.token]))
    assert "by Alice Ang" in page.content.decode()


def test_the_status_links_no_deleted_image(alice: User, image: FundusImage) -> None:
    job = image.source_item.job
    delete(alice, image)
    status = cast.signed_in(alice).get(reverse("jobs:job-status", args=[job.token])).json()
    assert status["items"][0]["image_url"] is None
    assert status["items"][0]["image_id"] == str(image.public_id)


def test_no_quota_comes_back(alice: User, image: FundusImage) -> None:
    delete(alice, image)
    assert cast.again(alice).file_upload_count == 1


def test_twice_is_not_found(alice: User, image: FundusImage) -> None:
    assert [delete(alice, image).status_code for _ in range(2)] == [302, 404]


def test_out_of_scope_is_not_found(charlie: User, bob: User, image: FundusImage) -> None:
    assert {delete(user, image).status_code for user in (charlie, bob)} == {404}
    assert left() == 1


def test_seeing_is_not_deleting(gina: User, image: FundusImage) -> None:
    assert (delete(gina, image).status_code, left()) == (403, 1)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_graded_image_needs_a_data_manager(
    alice: User, gina: User, image: FundusImage, method: str
) -> None:
    grade(gina, image)
    answer = getattr(cast.signed_in(alice), method)(url(image))
    assert (answer.status_code, left()) == (403, 1)
    assert "Only a data manager of its lab unit" in answer.content.decode()


@pytest.mark.parametrize("who", ["dana", "adam"])
def test_who_may_delete_graded_images(
    request: pytest.FixtureRequest, gina: User, image: FundusImage, who: str
) -> None:
    grade(gina, image)
    assert delete(request.getfixturevalue(who), image).status_code == 302
    assert left() == 0


# --- The same bytes again ------------------------------------------------------------------


def test_the_same_bytes_can_be_sent_again(
    alice: User, screening: LabUnit, commits: Commits
) -> None:
    file = cast.photo()
    with commits():
        delete(alice, cast.stored(alice, screening, file))
    again = cast.stored(alice, screening, file)
    assert set(again.file_keys) <= cast.keys("default")
    assert cast.again(alice).file_upload_count == 2


def test_a_late_removal_does_not_take_the_new_files(
    alice: User,
    screening: LabUnit,
    settings: Settings,
    break_storage: Callable[[str], None],
    commits: Commits,
) -> None:
    file, usual = cast.photo(), settings.STORAGES
    old = cast.stored(alice, screening, file)
    break_storage("default")
    with commits():
        assert delete(alice, old).status_code == 302
    settings.STORAGES = usual
    new = cast.stored(alice, screening, file)
    Removal.objects.update(next_try_at=old.created_at)
    assert removal.remove_due() == 2
    assert set(new.file_keys) <= cast.keys("default")
    assert not set(old.file_keys) & cast.keys("default")


def test_a_bucket_that_is_away_breaks_no_request(
    alice: User, image: FundusImage, lose_bucket: Callable[[str], None], commits: Commits
) -> None:
    lose_bucket("default")
    with commits():
        assert delete(alice, image).status_code == 302
    assert set(Removal.objects.values_list("key", flat=True)) == set(image.file_keys)


# --- Many ----------------------------------------------------------------------------------


def test_many_are_asked_for_once(alice: User, images: list[FundusImage]) -> None:
    page = delete_all(alice, images).content.decode()
    assert ("Delete 3 images?" in page, f"{FINAL}." in page, left()) == (True, True, 3)


def test_many_go_together(alice: User, images: list[FundusImage], commits: Commits) -> None:
    keys = {key for image in images for key in image.file_keys}
    with commits():
        answer = delete_all(alice, images, confirm=1)
    assert (answer.status_code, left()) == (302, 0)
    assert not keys & cast.keys("default")
    assert len(cast.audit("image_deleted")) == 3


def test_one_graded_image_keeps_them_all(
    alice: User, gina: User, images: list[FundusImage]
) -> None:
    grade(gina, images[1])
    answer = delete_all(alice, images, confirm=1)
    assert (answer.status_code, left()) == (403, 3)
    assert [card["image"].filename for card in answer.context["graded"]] == ["eye-1.jpg"]


def test_one_foreign_image_keeps_them_all(
    alice: User, charlie: User, imaging: LabUnit, images: list[FundusImage]
) -> None:
    foreign = cast.stored(charlie, imaging)
    answer = delete_all(alice, [*images, foreign], confirm=1, step="apply")
    assert (answer.status_code, left()) == (404, 4)
    assert "1 of the 4 selected images is not available" in answer.content.decode()


def test_one_deleted_meanwhile_keeps_the_others(alice: User, images: list[FundusImage]) -> None:
    delete(alice, images[0])
    assert (delete_all(alice, images, confirm=1).status_code, left()) == (404, 2)


def test_at_most_fifty(alice: User, images: list[FundusImage]) -> None:
    ids = [f"{n:032x}" for n in range(51)]
    answer = cast.signed_in(alice).post(BULK, {"ids": ids, "confirm": "1"})
    assert (answer.status_code, "Select at most 50 images" in answer.content.decode()) == (
        422,
        True,
    )


def test_the_way_back_keeps_the_filter(alice: User, images: list[FundusImage]) -> None:
    ids = [str(image.public_id) for image in images]
    answer = cast.signed_in(alice).post(f"{BULK}?sort=oldest", {"ids": ids, "confirm": "1"})
    assert answer["Location"] == "/direct/dashboard?sort=oldest"

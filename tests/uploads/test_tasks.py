"""The task of one item: whatever happens, the item ends or is tried again, and the log is mute."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from pytest_django.fixtures import Settings

from accounts.models import LabUnit, User
from jobs.models import Job, JobItem
from tests import cast, images
from tests.cast import File
from tests.jobs.moments import age_items
from uploads import ingest
from uploads.models import Batch, FundusImage
from uploads.tasks import process_item

NAME = "Smith_Ann_19700102.jpg"


@pytest.fixture
def job(alice: User, screening: LabUnit) -> Job:
    return cast.received(alice, screening, cast.photo(NAME))


def tried(job: Job) -> tuple[list[str], int]:
    return cast.states(job), cast.only(job).attempts


def key(job: Job) -> str:
    return cast.only(job).file.name or ""


def test_a_photograph_becomes_an_image(job: Job, commits: cast.Commits) -> None:
    staged = key(job)
    with commits():
        cast.work(job)
    assert cast.states(job) == ["completed"]
    assert cast.only(job).image_id == FundusImage.objects.get().public_id
    assert staged not in cast.keys("staging")


@pytest.mark.parametrize(
    ("data", "code", "detail"),
    [
        (b"GIF89a", "wrong_type", "Invalid file type: image/gif. Only JPG/PNG allowed."),
        (b"\xff\xd8\xff\xe0", "corrupt", "Corrupted or unreadable image"),
        (images.lying_png(20_000, 20_000), "too_many_pixels", "Image dimensions too large "),
    ],
)
def test_bad_files_are_refused_with_their_sentence(
    alice: User, screening: LabUnit, commits: cast.Commits, data: bytes, code: str, detail: str
) -> None:
    with commits():
        job = cast.uploaded(alice, screening, File(NAME, data))
    item = cast.only(job)
    assert (item.code, job.state) == (code, "error")
    assert item.detail.startswith(detail)
    assert not item.file
    assert cast.again(alice).file_upload_count == 0


def test_a_second_delivery_does_nothing(job: Job) -> None:
    cast.work(job)
    before = cast.only(job)
    cast.work(job)
    assert cast.only(job).finished_at == before.finished_at
    assert FundusImage.objects.count() == 1


def test_a_delivery_while_another_works_does_nothing(job: Job) -> None:
    cast.claimed(job)
    cast.work(job)
    assert tried(job) == (["processing"], 1)


def test_an_item_that_is_gone_is_no_accident(db: None) -> None:
    process_item(10**9)
    assert not FundusImage.objects.exists()


@pytest.mark.parametrize("harm", ["gone", "altered", "empty"])
def test_damaged_staged_files_are_tried_again_and_given_up(
    job: Job, alice: User, harm: str
) -> None:
    storages["staging"].delete(key(job))
    if harm != "gone":
        storages["staging"].save(key(job), ContentFile(b"altered" if harm == "altered" else b""))
    cast.work(job)
    assert tried(job) == (["queued"], 1)
    for _ in range(2):
        age_items(job, "next_try_at", hours=1)
        cast.work(job)
    assert tried(job) == (["processing_failed"], 3)
    assert cast.again(alice).file_upload_count == 0
    assert key(job)


def test_absent_storage_is_waited_for(
    job: Job, settings: Settings, break_storage: Callable[[str], None]
) -> None:
    whole = settings.STORAGES
    break_storage("default")
    cast.work(job)
    assert tried(job) == (["queued"], 0)
    settings.STORAGES = whole
    age_items(job, "next_try_at", hours=1)
    cast.work(job)
    assert tried(job) == (["completed"], 1)


def test_absent_staging_is_waited_for(
    job: Job, break_storage: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_storage("staging")
    # The field took its storage when the model was made.
    monkeypatch.setattr(JobItem._meta.get_field("file"), "storage", storages["staging"])
    cast.work(job)
    assert tried(job) == (["queued"], 0)


def test_absent_storage_is_not_waited_for_forever(
    job: Job, break_storage: Callable[[str], None]
) -> None:
    break_storage("default")
    cast.work(job)
    age_items(job, "next_try_at", "trouble_since", hours=7)
    cast.work(job)
    assert cast.states(job) == ["storage_unavailable"]
    assert cast.only(job).file.name
    assert Job.objects.get().state == "error"


def test_a_lost_bucket_is_waited_for(job: Job, lose_bucket: Callable[[str], None]) -> None:
    lose_bucket("default")
    cast.work(job)
    assert tried(job) == (["queued"], 0)


def test_what_nobody_expected_is_logged_without_the_name_of_the_file(
    job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    Batch.objects.all().delete()
    cast.work(job)
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == f"item {cast.only(job).pk}: an attempt failed"
    assert "RelatedObjectDoesNotExist" in caplog.text
    assert "Smith" not in caplog.text


def test_no_name_of_a_file_is_ever_logged(
    alice: User, screening: LabUnit, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = cast.signed_in(alice)
    files = [cast.photo(NAME), File(NAME, b"no picture"), File(NAME, b"")]
    items = cast.announce(client, screening, *files).json()["items"]
    for item in items:
        cast.put(client, item["upload_url"], files[item["n"]].data)
        cast.put(client, item["upload_url"], b"other")
    job = Job.objects.get()
    cast.work(job)
    for page in ("processing", "results"):
        assert NAME in client.get(f"/direct/upload/{page}/{job.token}").content.decode()
    ours = [record for record in caplog.records if record.name != "django.template"]
    assert "Smith" not in "".join(f"{record.getMessage()}{record.exc_text}" for record in ours)


def test_the_worker_acts_for_the_uploader(job: Job) -> None:
    Job.objects.update(origin_ip="203.0.113.9", origin_agent="Browser/1")
    cast.work(job)
    [event] = cast.audit("image_stored")
    assert (event.actor_id, event.actor_name, event.on_behalf_of) == (None, "worker", "alice")
    assert (event.ip, event.user_agent) == ("203.0.113.9", "Browser/1")


def test_one_bad_file_stops_no_other(alice: User, screening: LabUnit) -> None:
    files = [cast.photo(), File("bad.jpg", b"no picture"), cast.photo()]
    job = cast.uploaded(alice, screening, *files)
    assert cast.states(job) == ["completed", "wrong_type", "completed"]
    assert (job.state, job.error) == ("error", "One or more files failed")


def test_a_refusal_is_in_the_trail(alice: User, screening: LabUnit) -> None:
    job = cast.uploaded(alice, screening, bad := File(NAME, b"no picture"))
    [event] = cast.audit("item_refused")
    assert (event.succeeded, event.job_token) == (False, job.token)
    assert event.after == {"code": "wrong_type", "md5": bad.md5}
    assert JobItem.objects.get().pk == int(event.object_id)


def test_a_refusal_leaves_nothing_of_an_earlier_attempt(job: Job, commits: cast.Commits) -> None:
    item = cast.only(job)
    left = ingest.Keys.of(item, "image/jpeg")
    storages["default"].save(left.original, ContentFile(b"stored before the worker died"))
    storages["default"].save(left.thumbnail, ContentFile(b"likewise"))
    JobItem.objects.filter(pk=item.pk).update(attempts=1)
    other = cast.stored(job.uploader, job.lab_unit)
    FundusImage.objects.filter(pk=other.pk).update(
        content_md5=item.content_md5, content_sha256=item.content_sha256
    )
    with commits():
        cast.work(job)
    assert cast.only(job).code == "duplicate"
    assert not {left.original, left.thumbnail} & cast.keys("default")

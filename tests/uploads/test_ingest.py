"""From staged bytes to an image: what is stored, what its row says, and who wins a race."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from PIL import Image

from accounts.models import LabUnit, User
from jobs import lifecycle
from jobs.models import Job, JobItem
from tests import cast, images
from tests.cast import File
from tests.jobs.moments import age_items
from uploads import ingest, tasks
from uploads.models import Batch, Camera, FundusImage


@pytest.fixture
def upload(alice: User, screening: LabUnit) -> Callable[[File], FundusImage]:
    return lambda file: cast.stored(alice, screening, file)


def opened(key: str | None) -> bytes:
    with default_storage.open(str(key)) as content:
        return bytes(content.read())


def test_hashes_are_of_the_bytes_received_and_of_those_kept(
    upload: Callable[[File], FundusImage],
) -> None:
    file = File("eye.jpg", images.jpeg(seed=801, exif=b"Exif\0\0" + images.exif(1, Artist="Ann")))
    image = upload(file)
    kept = opened(image.original.name)
    assert (image.content_md5, image.size_bytes) == (file.md5, len(file.data))
    assert image.content_sha256 == sha256(file.data).hexdigest()
    assert (image.stored_sha256, image.stored_size) == (sha256(kept).hexdigest(), len(kept))
    assert b"Ann" not in kept


def test_the_row_says_what_was_chosen(
    upload: Callable[[File], FundusImage], alice: User, screening: LabUnit
) -> None:
    image = upload(cast.photo("left.jpg"))
    batch = Batch.objects.get()
    assert (image.uploaded_by, image.lab_unit, image.filename) == (alice, screening, "left.jpg")
    assert (image.camera, image.disease, image.laterality) == (batch.camera, batch.disease, "OD")
    assert (image.mime_type, image.width, image.height) == ("image/jpeg", 32, 24)


@pytest.mark.parametrize(("orientation", "size"), [(1, (32, 24)), (6, (24, 32)), (8, (24, 32))])
def test_orientation_is_kept_and_applied_to_the_thumbnail(
    upload: Callable[[File], FundusImage], orientation: int, size: tuple[int, int]
) -> None:
    data = images.jpeg(32, 24, seed=900 + orientation, exif=b"Exif\0\0" + images.exif(orientation))
    image = upload(File("eye.jpg", data))
    assert (image.orientation, image.upright_size) == (orientation, size)
    assert (image.width, image.height) == (32, 24)
    with Image.open(BytesIO(opened(image.thumbnail.name))) as thumbnail:
        assert thumbnail.size == size


@pytest.mark.parametrize(
    ("make", "model", "known"),
    [("TOPCON", "TRC-NW400", True), ("Topcon", "trc-nw400", True), ("Ann Smith", "1970", False)],
)
def test_only_known_cameras_are_believed(
    upload: Callable[[File], FundusImage], make: str, model: str, known: bool
) -> None:
    block = b"Exif\0\0" + images.exif(1, Make=make, Model=model)
    image = upload(File("eye.jpg", images.jpeg(seed=len(make) + 950, exif=block)))
    camera = image.detected_camera
    assert (camera is not None) is known
    assert camera is None or camera.name == "Topcon TRC-NW400"


def test_keys_tell_nothing_of_names(upload: Callable[[File], FundusImage]) -> None:
    image = upload(File("Smith_Ann_1970.png", images.png(seed=802)))
    uid = image.source_item.uid.hex
    assert image.original.name == f"originals/{uid[:2]}/{uid}.png"
    assert image.thumbnail.name == f"thumbnails/{uid[:2]}/{uid}.jpg"


def test_storing_is_in_the_trail(upload: Callable[[File], FundusImage]) -> None:
    image = upload(cast.photo())
    [event] = cast.audit("image_stored")
    assert (event.object_id, event.actor_name) == (str(image.public_id), "worker")
    assert (event.on_behalf_of, event.job_token) == ("alice", image.source_item.job.token)
    assert event.after["content_md5"] == image.content_md5


# --- Twice the same bytes ------------------------------------------------------------------


def test_the_second_of_the_same_bytes_is_refused(
    alice: User, bob: User, screening: LabUnit
) -> None:
    image = cast.stored(bob, screening, one := cast.photo())
    job = cast.uploaded(alice, screening, one)
    item = cast.only(job)
    assert (item.code, item.duplicate_of) == ("duplicate", image.public_id)
    assert cast.again(alice).file_upload_count == 0


@pytest.fixture
def racers(alice: User, bob: User, screening: LabUnit) -> list[JobItem]:
    """Two items with the same bytes, each in the hands of a worker."""
    one = cast.photo()
    return [cast.claimed(cast.received(user, screening, one)) for user in (alice, bob)]


def test_the_loser_of_a_race_is_a_duplicate(
    racers: list[JobItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    loser, winner = racers
    before, store = cast.keys("default"), ingest.store

    def overtaken(keys: ingest.Keys, prepared: ingest.Prepared) -> None:
        """The loser has looked and found nothing; before it is done, the winner is."""
        monkeypatch.setattr(ingest, "store", store)
        ingest.ingest(winner)
        store(keys, prepared)

    monkeypatch.setattr(ingest, "store", overtaken)
    tasks._attempt(loser)
    image, lost = FundusImage.objects.get(), JobItem.objects.get(pk=loser.pk)
    assert (lost.code, lost.duplicate_of) == ("duplicate", image.public_id)
    assert image.source_item == winner
    assert cast.keys("default") - before == {image.original.name, image.thumbnail.name}


def test_a_fenced_worker_leaves_neither_row_nor_trail(alice: User, screening: LabUnit) -> None:
    job = cast.received(alice, screening, cast.photo())
    late = cast.claimed(job)
    age_items(job, "lease_until", hours=1)
    current = cast.claimed(job)
    with pytest.raises(lifecycle.Fenced), transaction.atomic():
        ingest.ingest(late)
    assert not FundusImage.objects.exists()
    assert cast.audit("image_stored") == []
    ingest.ingest(current)
    assert opened(FundusImage.objects.get().original.name)


def test_another_attempt_writes_over_its_own_leftovers(alice: User, screening: LabUnit) -> None:
    job = cast.received(alice, screening, cast.photo())
    before = cast.keys("default")
    late = cast.claimed(job)
    ingest.store(ingest.Keys.of(late, "image/jpeg"), ingest.prepare(late.file.read()))
    age_items(job, "lease_until", hours=1)
    cast.work(job)
    image = cast.image_of(job)
    assert cast.keys("default") - before == {image.original.name, image.thumbnail.name}


def test_the_same_md5_of_other_bytes_is_a_security_event(
    alice: User, screening: LabUnit, caplog: pytest.LogCaptureFixture
) -> None:
    image = cast.stored(alice, screening)
    job = cast.received(alice, screening, cast.photo("collision.jpg"))
    JobItem.objects.filter(job=job).update(content_md5=image.content_md5)
    cast.work(job)
    item = cast.only(job)
    assert (item.code, item.detail) == ("duplicate", "Duplicate file")
    [event] = cast.audit("hash_conflict")
    assert (event.object_id, event.job_token) == (str(item.pk), job.token)
    assert "same MD5 as an image, different SHA-256" in caplog.text
    assert "collision" not in caplog.text


def test_the_database_keeps_md5_unique(alice: User, screening: LabUnit) -> None:
    images = [cast.stored(alice, screening) for _ in range(2)]
    with pytest.raises(IntegrityError), transaction.atomic():
        FundusImage.objects.update(content_md5=images[0].content_md5)


def test_a_known_camera_that_was_deactivated_is_still_known(
    upload: Callable[[File], FundusImage],
) -> None:
    block = b"Exif\0\0" + images.exif(1, Make="NIDEK", Model="AFC-330")
    Camera.objects.filter(make="NIDEK").update(is_active=False)
    assert upload(File("eye.jpg", images.jpeg(seed=811, exif=block))).detected_camera is not None


def test_a_job_without_its_batch_fails_without_an_image(alice: User, screening: LabUnit) -> None:
    job: Job = cast.received(alice, screening, cast.photo())
    Batch.objects.filter(job=job).delete()
    cast.work(job)
    assert cast.states(job) == ["queued"]
    assert not FundusImage.objects.exists()

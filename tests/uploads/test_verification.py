"""Stored bytes that are gone, altered, or nobody's."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from io import StringIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from accounts.models import LabUnit, User
from jobs.models import Removal
from jobs.storage import PARTS
from tests import cast
from uploads import ingest
from uploads.changing import deletion
from uploads.models import FundusImage

pytestmark = pytest.mark.usefixtures("own_storage")


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening)


def verify() -> str:
    out = StringIO()
    call_command("verify_uploads", stdout=out)
    return out.getvalue()


def findings() -> list[str]:
    """What is named, one a line; the exit code must tell of it."""
    out = StringIO()
    with pytest.raises(CommandError) as found:
        call_command("verify_uploads", stdout=out)
    assert found.value.returncode == 1
    return out.getvalue().splitlines()


def test_with_everything_in_place_it_says_so(
    alice: User, screening: LabUnit, image: FundusImage
) -> None:
    cast.stored(alice, screening)
    assert verify() == "2 images verified: 0 missing, 0 altered, 0 orphaned.\n"


def test_an_empty_installation_is_sound(db: None) -> None:
    assert verify() == "0 images verified: 0 missing, 0 altered, 0 orphaned.\n"


def test_a_missing_original_is_named(image: FundusImage) -> None:
    default_storage.delete(str(image.original))
    assert findings() == [f"missing: {image.original} (image {image.public_id})"]


def test_a_missing_thumbnail_is_named(image: FundusImage) -> None:
    default_storage.delete(str(image.thumbnail))
    assert findings() == [f"missing: {image.thumbnail} (image {image.public_id})"]


def test_a_flipped_bit_is_named(image: FundusImage) -> None:
    with default_storage.open(str(image.original)) as stored:
        data = bytearray(stored.read())
    data[len(data) // 2] ^= 1
    default_storage.save(str(image.original), ContentFile(bytes(data)))
    assert findings() == [f"altered: {image.original} (image {image.public_id})"]


def test_a_file_of_nobody_is_named(image: FundusImage) -> None:
    for key in ("originals/ab/stray.jpg", "elsewhere.bin"):
        default_storage.save(key, ContentFile(b"stray"))
    assert findings() == ["orphaned: elsewhere.bin", "orphaned: originals/ab/stray.jpg"]


@pytest.fixture
def edited(image: FundusImage) -> FundusImage:
    """The same with an edited version, named as such things might be."""
    for key in ("edited/ab/eye.jpg", "edited-thumbnails/ab/eye.jpg"):
        default_storage.save(key, ContentFile(b"turned"))
    image.edited, image.edited_thumbnail = "edited/ab/eye.jpg", "edited-thumbnails/ab/eye.jpg"
    image.edited_sha256 = sha256(b"turned").hexdigest()
    image.save()
    return image


def test_edited_versions_are_verified_too(edited: FundusImage) -> None:
    assert verify() == "1 images verified: 0 missing, 0 altered, 0 orphaned.\n"
    default_storage.save(str(edited.edited), ContentFile(b"burnt"))
    default_storage.delete(str(edited.edited_thumbnail))
    assert findings() == [
        f"altered: {edited.edited} (image {edited.public_id})",
        f"missing: {edited.edited_thumbnail} (image {edited.public_id})",
    ]


def test_files_that_wait_for_their_removal_are_no_orphans(adam: User, edited: FundusImage) -> None:
    deletion.delete(user=adam, ids=[edited.public_id])
    assert verify() == "0 images verified: 0 missing, 0 altered, 0 orphaned.\n"
    assert Removal.objects.count() == 4


def test_what_a_worker_is_about_to_name_is_no_orphan(alice: User, screening: LabUnit) -> None:
    item = cast.claimed(cast.received(alice, screening, cast.photo()))
    ingest.store(ingest.Keys.of(item, "image/jpeg"), ingest.prepare(cast.photo().data))
    default_storage.save(f"{PARTS}half.part", ContentFile(b"half"))
    assert verify() == "0 images verified: 0 missing, 0 altered, 0 orphaned.\n"


def test_a_storage_that_is_away_is_not_a_finding(
    image: FundusImage, lose_bucket: Callable[[str], None]
) -> None:
    lose_bucket("default")
    with pytest.raises(CommandError, match="The storage is not available") as away:
        verify()
    assert away.value.returncode == 2


def test_many_files_are_looked_up_in_few_queries(
    image: FundusImage, django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        default_storage.save(f"originals/zz/{n}.jpg", ContentFile(b"stray"))
    with django_assert_max_num_queries(19):
        assert len(findings()) == 30


def test_nothing_is_written(image: FundusImage) -> None:
    before = cast.keys("default")
    verify()
    assert cast.keys("default") == before

"""What a worker does with one file: prove it, strip it, store it, and write its row."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Action
from jobs import lifecycle
from jobs.codes import Code
from jobs.models import JobItem
from jobs.storage import storage_trouble
from uploads import limits, privacy, tallying, thumbnails, validation
from uploads.models import Camera, FundusImage
from uploads.refusals import Refused

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png"}


class StagedFileDamaged(Exception):
    """The staged bytes are no longer the ones received."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A proven file: its stripped bytes, its thumbnail, and what its row will say."""

    data: bytes
    thumbnail: bytes
    inspection: validation.Inspection
    stripped: privacy.Stripped


def ingest(item: JobItem) -> FundusImage:
    """Turn a claimed item into an image and complete it, or raise.

    Raises Refused (the file's fault), StorageAway, StagedFileDamaged, or lifecycle.Fenced.
    """
    existing = FundusImage.objects.filter(content_md5=item.content_md5).first()
    if existing:
        raise duplicate(item, existing)
    prepared = prepare(_staged_bytes(item))
    keys = Keys.of(item, prepared.inspection.mime)
    store(keys, prepared)
    try:
        with transaction.atomic():
            image = _write_row(item, prepared, keys)
            lifecycle.complete(item, image.public_id)
    except IntegrityError:
        # Another file with the same bytes was faster.
        winner = FundusImage.objects.filter(content_md5=item.content_md5).first()
        if winner is None or winner.source_item_id == item.pk:
            raise
        raise duplicate(item, winner) from None
    return image


def prepare(data: bytes) -> Prepared:
    """Check, strip, and prove the stripped bytes by the decode that makes the thumbnail."""
    inspection = validation.inspect(data, max_megapixels=limits.current().max_megapixels)
    stripped = privacy.strip(data, inspection.format)
    picture = validation.prove(stripped.data, inspection)
    thumbnail = thumbnails.render(picture, orientation=stripped.orientation)
    return Prepared(stripped.data, thumbnail, inspection, stripped)


@dataclass(frozen=True, slots=True)
class Keys:
    """Storage keys come from the item, so that a second attempt overwrites its own leftovers."""

    original: str
    thumbnail: str

    @classmethod
    def of(cls, item: JobItem, mime: str) -> Keys:
        name = f"{item.uid.hex[:2]}/{item.uid.hex}"
        return cls(f"originals/{name}.{EXTENSIONS[mime]}", f"thumbnails/{name}.jpg")


def remove_leftovers(item: JobItem) -> None:
    """Remove what attempts at a refused item may have stored. Raises StorageAway."""
    with storage_trouble():
        for mime in EXTENSIONS:
            keys = Keys.of(item, mime)
            default_storage.delete(keys.original)
            default_storage.delete(keys.thumbnail)


def store(keys: Keys, prepared: Prepared) -> None:
    with storage_trouble():
        default_storage.save(keys.original, ContentFile(prepared.data))
        default_storage.save(keys.thumbnail, ContentFile(prepared.thumbnail))


class SameHashOtherContent(Refused):
    """Two different files with one MD5: nobody meets that by chance."""


def duplicate(item: JobItem, existing: FundusImage) -> Refused:
    """The refusal of bytes that are stored already."""
    if existing.content_sha256 == item.content_sha256:
        return Refused(Code.DUPLICATE, existing=str(existing.public_id))
    return SameHashOtherContent(Code.DUPLICATE, existing=str(existing.public_id))


def _staged_bytes(item: JobItem) -> bytes:
    try:
        with storage_trouble(), item.file.open("rb") as staged:
            data: bytes = staged.read()
    except FileNotFoundError as missing:
        raise StagedFileDamaged from missing
    if hashlib.sha256(data).hexdigest() != item.content_sha256:
        raise StagedFileDamaged
    return data


def _write_row(item: JobItem, prepared: Prepared, keys: Keys) -> FundusImage:
    batch, inspection, stripped = item.job.batch, prepared.inspection, prepared.stripped
    image = FundusImage(
        public_id=uuid.uuid4(),
        source_item=item,
        lab_unit_id=item.job.lab_unit_id,
        camera_id=batch.camera_id,
        disease_id=batch.disease_id,
        laterality=batch.laterality,
        mydriatic=batch.mydriatic,
        pregraded=batch.pregraded,
        uploaded_by_id=item.job.uploader_id,
        filename=item.filename,
        content_md5=item.content_md5,
        content_sha256=item.content_sha256,
        size_bytes=item.size_bytes or 0,
        stored_sha256=hashlib.sha256(prepared.data).hexdigest(),
        stored_size=len(prepared.data),
        mime_type=inspection.mime,
        width=inspection.width,
        height=inspection.height,
        orientation=stripped.orientation,
        detected_camera=_known_camera(stripped.make, stripped.model),
        exposure=stripped.exposure,
        original=keys.original,
        thumbnail=keys.thumbnail,
    )
    tallying.add(image)
    audit.record(
        Action.IMAGE_STORED,
        image,
        object_id=str(image.public_id),
        lab_unit_id=image.lab_unit_id,
        after={"content_md5": image.content_md5, "stored_sha256": image.stored_sha256},
    )
    return image


def _known_camera(make: str | None, model: str | None) -> Camera | None:
    """Make and model only count when they name a camera we know: they are free text otherwise."""
    if not make or not model:
        return None
    return Camera.objects.filter(make__iexact=make, model__iexact=model).first()

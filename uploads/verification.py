"""Whether the bytes we keep are the ones we stored: all there, unaltered, and none besides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from uuid import UUID

from django.core.files.storage import Storage, default_storage
from django.db.models import Q

from jobs.models import JobItem, Removal
from jobs.storage import PARTS, storage_trouble
from uploads.models import OPEN_EDITS, FundusImage, ImageEdit

CHUNK = 1024 * 1024
TOGETHER = 500
FILES = ("original", "thumbnail", "edited", "edited_thumbnail")


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is missing, altered or orphaned; `image` the public id, where there is one."""

    kind: str
    key: str
    image: UUID | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.key}" + (f" (image {self.image})" if self.image else "")


def damaged(checked: Callable[[], None]) -> Iterator[Finding]:
    """Files that images name and that are gone or changed; `checked` is told of every image.

    Thumbnails have no recorded hash: only their absence is found. Raises StorageAway.
    """
    for image in FundusImage.objects.order_by("pk").iterator(chunk_size=TOGETHER):
        found = [*_hashed(image), *_thumbnails(image)]
        # An image deleted meanwhile has no files to miss.
        if found and FundusImage.objects.filter(pk=image.pk).exists():
            yield from found
        checked()


def _hashed(image: FundusImage) -> Iterator[Finding]:
    """The original, and the edited version where there is one."""
    kept = {image.original.name or "": image.stored_sha256}
    if image.edited:
        kept[image.edited.name or ""] = image.edited_sha256
    for key, wanted in kept.items():
        digest = stored_sha256(key)
        if digest != wanted:
            yield Finding("altered" if digest else "missing", key, image.public_id)


def _thumbnails(image: FundusImage) -> Iterator[Finding]:
    for field in (image.thumbnail, image.edited_thumbnail):
        if field and not _is_there(field.name or ""):
            yield Finding("missing", field.name or "", image.public_id)


def _is_there(key: str) -> bool:
    with storage_trouble():
        return default_storage.exists(key)


def stored_sha256(key: str) -> str:
    """The SHA-256 of what lies under `key`, read piece by piece; "" when nothing does."""
    digest = hashlib.sha256()
    try:
        with storage_trouble(), default_storage.open(key) as stored:
            for chunk in stored.chunks(CHUNK):
                digest.update(chunk)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


def orphaned() -> Iterator[Finding]:
    """Stored files that no image names, no open item is about to, and that do not wait for their
    removal. Raises StorageAway.
    """
    keys = (key for key in _keys(default_storage, "") if not key.startswith(PARTS))
    while batch := list(islice(keys, TOGETHER)):
        # In this order: an item that ends in between has its image by the time we look.
        strays = set(batch) - _being_written(batch)
        strays -= _named(strays)
        strays -= set(Removal.objects.filter(key__in=strays).values_list("key", flat=True))
        # What was deleted while we looked may be gone already.
        yield from (Finding("orphaned", key) for key in sorted(filter(_is_there, strays)))


def _named(keys: set[str]) -> set[str]:
    """Those of the keys that an image names. They are made of the ids of items and edits, which
    lead to the image without a look at every row.
    """
    owners = set(filter(None, map(_uid, keys)))
    owner = Q(source_item__uid__in=owners) | Q(edits__uid__in=owners)
    rows = FundusImage.objects.filter(owner).values_list(*FILES)
    return {key for row in rows for key in row}


def _being_written(keys: list[str]) -> set[str]:
    owners = {key: uid for key in keys if (uid := _uid(key))}
    uids = set(owners.values())
    items = JobItem.objects.open().filter(uid__in=uids)
    edits = ImageEdit.objects.filter(uid__in=uids, state__in=OPEN_EDITS)
    busy = {*items.values_list("uid", flat=True), *edits.values_list("uid", flat=True)}
    return {key for key, uid in owners.items() if uid in busy}


def _uid(key: str) -> UUID | None:
    """The item or edit that a storage key was made for."""
    try:
        return UUID(PurePosixPath(key).stem)
    except ValueError:
        return None


def _keys(storage: Storage, folder: str) -> Iterator[str]:
    try:
        with storage_trouble():
            folders, files = storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored, or the folder has just gone
        return
    yield from (f"{folder}{name}" for name in files)
    for name in folders:
        yield from _keys(storage, f"{folder}{name}/")

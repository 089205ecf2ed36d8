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

from jobs.models import JobItem
from jobs.storage import PARTS, storage_trouble
from uploads.models import FundusImage

CHUNK = 1024 * 1024
TOGETHER = 500


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
        found = [*_original(image), *_thumbnail(image)]
        # An image deleted meanwhile has no files to miss.
        if found and FundusImage.objects.filter(pk=image.pk).exists():
            yield from found
        checked()


def _original(image: FundusImage) -> Iterator[Finding]:
    key = image.original.name or ""
    digest = stored_sha256(key)
    if digest != image.stored_sha256:
        yield Finding("altered" if digest else "missing", key, image.public_id)


def _thumbnail(image: FundusImage) -> Iterator[Finding]:
    key = image.thumbnail.name or ""
    with storage_trouble():
        is_there = default_storage.exists(key)
    if not is_there:
        yield Finding("missing", key, image.public_id)


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
    """Stored files that no image names and no open item is about to. Raises StorageAway."""
    keys = (key for key in _keys(default_storage, "") if not key.startswith(PARTS))
    while batch := list(islice(keys, TOGETHER)):
        # In this order: an item that ends in between has its image by the time we look.
        strays = set(batch) - _being_written(batch)
        named = FundusImage.objects.filter(Q(original__in=strays) | Q(thumbnail__in=strays))
        for original, thumbnail in named.values_list("original", "thumbnail"):
            strays -= {original, thumbnail}
        yield from (Finding("orphaned", key) for key in sorted(strays))


def _being_written(keys: list[str]) -> set[str]:
    owners = {key: uid for key in keys if (uid := _uid(key))}
    busy = JobItem.objects.open().filter(uid__in=set(owners.values()))
    uids = set(busy.values_list("uid", flat=True))
    return {key for key, uid in owners.items() if uid in uids}


def _uid(key: str) -> UUID | None:
    """The item that a storage key was made for."""
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

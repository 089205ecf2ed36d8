"""Whether the bytes we keep are the ones we stored: all there, unaltered, and none besides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from uuid import UUID

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import Storage, default_storage

from jobs.models import JobItem, Removal
from jobs.storage import PARTS, StorageAway, storage_trouble
from uploads.models import OPEN_EDITS, FundusImage, ImageEdit

CHUNK = 1024 * 1024
TOGETHER = 500
FILES = ("original", "thumbnail", "edited", "edited_thumbnail")
KINDS = ("missing", "altered", "unreadable", "orphaned")


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is one of `KINDS`; `file` one of `FILES` and `image` what names it, where one does."""

    kind: str
    key: str
    file: str = ""
    image: FundusImage | None = None

    def __str__(self) -> str:
        told = f"{self.kind}: {self.shown}"
        return f"{told} (image {self.image.public_id})" if self.image else told

    @property
    def shown(self) -> str:
        """Names of strays may be no text at all."""
        return self.key if self.key.isprintable() else ascii(self.key)


def damaged(image: FundusImage) -> list[Finding]:
    """Files that the image names and that are gone or changed. Raises StorageAway.

    Thumbnails have no recorded hash: only their absence is found.
    """
    found = [
        Finding(kind, getattr(image, name).name, name, image)
        for name in FILES
        if getattr(image, name) and (kind := _wrong_with(image, name))
    ]
    # An image deleted meanwhile has no files to miss, and one edited meanwhile has others.
    if found and (now := FundusImage.objects.filter(pk=image.pk).first()):
        return [each for each in found if getattr(now, each.file).name == each.key]
    return []


def _wrong_with(image: FundusImage, name: str) -> str:
    key = getattr(image, name).name
    wanted = {"original": image.stored_sha256, "edited": image.edited_sha256}.get(name)
    try:
        if wanted is None:
            return "" if _is_there(key) else "missing"
        digest = stored_sha256(key)
    except SuspiciousFileOperation:
        return "missing"
    except StorageAway:
        # One bad file must not end the search; a storage that is away must.
        with storage_trouble():
            default_storage.listdir("")
        return "unreadable"
    if not digest:
        return "missing"
    return "" if digest == wanted else "altered"


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


def batches(after: str) -> Iterator[list[str]]:
    """The keys of everything stored behind the key `after`, in their order. Raises StorageAway."""
    keys = (key for key in _keys(default_storage, "", after) if not key.startswith(PARTS))
    while batch := list(islice(keys, TOGETHER)):
        yield batch


def orphaned(keys: list[str]) -> list[Finding]:
    """Those that no image names, no open item is about to, and that do not wait for removal."""
    # Others were never ours, and databases cannot be asked for them.
    ours = [key for key in keys if key.isprintable()]
    # In this order: an item that ends in between has its image by the time we look.
    strays = set(ours) - _being_written(ours)
    strays -= _named(strays)
    strays -= set(Removal.objects.filter(key__in=strays).values_list("key", flat=True))
    strays |= set(keys) - set(ours)
    # What was deleted while we looked may be gone already.
    return [Finding("orphaned", key) for key in sorted(filter(_is_there, strays))]


def _named(keys: set[str]) -> set[str]:
    """Those of the keys that an image names. They are made of the ids of items and edits, which
    lead to the image without a look at every row.
    """
    owners = set(filter(None, map(_uid, keys)))
    of_items = FundusImage.objects.filter(source_item__uid__in=owners)
    of_edits = FundusImage.objects.filter(edits__uid__in=owners)
    found = (rows.values_list(*FILES) for rows in (of_items, of_edits))
    return {key for rows in found for row in rows for key in row}


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


def _keys(storage: Storage, folder: str, after: str) -> Iterator[str]:
    try:
        with storage_trouble():
            folders, files = storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored, or the folder has just gone
        return
    for name in sorted([*files, *(f"{name}/" for name in folders)]):
        key = f"{folder}{name}"
        if not name.endswith("/"):
            if key > after:
                yield key
        elif key > after or after.startswith(key):
            yield from _keys(storage, key, after)

"""The archive: photographs under neutral names, and last the table that tells what became of each.

Written while it is sent. Memory grows by a few hundred bytes for an image: the archive's own
directory and the packed rows of its table, both of which come last.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils import timezone
from zipstream import ZIP_STORED, ZipStream

from jobs import tables
from jobs.storage import storage_trouble
from uploads.exporting import manifest
from uploads.exporting.manifest import Entry
from uploads.exporting.order import Order, Version
from uploads.exporting.walking import batches
from uploads.models import FundusImage

log = logging.getLogger(__name__)
TOGETHER = 50  # images between two looks at what the user may see
PIECE = 256 * 1024  # bytes
MISSING = "missing: the stored file is not there; report this to your administrator"
ALTERED = "altered: the bytes are not the ones that were stored; do not use, report this"
DELETED = "deleted while the export was running"
README = """\
Photographs exported from Fundus, {moment}
At most {count} images matched the filters when the export began.

images/       the photographs, named by their image_id
manifest.csv  one row for each image (UTF-8, comma-separated), written last

An archive without manifest.csv, or one that programs call damaged, was broken off: export again.
Rows with something in "problem" have no sound file in this archive.

version         which version is in the archive: the original, or the edited one where there is one
content_md5, content_sha256   hashes of the file as it was received
stored_sha256   hash of the file as it is kept, with identifying metadata removed: the hash of an
                original in this archive
edited_sha256   hash of the edited version, if there is one
width, height   pixels of the original as stored, before its orientation is applied
area            OD right eye, OS left eye, OU both
grade_*         the latest grade
A ' before a cell keeps spreadsheet programs from taking the cell for a formula.
"""


class PackedRows:
    """Lines kept for the end, packed."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(level=1)
        self._packed: deque[bytes] = deque()

    def add(self, line: str) -> None:
        self._keep(self._packer.compress(line.encode()))

    def pieces(self) -> Iterator[bytes]:
        """All lines, once."""
        self._keep(self._packer.flush())
        unpacker = zlib.decompressobj()
        while self._packed:
            yield unpacker.decompress(self._packed.popleft())

    def _keep(self, packed: bytes) -> None:
        if packed:
            self._packed.append(packed)


def pieces(order: Order) -> Generator[bytes, None, None]:
    with closing(_parts(order)) as parts:
        yield from gathered(parts)


def gathered(parts: Iterable[bytes]) -> Generator[bytes, None, None]:
    """The same bytes in pieces worth sending: headers alone are a few dozen bytes each."""
    waiting, size = [], 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _parts(order: Order) -> Generator[bytes, None, None]:
    archive, rows = ZipStream(compress_type=ZIP_STORED), PackedRows()
    moment = timezone.localtime().isoformat(timespec="seconds")
    archive.add(README.format(moment=moment, count=order.count), "README.txt")
    yield from archive.all_files()
    extra = ["version", "member", "problem"]
    rows.add(tables.BOM + tables.row([*manifest.columns(order), *extra]))
    for found in batches(order, TOGETHER):
        for entry in manifest.entries(order, found):
            member = Member(entry, order.version)
            yield from member.parts(archive)
            rows.add(tables.row(member.cells))
            order.progress.sent += not member.problem
            order.progress.problems += bool(member.problem)
    archive.add(rows.pieces(), "manifest.csv")
    yield from archive.finalize()


class Member:
    """One image on its way into the archive. `problem` is known once all its parts are out."""

    def __init__(self, entry: Entry, wanted: Version) -> None:
        image = entry.image
        edited = wanted == Version.EDITED and bool(image.edited)
        self.image, self._cells = image, entry.cells
        self.version = Version.EDITED if edited else Version.ORIGINAL
        self.key = str((image.edited if edited else image.original).name)
        self.sha256 = image.edited_sha256 if edited else image.stored_sha256
        mime_type = image.edited_mime_type if edited else image.mime_type
        self.name = f"images/{image.public_id}.{manifest.FORMATS[mime_type]}"
        self.problem = ""

    @property
    def cells(self) -> list[str]:
        return [*self._cells, self.version, self.name, self.problem]

    def parts(self, archive: Any) -> Iterator[bytes]:
        """Raises StorageAway; a file that is not there is a problem of this image alone."""
        try:
            with storage_trouble():
                stored = default_storage.open(self.key)
        except FileNotFoundError:
            self.name, self.problem = "", self._why_missing()
            return
        with closing(stored):
            digest = hashlib.sha256()
            with storage_trouble():
                size = stored.size
            archive.add(_hashed(stored, digest), self.name, size=size)
            yield from archive.all_files()
        if digest.hexdigest() != self.sha256:
            self.problem = ALTERED
            log.error("image %s: its stored bytes are altered", self.image.public_id)

    def _why_missing(self) -> str:
        if not FundusImage.objects.filter(pk=self.image.pk).exists():
            return DELETED
        log.error("image %s: a stored file is missing", self.image.public_id)
        return MISSING


def _hashed(stored: File[bytes], digest: Any) -> Iterator[bytes]:
    while piece := _read(stored):
        digest.update(piece)
        yield piece


def _read(stored: File[bytes]) -> bytes:
    with storage_trouble():
        piece: bytes = stored.read(PIECE)
    return piece

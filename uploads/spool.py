"""Bytes on their way in: hashed while they are written, gone unless they are staged."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import uuid
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages

from jobs.storage import StorageAway, storage_trouble
from uploads.editing.scanlines import Scratch


def folder_with_room() -> Path:
    """Where bytes on their way in are written. Raises StorageAway unless there is room."""
    folder = Path(settings.SPOOL_DIR)
    with storage_trouble():
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < settings.MIN_FREE_BYTES:
            raise StorageAway("disk nearly full")
    return folder


def scratch() -> Scratch:
    """For a large file of a moment: here if this host keeps files on a disk of its own, since the
    system's folder may lie in memory.
    """
    folder = Path(settings.SPOOL_DIR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_ours = os.access(folder, os.W_OK)
    except OSError:
        is_ours = False
    return Scratch(folder if is_ours else None, settings.MIN_FREE_BYTES)


class Spool:
    """A temporary file beside the staging folder that hashes what is written to it.

    Use as a context manager: unless `stage` was called, the bytes are gone on leaving.
    """

    def __init__(self) -> None:
        folder = folder_with_room()
        with storage_trouble():
            self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed by `close`
                dir=folder, suffix=".part", delete=False
            )
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self.size = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def write(self, chunk: bytes) -> None:
        with storage_trouble():
            self._file.write(chunk)
        self._md5.update(chunk)
        self._sha256.update(chunk)
        self.size += len(chunk)

    @property
    def md5(self) -> str:
        return self._md5.hexdigest()

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def stage(self, token: uuid.UUID, n: int) -> str:
        """Move the bytes to staging, durably; return their key.

        The key is new each time: two sendings of one item must not write over each other.
        """
        key = f"{token.hex[:2]}/{token.hex}-{n}-{uuid.uuid4().hex[:12]}"
        with storage_trouble():
            self._file.flush()
            with _Spooled(Path(self._file.name).open("rb")) as content:
                storages["staging"].save(key, content)
        return key

    def close(self) -> None:
        self._file.close()
        Path(self._file.name).unlink(missing_ok=True)


class _Spooled(File):  # type: ignore[type-arg]
    """Tells a disk storage that these bytes may be moved rather than copied."""

    def temporary_file_path(self) -> str:
        return str(self.name)

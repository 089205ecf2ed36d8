"""Where bytes lie: files that are on the disk for good before their row says so, or a bucket.

Both overwrite: a storage key belongs to one item, and a second attempt replaces its own leftovers.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from storages.backends.s3 import S3Storage

_PATIENCE = Config(
    connect_timeout=3,
    read_timeout=15,
    retries={"max_attempts": 3, "mode": "standard"},
    request_checksum_calculation="when_required",
)


class StorageAway(Exception):
    """No room, or no way, to keep or fetch bytes: no fault of theirs, try again later."""


@contextmanager
def storage_trouble() -> Iterator[None]:
    """Trouble of the disk or bucket, told apart from every other. A missing file is not such."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, BotoCoreError, ClientError) as trouble:
        raise StorageAway(type(trouble).__name__) from trouble


PARTS = "part/"


class DurableFiles(FileSystemStorage):
    """Files appear whole or not at all, and survive a power cut once `save` has returned.

    Those being written lie below `PARTS`; whoever is killed while writing leaves them there.
    """

    def url(self, name: str | None) -> str:
        raise NotImplementedError("Private files have no address of their own.")

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: File[Any]) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        spooled = getattr(content, "temporary_file_path", None)
        source = Path(spooled()) if spooled else self._spool(content)
        try:
            _sync(source)
            source.chmod(0o640)
            source.replace(target)
        except OSError:
            source.unlink(missing_ok=True)
            raise
        _sync(target.parent)
        _anchor(target.parent, Path(self.location))
        return name

    def _spool(self, content: File[Any]) -> Path:
        folder = Path(self.path(PARTS))
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as out:
                for chunk in content.chunks():
                    out.write(chunk)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        return Path(name)


@lru_cache(maxsize=4096)
def _anchor(folder: Path, root: Path) -> None:
    """Make the way from `root` down to a folder durable.

    Once a process for each folder is enough: whoever made it, its name is on the disk from then on.
    """
    if folder != root:
        _sync(folder.parent)
        _anchor(folder.parent, root)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class PrivateBucket(S3Storage):  # type: ignore[misc]
    """One prefix of an S3 bucket. Give up on a dead store sooner than our own task time-out."""

    client_config: Config

    def __init__(self, **options: Any) -> None:
        defaults = {
            "file_overwrite": True,
            "default_acl": None,
            "querystring_expire": 60,
            # The libraries sign addresses the old way by themselves, which stores refuse.
            "signature_version": "s3v4",
        }
        super().__init__(**defaults | options)
        self.client_config = self.client_config.merge(_PATIENCE)

"""How the plain form's files are taken in: hashed on the way, nothing kept beyond the limits."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest

from jobs.codes import Code
from uploads.intake import Incoming
from uploads.limits import Limits
from uploads.spool import Spool


class RefuseFiles(FileUploadHandler):
    """For every form but the upload form: files nobody asked for are not stored anywhere."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


class SpooledPart(UploadedFile):  # type: ignore[type-arg]
    """One file of the form: `spool` is None where it had more bytes than a file may have."""

    def __init__(self, name: str, size: int, spool: Spool | None) -> None:
        super().__init__(file=None, name=name, size=size)
        self.spool = spool

    def incoming(self) -> Incoming:
        if self.spool is None:
            return Incoming(self.name or "", self.size or 0, "", code=Code.TOO_LARGE)
        return Incoming(self.name or "", self.spool.size, self.spool.md5, self.spool.sha256)

    def close(self) -> None:
        if self.spool is not None:
            self.spool.close()


class SpoolingHandler(FileUploadHandler):
    """Spools each part, and stops at the first one beyond the allowed number.

    `too_many` then tells; what was spooled is gone and the rest of the body is thrown away.
    """

    chunk_size = 1024 * 1024

    def __init__(self, request: HttpRequest, limits: Limits) -> None:
        super().__init__(request)
        self.limits = limits
        self.parts = 0
        self.too_many = False
        self._spool: Spool | None = None
        self._spools: list[Spool] = []

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.parts += 1
        if self.parts > self.limits.max_files:
            self.too_many = True
            self.close()
            raise StopUpload(connection_reset=False)
        self._spool = Spool()
        self._spools.append(self._spool)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._spool is None:
            return
        if self._spool.size + len(raw_data) > self.limits.max_file_bytes:
            self._spool.close()
            self._spool = None
            return
        self._spool.write(raw_data)

    def file_complete(self, file_size: int) -> SpooledPart:
        return SpooledPart(self.file_name or "", file_size, self._spool)

    def upload_interrupted(self) -> None:
        self.close()

    def close(self) -> None:
        """Drop whatever has not been staged."""
        for spool in self._spools:
            spool.close()

"""A multipart body as a browser writes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.test import Client

from tests.cast import File

BOUNDARY = "----FormBoundary7MA4YWxkTrZu0gW"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


def body(fields: dict[str, Any], files: Iterable[File], field: str = "files") -> bytes:
    parts = [_part(name, str(value).encode()) for name, value in fields.items()]
    parts += [_part(field, file.data, file.name) for file in files]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def _part(name: str, data: bytes, filename: str | None = None) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
    if filename is not None:
        quoted = filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head += f'; filename="{quoted}"\r\nContent-Type: application/octet-stream'
    return head.encode() + b"\r\n\r\n" + data + b"\r\n"


def send(client: Client, fields: dict[str, Any], files: Iterable[File], **options: Any) -> Any:
    """POST the upload form."""
    data = body(fields, files)
    return client.post("/direct/upload", data, content_type=KIND, **options)

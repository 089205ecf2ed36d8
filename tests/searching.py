"""Look for a secret in bytes the way a curious person would: through every coat it may wear."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

_MOST = 1 << 24  # bytes unpacked from one stream
_ZLIB = re.compile(rb"(?=[\x08\x18\x28\x38\x48\x58\x68\x78](.))", re.DOTALL)
_ZIPPED = re.compile(rb"PK\x03\x04")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}\s?){8,}")
_BASE64 = re.compile(rb"[0-9A-Za-z+/]{16,}={0,2}")


def holds(data: bytes, secret: str) -> bool:
    """Whether the secret stands in the bytes plainly, or packed, or in hex, base64 or UTF-16."""
    looks = {form.lower() for form in _forms(secret)}
    return any(look in layer.lower() for layer in layers(data) for look in looks)


def _forms(secret: str) -> Iterator[bytes]:
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        plain = secret.encode(encoding)
        yield plain
        yield plain.hex().encode()


def layers(data: bytes, depth: int = 2) -> Iterator[bytes]:
    """The bytes themselves and all that can be unpacked or decoded from them, twice over."""
    yield data
    if depth:
        for inner in _inner(data):
            yield from layers(inner, depth - 1)


def _inner(data: bytes) -> Iterator[bytes]:
    starts = [
        (found.start(), zlib.MAX_WBITS)
        for found in _ZLIB.finditer(data)
        if int.from_bytes(data[found.start() : found.start() + 2], "big") % 31 == 0
    ]
    starts += [(_behind_name(data, found.start()), -15) for found in _ZIPPED.finditer(data)]
    starts += [(found.start(), 31) for found in re.finditer(rb"\x1f\x8b\x08", data)]
    for start, window in starts:
        yield from _unpacked(data[start:], window)
    yield from _image_data(data)
    for run in _HEX.findall(data):
        digits = re.sub(rb"\s", b"", run)
        yield binascii.unhexlify(digits[: len(digits) & ~1])
    for run in _BASE64.findall(data):
        for shift in range(4):
            piece = run[shift:].rstrip(b"=")
            yield base64.b64decode(piece[: len(piece) & ~3])


def _behind_name(data: bytes, start: int) -> int:
    name, extra = (int.from_bytes(data[start + at : start + at + 2], "little") for at in (26, 28))
    return start + 30 + name + extra


def _unpacked(data: bytes, window: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(window)
    try:
        yield unpacker.decompress(data, _MOST)
    except zlib.error:
        return


def _image_data(data: bytes) -> Iterator[bytes]:
    """A PNG's picture data as one stream, and what is packed behind the end of that stream."""
    if not data.startswith(b"\x89PNG"):
        return
    at, body = 8, b""
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        body += data[at + 8 : at + 8 + size] if data[at + 4 : at + 8] in {b"IDAT", b"fdAT"} else b""
        at += 12 + size
    yield body
    yield from _unpacked(body, zlib.MAX_WBITS)

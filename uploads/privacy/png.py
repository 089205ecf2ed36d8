"""Walk a PNG chunk by chunk and keep only what its first picture needs."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from uploads.privacy import exif, icc
from uploads.privacy.exif import Exif
from uploads.refusals import corrupt

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

_DEPTHS: Final = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# Start and step of the seven interlace passes: x, y, dx, dy.
_PASSES: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_PALETTE: Final = 3
_LENGTHS: Final = {b"gAMA": (4,), b"cHRM": (32,), b"sRGB": (1,), b"cICP": (4,), b"pHYs": (9,)}

# Pillow refuses a picture whose unpacked profile is larger, so we drop such a profile.
_MAX_PROFILE: Final = 1 << 20
# Every chunk costs decoders time, even an empty one; real files have some hundreds.
_MAX_CHUNKS: Final = 20_000
_INPUT: Final = 1 << 14
_OUTPUT: Final = 1 << 18
_KIND: Final = re.compile(rb"[A-Za-z]{4}")


@dataclass(frozen=True, slots=True)
class Chunk:
    """`raw` is the whole chunk with length and checksum, `body` its data alone."""

    kind: bytes
    body: memoryview
    raw: memoryview


@dataclass(frozen=True, slots=True)
class Header:
    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    @property
    def samples(self) -> int:
        return _SAMPLES[self.colour]

    @property
    def unpacked_size(self) -> int:
        """Bytes of the filtered rows that the compressed data must hold, no more and no less."""
        if not self.interlaced:
            return self._rows(self.width, self.height)
        return sum(
            self._rows(-(-(self.width - x) // dx), -(-(self.height - y) // dy))
            for x, y, dx, dy in _PASSES
            if self.width > x and self.height > y
        )

    def _rows(self, width: int, height: int) -> int:
        return height * (1 + -(-width * self.samples * self.depth // 8))


def chunks(data: bytes) -> Iterator[Chunk]:
    """Every chunk up to and with IEND, its checksum proved; raises Refused on the first fault."""
    view, at = memoryview(data), len(SIGNATURE)
    if not data.startswith(SIGNATURE):
        raise corrupt()
    for _ in range(_MAX_CHUNKS):
        head = data[at : at + 8]
        end = at + 12 + int.from_bytes(head[:4], "big")
        if end > len(data) or not _KIND.fullmatch(head[4:]):
            raise corrupt()
        if zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
            raise corrupt()
        yield Chunk(head[4:], view[at + 8 : end - 4], view[at:end])
        if head[4:] == b"IEND":
            return
        at = end
    raise corrupt()


def check(data: bytes) -> None:
    """Prove every checksum; decoders pass over those of the picture's own data."""
    for _ in chunks(data):
        pass


def header(data: bytes) -> Header:
    """Size and layout from IHDR, without unpacking anything."""
    first = next(chunks(data))
    if first.kind != b"IHDR" or len(first.body) != 13:
        raise corrupt()
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", first.body)
    if depth not in _DEPTHS.get(colour, ()) or rest not in ([0, 0, 0], [0, 0, 1]):
        raise corrupt()
    if not (0 < width < 1 << 31 and 0 < height < 1 << 31):
        raise corrupt()
    return Header(width, height, depth, colour, bool(rest[2]))


@dataclass(slots=True)
class _Picture:
    """Sorts the chunks of one file into what stays and what goes."""

    layout: Header
    entries: int = 0  # of the palette
    told: Exif | None = None
    seen: set[bytes] = field(default_factory=set)
    kept: list[bytes | memoryview] = field(default_factory=list)
    pixels: list[Chunk] = field(default_factory=list)

    def read(self, chunk: Chunk, previous: bytes) -> None:
        if chunk.kind == b"IDAT":
            _refuse(bool(self.pixels) and previous != b"IDAT")
            self.pixels.append(chunk)
        elif chunk.kind == b"eXIf":
            self.told = self.told or exif.parse(bytes(chunk.body))
        elif chunk.kind[:1].isupper():
            self._critical(chunk)
        elif not self.pixels and chunk.kind not in self.seen:
            self.kept.append(self._ancillary(chunk))
        self.seen.add(chunk.kind)

    def _critical(self, chunk: Chunk) -> None:
        if chunk.kind == b"IEND":
            return
        _refuse(chunk.kind not in {b"IHDR", b"PLTE"})
        _refuse(chunk.kind in self.seen or bool(self.pixels))
        self.kept.append(chunk.raw if chunk.kind == b"IHDR" else self._palette(chunk))

    def _palette(self, chunk: Chunk) -> bytes:
        entries, rest = divmod(len(chunk.body), 3)
        _refuse(bool(rest) or not 1 <= entries <= 256)
        if self.layout.colour != _PALETTE:
            return b""  # only a suggestion there, that may say anything
        # Colours beyond what an index can name are never shown.
        self.entries = min(entries, 1 << min(self.layout.depth, 8))
        return _chunk(b"PLTE", chunk.body[: 3 * self.entries])

    def _ancillary(self, chunk: Chunk) -> bytes | memoryview:
        if chunk.kind == b"iCCP":
            return _profile(bytes(chunk.body))
        return chunk.raw if len(chunk.body) in self._defined_lengths(chunk.kind) else b""

    def _defined_lengths(self, kind: bytes) -> Collection[int]:
        if kind == b"tRNS":
            palette = range(1, self.entries + 1)
            return {0: (2,), 2: (6,), _PALETTE: palette}.get(self.layout.colour, ())
        if kind == b"sBIT":
            return (3 if self.layout.colour == _PALETTE else self.layout.samples,)
        return _LENGTHS.get(kind, ())

    def joined(self) -> bytes:
        _refuse(not self.entries and self.layout.colour == _PALETTE)
        block = b""
        if self.told and self.told.orientation:
            block = _chunk(b"eXIf", exif.only_orientation(self.told.orientation))
        pixels = _until(self.pixels, _packed_size(self.pixels, self.layout.unpacked_size))
        return b"".join([SIGNATURE, *self.kept, block, *pixels, _chunk(b"IEND", b"")])


def _refuse(fault: bool) -> None:
    if fault:
        raise corrupt()


def _profile(body: bytes) -> bytes:
    _, _, packed = body.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], _MAX_PROFILE)
    except zlib.error:
        return b""
    cleaned = icc.clean(profile) if packed[:1] == b"\0" and unpacker.eof else None
    return _chunk(b"iCCP", b"profile\0\0" + zlib.compress(cleaned)) if cleaned else b""


def _chunk(kind: bytes, body: bytes | memoryview) -> bytes:
    checksum = zlib.crc32(body, zlib.crc32(kind))
    return b"".join([struct.pack(">I", len(body)), kind, body, struct.pack(">I", checksum)])


def _packed_size(pixels: list[Chunk], unpacked_size: int) -> int:
    """Length of the compressed stream, proved to hold exactly `unpacked_size` bytes.

    Works through small pieces, so that neither a long stream nor one that would unpack to
    gigabytes needs memory.
    """
    unpacker = zlib.decompressobj()
    fed = unpacked = 0
    try:
        for piece in _pieces(pixels):
            fed += len(piece)
            rest: bytes | memoryview = piece
            while rest and not unpacker.eof:
                unpacked += len(unpacker.decompress(rest, _OUTPUT))
                _refuse(unpacked > unpacked_size)
                rest = unpacker.unconsumed_tail
            if unpacker.eof:
                break
    except zlib.error as error:
        raise corrupt() from error
    _refuse(not unpacker.eof or unpacked != unpacked_size)
    return fed - len(unpacker.unused_data)


def _pieces(pixels: list[Chunk]) -> Iterator[memoryview]:
    for chunk in pixels:
        for start in range(0, len(chunk.body), _INPUT):
            yield chunk.body[start : start + _INPUT]


def _until(pixels: list[Chunk], size: int) -> Iterator[bytes | memoryview]:
    """The chunks that hold the first `size` bytes of data; bytes behind them are cut off."""
    for chunk in pixels:
        if len(chunk.body) <= size:
            yield chunk.raw
        elif size:
            yield _chunk(b"IDAT", chunk.body[:size])
        size = max(0, size - len(chunk.body))


def strip(data: bytes) -> tuple[bytes, Exif]:
    """The first picture of a PNG with its compressed data untouched, and what its eXIf told.

    Everything else is gone: text, time, animation, unknown chunks, and what follows the end of
    the compressed data or of the picture. Raises Refused if it does not parse, or if the
    compressed data is not exactly the picture: more could hide in it, less is damage.
    """
    picture, previous = _Picture(header(data)), b""
    for chunk in chunks(data):
        picture.read(chunk, previous)
        previous = chunk.kind
    return picture.joined(), picture.told or Exif()

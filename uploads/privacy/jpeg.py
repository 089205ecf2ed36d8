"""Walk a JPEG segment by segment and keep only what its first picture needs."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from uploads.privacy import exif, icc, jpegtables
from uploads.privacy.exif import Exif
from uploads.refusals import corrupt

SOI: Final = b"\xff\xd8"
_EOI: Final = 0xD9
_SOS: Final = 0xDA
_DNL: Final = 0xDC
_COM: Final = 0xFE
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
# Baseline, extended and progressive, Huffman or arithmetic. Lossless and hierarchical JPEGs
# are shown by no browser.
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_DROPPED: Final = frozenset({_COM, *range(0xE0, 0xFE)})

# A scan of a few bytes makes a decoder pass over the whole picture once more. Real progressive
# files have about ten scans; 2,000 megapixels of them take some two seconds.
_MAX_SCANS: Final = 100
_MAX_SCANNED: Final = 2_000_000_000  # pixels
_MAX_SEGMENTS: Final = 10_000
_BLOCK: Final = 1 << 17
_ICC_CHUNK: Final = 65_519
_FILL: Final = re.compile(rb"\xff+([^\x00\xff])")

Marks = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Segment:
    """`body` is what stands between the length and the next marker or the scan's data."""

    marker: int
    body: bytes
    scan: memoryview | bytes = b""


@dataclass(frozen=True, slots=True)
class Frame:
    width: int
    height: int
    bits: int
    components: int


def segments(data: bytes) -> Iterator[Segment]:
    """Every segment behind SOI up to and with the first picture's EOI.

    Raises Refused where the file does not parse, as late as possible: reading only the first
    segments of a large file costs nothing more.
    """
    if not data.startswith(SOI):
        raise corrupt()
    at, marks = len(SOI), None
    for _ in range(_MAX_SEGMENTS):
        marker, at = _marker(data, at)
        if marker in _BARE:
            continue
        if marker == _EOI:
            yield Segment(marker, b"")
            return
        body, at = _body(data, at)
        if marker != _SOS:
            yield Segment(marker, body)
            continue
        marks = _marks(data) if marks is None else marks
        end = _scan_end(marks, at)
        yield Segment(marker, body, memoryview(data)[at:end])
        at = end
    raise corrupt()


def _marker(data: bytes, at: int) -> tuple[int, int]:
    found = _FILL.match(data, at)
    if found is None:
        raise corrupt()
    return found[1][0], found.end()


def _body(data: bytes, at: int) -> tuple[bytes, int]:
    end = at + int.from_bytes(data[at : at + 2], "big")
    if not at + 2 <= end <= len(data):
        raise corrupt()
    return data[at + 2 : end], end


def _marks(data: bytes) -> Marks:
    """Where markers may stand: each 0xFF that is neither stuffed, a restart nor a fill byte.

    Done by blocks that stay in the processor's cache: three times as fast as a regular
    expression or as one pass over the whole file.
    """
    octets = np.frombuffer(data, np.uint8)
    found = []
    for start in range(0, len(data) - 1, _BLOCK):
        end = min(start + _BLOCK, len(data) - 1)
        after = octets[start + 1 : end + 1]
        hits = np.flatnonzero((octets[start:end] == 0xFF) & (after != 0))
        following = after[hits]
        real = (following != 0xFF) & ((following < 0xD0) | (following > 0xD7))
        found.append(hits[real] + start)
    return np.concatenate(found)


def _scan_end(marks: Marks, at: int) -> int:
    index = int(np.searchsorted(marks, at))
    if index == len(marks):
        raise corrupt()
    return int(marks[index])


def frame(data: bytes) -> Frame:
    """Size and layout from the frame header, without decoding anything."""
    for segment in segments(data):
        if 0xC0 <= segment.marker <= 0xCF and segment.marker not in {0xC4, 0xC8, 0xCC}:
            return _frame(segment)
        if segment.marker in {_SOS, _EOI}:
            break
    raise corrupt()


def _frame(segment: Segment) -> Frame:
    _check_frame(segment.body)
    bits, height, width, components = struct.unpack_from(">BHHB", segment.body)
    if segment.marker not in _FRAMES or not (width and height):
        raise corrupt()
    return Frame(width, height, bits, components)


def _exactly(fits: bool) -> None:
    # A segment longer than its content could carry text; one shorter is damage.
    if not fits:
        raise corrupt()


def _check_frame(body: bytes) -> None:
    _exactly(len(body) >= 9 and len(body) == 6 + 3 * body[5])


def _check_scan(body: bytes) -> None:
    _exactly(len(body) >= 6 and 1 <= body[0] <= 4 and len(body) == 4 + 2 * body[0])


def _check_height(body: bytes) -> None:
    _exactly(len(body) == 2)


_CHECKS: Final[dict[int, Callable[[bytes], None]]] = {
    _SOS: _check_scan,
    # It tells the height where the frame does not, which we refuse: so it tells nothing.
    _DNL: _check_height,
    **dict.fromkeys(_FRAMES, _check_frame),
}
_OF_PICTURE: Final = jpegtables.MARKERS | frozenset(_CHECKS)


@dataclass(slots=True)
class _Header:
    """What the application segments before the first scan mean for the picture."""

    jfif: bytes = b""
    adobe: bytes = b""
    exif: Exif | None = None
    icc: list[bytes] = field(default_factory=list)

    def read(self, marker: int, body: bytes) -> None:
        if marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 14:
            self.jfif = self.jfif or _jfif(body)
        elif marker == _APP1 and body.startswith(b"Exif\0") and self.exif is None:
            self.exif = exif.parse(body[6:])
        elif marker == _APP2 and body.startswith(b"ICC_PROFILE\0"):
            self.icc.append(body[12:])
        elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
            self.adobe = body[:12]

    def segments(self) -> Iterator[bytes]:
        if self.jfif:
            yield _segment(_APP0, self.jfif)
        if self.exif and self.exif.orientation:
            block = exif.only_orientation(self.exif.orientation)
            yield _segment(_APP1, b"Exif\0\0" + block)
        yield from _icc_segments(icc.clean(_joined(self.icc)))
        if self.adobe:
            yield _segment(_APP14, self.adobe)


def _jfif(body: bytes) -> bytes:
    version = body[5:7] if body[5] == 1 and body[6] <= 2 else b"\x01\x02"
    units = body[7] if body[7] <= 2 else 0
    return b"JFIF\0" + version + bytes([units]) + body[8:12] + b"\0\0"


def _joined(chunks: list[bytes]) -> bytes:
    """The profile of these chunks, or nothing if any is missing, doubled or misnumbered."""
    numbered = {chunk[0]: chunk[2:] for chunk in chunks if len(chunk) > 2}
    totals = {chunk[1] for chunk in chunks if len(chunk) > 2}
    if totals != {len(chunks)} or set(numbered) != set(range(1, len(chunks) + 1)):
        return b""
    return b"".join(numbered[number] for number in sorted(numbered))


def _icc_segments(profile: bytes | None) -> Iterator[bytes]:
    if not profile:
        return
    total = -(-len(profile) // _ICC_CHUNK)
    for number in range(1, total + 1):
        part = profile[(number - 1) * _ICC_CHUNK : number * _ICC_CHUNK]
        yield _segment(_APP2, b"ICC_PROFILE\0" + bytes([number, total]) + part)


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


@dataclass(slots=True)
class _Picture:
    """The segments that make up the picture, each exactly as long as its content."""

    kept: list[Segment] = field(default_factory=list)
    tables: jpegtables.Tables = field(default_factory=jpegtables.Tables)
    frame: Frame | None = None
    scans: int = 0

    def keep(self, segment: Segment) -> None:
        if segment.marker in jpegtables.MARKERS:
            self.tables.define(len(self.kept), segment.marker, segment.body)
        else:
            _CHECKS[segment.marker](segment.body)
        if segment.marker in _FRAMES:
            _exactly(self.frame is None)
            self.frame = _frame(segment)
            self.tables.frame(segment.marker, segment.body)
        elif segment.marker == _SOS:
            self._count_scan()
            self.tables.scan(segment.body)
        if segment.marker != _DNL:
            self.kept.append(segment)

    def _count_scan(self) -> None:
        self.scans += 1
        if self.frame is None:
            raise corrupt()
        passed = self.scans * self.frame.width * self.frame.height
        _exactly(self.scans <= _MAX_SCANS and passed <= _MAX_SCANNED)

    def segments(self) -> Iterator[bytes | memoryview]:
        used = self.tables.used()
        for number, segment in enumerate(self.kept):
            if segment.marker not in jpegtables.MARKERS:
                yield _segment(segment.marker, segment.body)
                yield segment.scan
            elif number in used:
                yield _segment(segment.marker, used[number])


def strip(data: bytes) -> tuple[bytes, Exif]:
    """The first picture of a JPEG with its compressed data untouched, and what its EXIF told.

    Everything else is gone: other application segments, comments, fill bytes, thumbnails, tables
    that no scan uses, and whatever follows the picture's end. Raises Refused if it does not parse.
    """
    header, picture = _Header(), _Picture()
    for segment in segments(data):
        if segment.marker in _OF_PICTURE:
            picture.keep(segment)
        elif segment.marker in _DROPPED and not picture.scans:
            header.read(segment.marker, segment.body)
        elif segment.marker not in _DROPPED and segment.marker != _EOI:
            raise corrupt()
    _exactly(picture.scans > 0)
    stripped = b"".join([SOI, *header.segments(), *picture.segments(), b"\xff\xd9"])
    return stripped, header.exif or Exif()

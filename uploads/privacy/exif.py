"""Read the few harmless facts of an EXIF block, and write one that holds only Orientation."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

_MAKE: Final = 0x010F
_MODEL: Final = 0x0110
_ORIENTATION: Final = 0x0112
_EXIF_IFD: Final = 0x8769
_EXPOSURE: Final = {
    0x829A: "exposure_time_s",
    0x829D: "f_number",
    0x8827: "iso",
    0x9204: "exposure_bias_ev",
    0x920A: "focal_length_mm",
}

_ASCII: Final = 2
_SHORT: Final = 3
_LONG: Final = 4
_FORMATS: Final = {_SHORT: "H", _LONG: "I", 5: "II", 10: "ii"}
_MAX_ENTRIES: Final = 1000
_MAX_TEXT: Final = 64
_MAX_NUMBER: Final = 1e7


@dataclass(frozen=True, slots=True)
class Exif:
    """What a picture's EXIF block tells: `orientation` is None unless it is 1 to 8."""

    orientation: int | None = None
    make: str | None = None
    model: str | None = None
    exposure: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: int
    count: int
    offset: int  # of the value itself, from the start of the block


class _Tiff:
    """One bounded look into a TIFF structure; every read past its end raises struct.error."""

    def __init__(self, block: bytes) -> None:
        self.block = block
        self.order = {b"II*\x00": "<", b"MM\x00*": ">"}[block[:4]]
        (self.first,) = self.read("I", 4)

    def read(self, layout: str, offset: int) -> tuple[int, ...]:
        return struct.unpack_from(self.order + layout, self.block, offset)

    def entries(self, offset: int) -> dict[int, _Entry]:
        (count,) = self.read("H", offset)
        found: dict[int, _Entry] = {}
        for at in range(offset + 2, offset + 2 + 12 * min(count, _MAX_ENTRIES), 12):
            if at + 12 > len(self.block):
                break
            tag, kind, length, value = self.read("HHII", at)
            size = length * struct.calcsize("=" + _FORMATS.get(kind, "B"))
            found.setdefault(tag, _Entry(kind, length, at + 8 if size <= 4 else value))
        return found

    def number(self, entry: _Entry | None) -> float | None:
        if entry is None or entry.count < 1 or entry.kind not in _FORMATS:
            return None
        try:
            parts = self.read(_FORMATS[entry.kind], entry.offset)
        except struct.error:
            return None
        if len(parts) == 1:
            return parts[0]
        return parts[0] / parts[1] if parts[1] else None

    def text(self, entry: _Entry | None) -> str | None:
        if entry is None or entry.kind != _ASCII:
            return None
        raw = self.block[entry.offset : entry.offset + min(entry.count, _MAX_TEXT)]
        plain = raw.split(b"\0")[0].decode("ascii", "ignore")
        return "".join(filter(str.isprintable, plain)).strip() or None


def parse(block: bytes) -> Exif:
    """Read a bare TIFF block, as it stands in a PNG's eXIf; nonsense reads as empty."""
    try:
        tiff = _Tiff(block)
        main = tiff.entries(tiff.first)
    except (KeyError, struct.error):
        return Exif()
    return Exif(
        orientation=_orientation(tiff, main.get(_ORIENTATION)),
        make=tiff.text(main.get(_MAKE)),
        model=tiff.text(main.get(_MODEL)),
        exposure=_exposure(tiff, main.get(_EXIF_IFD)),
    )


def _orientation(tiff: _Tiff, entry: _Entry | None) -> int | None:
    if entry is None or entry.kind not in {_SHORT, _LONG}:
        return None
    value = tiff.number(entry)
    return int(value) if value is not None and 1 <= value <= 8 else None


def _exposure(tiff: _Tiff, pointer: _Entry | None) -> dict[str, float]:
    where = tiff.number(pointer)
    if where is None:
        return {}
    try:
        entries = tiff.entries(int(where))
    except struct.error:
        return {}
    values = {name: tiff.number(entries.get(tag)) for tag, name in _EXPOSURE.items()}
    return {
        name: float(value)
        for name, value in values.items()
        if value is not None and abs(value) <= _MAX_NUMBER
    }


def only_orientation(orientation: int) -> bytes:
    """A TIFF block with one entry, Orientation, and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION, _SHORT, 1, orientation, 0)
    return b"MM\x00*" + struct.pack(">IH", 8, 1) + entry + bytes(4)

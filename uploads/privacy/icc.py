"""Rewrite an ICC profile so that only its colour data remains.

Layouts follow ICC.1:2022 (version 4) and ICC.1:2001-04 (version 2). Numbers are big-endian.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from typing import Final

_HEADER: Final = 128
_MAX_TAGS: Final = 200
_CLASSES: Final = frozenset({b"scnr", b"mntr", b"prtr", b"spac"})
_SPACES: Final = frozenset({b"RGB ", b"GRAY", b"CMYK", b"CMY ", b"Lab ", b"XYZ ", b"YCbr"})
_CONNECTIONS: Final = frozenset({b"XYZ ", b"Lab "})
_D50: Final = bytes.fromhex("0000f6d6000100000000d32d")
_DATE: Final = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)

_MATRIX: Final = frozenset({b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"})
_TABLES: Final = frozenset({b"A2B0", b"A2B1", b"A2B2"})
_COLOUR: Final = (
    _MATRIX
    | _TABLES
    | {b"B2A0", b"B2A1", b"B2A2", b"gamt", b"kTRC", b"wtpt", b"bkpt", b"lumi", b"chad", b"cicp"}
)

_PARAMETERS: Final = (1, 3, 4, 5, 7)  # numbers of a parametric curve, by its function type


class _Unreadable(Exception):
    pass


def clean(profile: bytes) -> bytes | None:
    """The profile with its colour tags only, or None if it does not parse.

    Text tags, device and maker names, dates, identifiers, private tags and every gap between
    the tags are replaced or left out; what turns device numbers into colour stays as it is.
    """
    try:
        tags = {name: _CLEANERS[tag[:4]](tag) for name, tag in _colour_tags(profile)}
        header = _header(profile)
    except (_Unreadable, KeyError, IndexError, struct.error):
        return None
    if not _is_complete(profile[16:20], set(tags)):
        return None
    texts = _text_tags_v4() if profile[8] >= 4 else _text_tags_v2()
    return _assemble(header, {**texts, **tags})


def _is_complete(space: bytes, names: set[bytes]) -> bool:
    if names & _TABLES:
        return True
    return names >= {b"GRAY": {b"kTRC"}, b"RGB ": _MATRIX}.get(space, {b"A2B0"})


def _colour_tags(profile: bytes) -> Iterator[tuple[bytes, bytes]]:
    (count,) = struct.unpack_from(">I", profile, _HEADER)
    if count > _MAX_TAGS:
        raise _Unreadable
    seen = set()
    for number in range(count):
        name, start, size = struct.unpack_from(">4sII", profile, _HEADER + 4 + 12 * number)
        if name not in _COLOUR:
            continue
        if name in seen:
            raise _Unreadable
        seen.add(name)
        yield name, _span(profile, start, size)


def _span(data: bytes, start: int, size: int) -> bytes:
    if start + size > len(data):
        raise _Unreadable
    return data[start : start + size]


def _header(profile: bytes) -> bytes:
    kind, space, connection, magic = struct.unpack_from(">4s4s4s12x4s", profile, 12)
    size, version, fraction = struct.unpack_from(">I4xBB", profile)
    if not (
        size <= len(profile)
        and version in {2, 4}
        and kind in _CLASSES
        and space in _SPACES
        and connection in _CONNECTIONS
        and magic == b"acsp"
    ):
        raise _Unreadable
    (intent,) = struct.unpack_from(">I", profile, 64)
    return b"".join(
        [
            struct.pack(">4xBB2x", version, fraction),
            kind + space + connection + _DATE + magic,
            bytes(24),  # platform, flags, manufacturer, model, attributes
            struct.pack(">I", intent if intent <= 3 else 0),
            _D50,
            bytes(48),  # creator, identifier, reserved
        ]
    )


def _assemble(header: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body = [struct.pack(">I", len(tags))], b""
    placed: dict[bytes, int] = {}
    first = _HEADER + 4 + 12 * len(tags)
    for name, tag in tags.items():
        if tag not in placed:
            placed[tag] = first + len(body)
            body += tag + bytes(-len(tag) % 4)
        table.append(struct.pack(">4sII", name, placed[tag], len(tag)))
    whole = header + b"".join(table) + body
    return struct.pack(">I", 4 + len(whole)) + whole


def _text_tags_v2() -> dict[bytes, bytes]:
    description = b"desc" + struct.pack(">4xI", 8) + b"Profile\0" + bytes(78)
    return {b"desc": description, b"cprt": b"text" + bytes(4) + b"None\0"}


def _text_tags_v4() -> dict[bytes, bytes]:
    return {b"desc": _localised("Profile"), b"cprt": _localised("None")}


def _localised(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">4xII4sII", 1, 12, b"enUS", len(encoded), 28) + encoded


def _xyz(tag: bytes) -> bytes:
    return b"XYZ " + bytes(4) + _span(tag, 8, 12)


def _matrix(tag: bytes) -> bytes:
    return b"sf32" + bytes(4) + _span(tag, 8, 36)


def _code_points(tag: bytes) -> bytes:
    return b"cicp" + bytes(4) + _span(tag, 8, 4)


def _curve(tag: bytes) -> bytes:
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        return b"curv" + bytes(4) + _span(tag, 8, 4 + 2 * count)
    if tag[:4] != b"para":
        raise _Unreadable
    (function,) = struct.unpack_from(">H", tag, 8)
    numbers = _span(tag, 12, 4 * _PARAMETERS[function])
    return b"para" + struct.pack(">4xH2x", function) + numbers


def _table(tag: bytes) -> bytes:
    inputs, outputs, points = _span(tag, 8, 3)
    if not (1 <= inputs <= 15 and 1 <= outputs <= 15):
        raise _Unreadable
    if tag[:4] == b"mft1":
        head, size = 48, 256 * inputs + points**inputs * outputs + 256 * outputs
    else:
        entering, leaving = struct.unpack_from(">HH", tag, 48)
        cells = entering * inputs + points**inputs * outputs + leaving * outputs
        head, size = 52, 2 * cells
    return tag[:4] + bytes(4) + tag[8:11] + b"\0" + _span(tag, 12, head - 12 + size)


def _pipeline(tag: bytes) -> bytes:
    """A ``mAB`` or ``mBA`` tag: the elements stay where they are, all between them is blanked."""
    inputs, outputs = _span(tag, 8, 2)
    if not (1 <= inputs <= 15 and 1 <= outputs <= 15):
        raise _Unreadable
    near, far = (outputs, inputs) if tag[:4] == b"mAB " else (inputs, outputs)
    offsets = struct.unpack_from(">5I", tag, 12)
    clean_tag = bytearray(len(tag))
    clean_tag[:12] = tag[:4] + bytes(4) + tag[8:10] + b"\0\0"
    clean_tag[12:32] = tag[12:32]
    curves, matrix, middle, cube, last = offsets
    pieces = [*_curves(tag, curves, near), *_curves(tag, middle, near), *_curves(tag, last, far)]
    pieces += [(matrix, _span(tag, matrix, 48))] if matrix else []
    pieces += _cube(tag, cube, inputs, outputs) if cube else []
    for start, piece in pieces:
        if start < 32:
            raise _Unreadable
        clean_tag[start : start + len(piece)] = piece
    end = max((start + len(piece) for start, piece in pieces), default=32)
    return bytes(clean_tag[:end])


def _curves(tag: bytes, start: int, count: int) -> Iterator[tuple[int, bytes]]:
    for _ in range(count if start else 0):
        curve = _curve(tag[start:])
        yield start, curve
        start += len(curve) + -len(curve) % 4


def _cube(tag: bytes, start: int, inputs: int, outputs: int) -> list[tuple[int, bytes]]:
    grid, precision = _span(tag, start, inputs), _span(tag, start + 16, 1)
    if precision[0] not in {1, 2}:
        raise _Unreadable
    size = math.prod(grid) * outputs * precision[0]
    values = _span(tag, start + 20, size)
    return [(start, grid), (start + 16, precision), (start + 20, values)]


_CLEANERS: Final[dict[bytes, Callable[[bytes], bytes]]] = {
    b"XYZ ": _xyz,
    b"sf32": _matrix,
    b"cicp": _code_points,
    b"curv": _curve,
    b"para": _curve,
    b"mft1": _table,
    b"mft2": _table,
    b"mAB ": _pipeline,
    b"mBA ": _pipeline,
}

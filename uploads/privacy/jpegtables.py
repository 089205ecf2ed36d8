"""The tables of a JPEG, and which of them its scans use.

A table that no scan uses decodes nothing, and could carry as much text as it is long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from uploads.refusals import corrupt

DQT: Final = 0xDB
DHT: Final = 0xC4
DAC: Final = 0xCC
DRI: Final = 0xDD
_PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
_ARITHMETIC: Final = frozenset({0xC9, 0xCA})

Key = tuple[int, int]  # marker, and the number of the table among those of its kind
Definition = tuple[Key, bytes]


def _piece(body: bytes, at: int, size: int, fits: bool) -> bytes:
    # A segment longer than its content could carry text; one shorter is damage.
    if not fits or at + size > len(body):
        raise corrupt()
    return body[at : at + size]


def _is_number(octet: int) -> bool:
    """Two classes of four tables each."""
    return octet >> 4 <= 1 and octet & 15 <= 3


def _quantisation(body: bytes, at: int) -> Definition:
    number = body[at]
    table = _piece(body, at, 65 if number < 16 else 129, _is_number(number))
    return (DQT, number & 15), table


def _huffman(body: bytes, at: int) -> Definition:
    symbols = sum(body[at + 1 : at + 17])
    table = _piece(body, at, 17 + symbols, _is_number(body[at]) and symbols <= 256)
    return (DHT, body[at]), table


def _conditioning(body: bytes, at: int) -> Definition:
    pair = _piece(body, at, 2, _is_number(body[at]))
    low, high = pair[1] & 15, pair[1] >> 4
    if not (1 <= pair[1] <= 63 if pair[0] >> 4 else low <= high):
        raise corrupt()
    return (DAC, pair[0]), pair


def _restarts(body: bytes, at: int) -> Definition:
    return (DRI, 0), _piece(body, at, 2, len(body) == 2)


_KINDS: Final[dict[int, Callable[[bytes, int], Definition]]] = {
    DQT: _quantisation,
    DHT: _huffman,
    DAC: _conditioning,
    DRI: _restarts,
}
MARKERS: Final = frozenset(_KINDS)


def split(marker: int, body: bytes) -> Iterator[Definition]:
    """The definitions of one segment; raises Refused unless they fill it exactly."""
    if not body:
        raise corrupt()
    at = 0
    while at < len(body):
        key, definition = _KINDS[marker](body, at)
        yield key, definition
        at += len(definition)


@dataclass(slots=True)
class _Place:
    """Where one definition stands: its segment's number, and how it is spelt."""

    segment: int
    definition: bytes
    used: bool = False


@dataclass(slots=True)
class Tables:
    """Call `define`, `frame` and `scan` in the file's order, then ask for what was used."""

    places: list[_Place] = field(default_factory=list)
    latest: dict[Key, _Place] = field(default_factory=dict)
    quantisers: dict[int, int] = field(default_factory=dict)  # by component, until its first scan
    kind: int = 0  # the frame's marker

    def define(self, segment: int, marker: int, body: bytes) -> None:
        for key, definition in split(marker, body):
            self.latest[key] = _Place(segment, definition)
            self.places.append(self.latest[key])

    def frame(self, marker: int, body: bytes) -> None:
        self.kind = marker
        self.quantisers = {body[at]: body[at + 2] for at in range(6, len(body), 3)}

    def scan(self, body: bytes) -> None:
        for key in self._needed(body):
            if key in self.latest:
                self.latest[key].used = True

    def _needed(self, body: bytes) -> Iterator[Key]:
        yield DRI, 0
        coder = DAC if self.kind in _ARITHMETIC else DHT
        first, last, precision = body[-3:]
        stepwise = self.kind in _PROGRESSIVE
        for at in range(1, 1 + 2 * body[0], 2):
            component, numbers = body[at], body[at + 1]
            # Decoders take a component's quantisers as they are at its first scan.
            if component in self.quantisers:
                yield DQT, self.quantisers.pop(component)
            if not stepwise or (first == 0 and precision >> 4 == 0):
                yield coder, numbers >> 4
            if not stepwise or last > 0:
                yield coder, 16 | numbers & 15

    def used(self) -> dict[int, bytes]:
        """By segment, what is left of it without the definitions that nothing uses."""
        left: dict[int, bytes] = {}
        for place in self.places:
            if place.used:
                left[place.segment] = left.get(place.segment, b"") + place.definition
        return left

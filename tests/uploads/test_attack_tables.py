"""Text in the tables of a JPEG: those that decode something stay, no other is kept."""

from collections.abc import Callable

import pytest

from tests import images
from tests.images import jpeg, segment, with_segments
from tests.uploads.core import take
from uploads import privacy
from uploads.privacy.jpeg import segments
from uploads.refusals import Refused

TEXT = b"ZZTEST^SMITH JOHN 1953-01-01"
COUNTS = bytes([0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125])
DQT, DHT, DAC, DRI, DNL = 0xDB, 0xC4, 0xCC, 0xDD, 0xDC


def quantisers(number: int) -> bytes:
    return segment(DQT, bytes([number]) + (TEXT * 3)[:64])


def codes(number: int) -> bytes:
    return segment(DHT, bytes([number]) + COUNTS + (TEXT * 9)[: sum(COUNTS)])


def in_pairs(marker: int) -> list[bytes]:
    return [segment(marker, TEXT[at : at + 2]) for at in range(0, len(TEXT), 2)]


def behind(data: bytes, *more: bytes) -> bytes:
    return data[:-2] + b"".join(more) + data[-2:]


PLACES: dict[str, Callable[[bytes], bytes]] = {
    "quantisers of no component": lambda data: with_segments(data, quantisers(3), before=DQT),
    "quantisers replaced at once": lambda data: with_segments(data, quantisers(0), before=DQT),
    "quantisers behind the scans": lambda data: behind(data, quantisers(0)),
    "codes of no scan": lambda data: with_segments(data, codes(0x13), before=DHT),
    "codes replaced at once": lambda data: with_segments(data, codes(0x10), before=DHT),
    "codes behind the scans": lambda data: behind(data, codes(0x10)),
    "restart intervals": lambda data: with_segments(
        data, *in_pairs(DRI), segment(DRI, b"\0\x03"), before=DHT
    ),
    "heights": lambda data: behind(data, *in_pairs(DNL)),
    "conditioning without arithmetic": lambda data: with_segments(
        data, segment(DAC, b"\x10\x20\x11\x20"), before=DHT
    ),
}
KINDS = {
    "plain": jpeg(restart_marker_blocks=3),
    "progressive": jpeg(progressive=True, restart_marker_blocks=3),
    "grey": jpeg(mode="L", restart_marker_blocks=3),
    "unshared": jpeg(optimize=True, restart_marker_blocks=3),
}


@pytest.mark.parametrize("plant", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("clean", KINDS.values(), ids=KINDS)
def test_tables_that_no_scan_uses_are_gone(clean: bytes, plant: Callable[[bytes], bytes]) -> None:
    planted = plant(clean)
    assert planted != clean
    assert take(planted).stripped.data == clean


def test_a_segment_keeps_its_used_tables_beside_unused_ones() -> None:
    data = jpeg()
    at = data.index(b"\xff\xdb")
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    joined = segment(DQT, quantisers(3)[4:] + data[at + 4 : end])
    assert take(data[:at] + joined + data[end:]).stripped.data == data


def test_tables_changed_between_scans_stay() -> None:
    data = jpeg(progressive=True)
    changed = [part.marker for part in segments(data)]
    assert changed.index(DHT) < changed.index(0xDA) < len(changed) - 1 - changed[::-1].index(DHT)
    assert take(data).stripped.data == data


@pytest.mark.parametrize(
    "pair", [b"ZZ", b"\x00\x21\x20\x10", b"\x10\x00", b"\x10\x40", b"\x00\x12"]
)
def test_conditioning_that_means_nothing_is_refused(pair: bytes) -> None:
    with pytest.raises(Refused):
        privacy.strip(with_segments(jpeg(), segment(DAC, pair), before=DHT), "jpeg")


def test_the_pixels_of_a_file_with_planted_tables_do_not_change() -> None:
    clean = jpeg()
    planted = with_segments(clean, quantisers(0), codes(0x10), before=DQT)
    kept = take(planted).stripped.data
    assert images.decoded(kept).tobytes() == images.decoded(clean).tobytes()

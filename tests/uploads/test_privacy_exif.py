import struct

import pytest

from tests import images
from uploads.privacy import exif
from uploads.privacy.exif import Exif


def block(*entries: tuple[int, int, int, bytes], order: str = ">", rest: bytes = b"") -> bytes:
    """A TIFF block of entries (tag, type, count, four bytes of value or offset) and a rest."""
    magic = b"MM\0*" if order == ">" else b"II*\0"
    packed = b"".join(struct.pack(order + "HHI", *entry[:3]) + entry[3] for entry in entries)
    return magic + struct.pack(order + "IH", 8, len(entries)) + packed + bytes(4) + rest


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_read(order: str) -> None:
    value = struct.pack(order + "HH", 6, 0)
    assert exif.parse(block((0x0112, 3, 1, value), order=order)) == Exif(orientation=6)


def test_maker_and_model_are_told_as_plain_short_text() -> None:
    told = exif.parse(images.exif(Make="  TOPCON\n\x07 ", Model="TRC-NW8" + "x" * 99))
    assert (told.make, told.model) == ("TOPCON", "TRC-NW8" + "x" * 57)


def test_exposure_is_told_as_numbers() -> None:
    inner = struct.pack(">H", 4)
    inner += struct.pack(">HHII", 0x829A, 5, 1, 80)
    inner += struct.pack(">HHIHH", 0x8827, 3, 1, 400, 0)
    inner += struct.pack(">HHI4s", 0x829D, 2, 4, b"ZZT\0")
    inner += struct.pack(">HHII", 0x920A, 5, 1, 88)
    numbers = struct.pack(">IIII", 1, 50, 5, 0)
    data = block((0x8769, 4, 1, struct.pack(">I", 26)), rest=inner + bytes(4) + numbers)
    assert exif.parse(data).exposure == {"exposure_time_s": 0.02, "iso": 400.0}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MM\0*",
        b"XX\0*\0\0\0\x08",
        b"MM\0*\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff",
        block((0x0112, 3, 1, b"\0\x09\0\0")),
        block((0x0112, 2, 1, b"6\0\0\0")),
        block((0x0112, 3, 0, b"\0\x06\0\0")),
        block((0x8769, 4, 1, b"\0\0\0\x08")),
        block((0x8769, 4, 1, b"\xff\xff\xff\xff")),
        block((0x010F, 2, 99, b"\xff\xff\xff\xff")),
        block((0x0112, 5, 1, b"\xff\xff\xff\xff")),
    ],
)
def test_nonsense_reads_as_nothing(data: bytes) -> None:
    assert exif.parse(data) == Exif()


def test_a_written_block_holds_orientation_alone() -> None:
    written = exif.only_orientation(8)
    assert exif.parse(written) == Exif(orientation=8)
    assert len(written) == 26

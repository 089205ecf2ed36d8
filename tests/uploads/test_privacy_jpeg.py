import zlib
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from PIL import Image

from tests import images
from tests.images import icc_segments, jpeg, segment, with_segments
from tests.searching import holds
from tests.uploads.core import take
from uploads import privacy
from uploads.privacy.jpeg import segments
from uploads.refusals import Refused

SECRET = "ZZTEST^SMITH"
TEXT = SECRET.encode()
WIDE = SECRET.encode("utf-16-le")
XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + TEXT + b"</x:xmpmeta>"
LONG_XMP = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + bytes(8) + TEXT
IPTC = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x11\x1c\x02\x50\0\x0c" + TEXT
THUMBNAIL = jpeg(16, 16, comment=TEXT)
PROFILE = images.profile_with(b"cprt", b"text" + bytes(4) + TEXT + b"\0")


def zipped() -> bytes:
    output = BytesIO()
    with ZipFile(output, "w", ZIP_DEFLATED) as archive:
        archive.writestr("report.txt", SECRET * 20)
    return output.getvalue()


def inside(body: bytes, marker: int = 0xFE) -> Callable[[bytes], bytes]:
    return lambda data: with_segments(data, segment(marker, body))


def late(data: bytes, at: int) -> bytes:
    return data[:at] + segment(0xFE, TEXT) + segment(0xE1, XMP) + data[at:]


PLACES: dict[str, Callable[[bytes], bytes]] = {
    "comment": inside(TEXT),
    "comment in two-byte letters": inside(WIDE),
    "packed comment": inside(zlib.compress(TEXT)),
    "exif": inside(b"Exif\0\0" + images.exif(6, Artist=SECRET), 0xE1),
    "broken exif": inside(b"Exif\0\0MM\0*" + TEXT, 0xE1),
    "exif thumbnail": inside(b"Exif\0\0" + images.exif(1) + THUMBNAIL, 0xE1),
    "xmp": inside(XMP, 0xE1),
    "long xmp": inside(LONG_XMP, 0xE1),
    "iptc": inside(IPTC, 0xED),
    "jfif extension": inside(b"JFXX\0\x10" + THUMBNAIL, 0xE0),
    "jfif thumbnail": inside(b"JFIF\0\x01\x01\0\0\1\0\1\2\2" + TEXT, 0xE0),
    "adobe marker too long": inside(b"Adobe\0\x64\0\0\0\0\x01" + TEXT, 0xEE),
    "profile text": lambda data: with_segments(data, *icc_segments(PROFILE)),
    "profile left unfinished": lambda data: with_segments(data, *icc_segments(PROFILE, 99)[1:]),
    "flashpix": inside(b"FPXR\0" + TEXT, 0xE2),
    "reserved segment": inside(TEXT, 0xF3),
    "before the scan": lambda data: late(data, data.index(b"\xff\xda")),
    "before the last scan": lambda data: late(data, data.rindex(b"\xff\xda")),
    "behind the last scan": lambda data: late(data, len(data) - 2),
    "behind the end": lambda data: data + TEXT,
    "zip behind the end": lambda data: data + zipped(),
    "picture behind the end": lambda data: data + THUMBNAIL,
    **{f"application segment {number}": inside(TEXT, 0xE0 + number) for number in range(16)},
}
SCAN = segment(0xDA, b"\x03\x01\0\x02\x11\x03\x11\0\x3f\0") + b"\x42"
KINDS = {"plain": jpeg(), "progressive": jpeg(progressive=True, restart_marker_blocks=3)}


def scans(data: bytes) -> list[bytes]:
    return [bytes(part.scan) for part in segments(data) if part.scan]


def markers(data: bytes) -> list[int]:
    return [part.marker for part in segments(data)]


@pytest.mark.parametrize("plant", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("clean", KINDS.values(), ids=KINDS)
def test_no_hiding_place_survives_and_no_pixel_changes(
    clean: bytes, plant: Callable[[bytes], bytes]
) -> None:
    planted = plant(clean)
    stripped = take(planted).stripped.data
    assert holds(planted, SECRET)
    assert not holds(stripped, SECRET)
    assert scans(stripped) == scans(clean)
    assert images.decoded(stripped).tobytes() == images.decoded(clean).tobytes()


@pytest.mark.parametrize("clean", KINDS.values(), ids=KINDS)
def test_a_clean_file_stays_as_it_is(clean: bytes) -> None:
    assert privacy.strip(clean, "jpeg").data == clean


@pytest.mark.parametrize("plant", PLACES.values(), ids=PLACES)
def test_stripping_twice_changes_nothing_more(plant: Callable[[bytes], bytes]) -> None:
    once = privacy.strip(plant(jpeg()), "jpeg").data
    assert privacy.strip(once, "jpeg").data == once


def resized(data: bytes, marker: int, change: Callable[[bytes], bytes]) -> bytes:
    """The file with the body of its first segment of a kind changed, and the length fitted."""
    at = data.index(bytes([0xFF, marker]))
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data[:at] + segment(marker, change(data[at + 4 : end])) + data[end:]


@pytest.mark.parametrize("change", [lambda body: body + TEXT, lambda body: body[:-1]])
@pytest.mark.parametrize("marker", [0xDB, 0xC4, 0xC0, 0xDA, 0xDD])
def test_a_segment_longer_or_shorter_than_its_content_is_refused(
    marker: int, change: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(Refused):
        privacy.strip(resized(jpeg(restart_marker_blocks=3), marker, change), "jpeg")


@pytest.mark.parametrize(
    "extra",
    [
        TEXT,
        b"\0",
        b"\xff\0",
        b"\xff\x02" + TEXT,
        b"\xff\xfe\0\1",
        segment(0xDC, TEXT),
        segment(0xCC, b"\0\0\0"),
        segment(0xDB, b""),
        segment(0xDB, b"\x20" + bytes(64)),
        segment(0xC4, b"\0" + b"\x11" * 16 + bytes(272)),
        segment(0xC0, bytes(15)),
        segment(0xDE, TEXT),
        segment(0xDF, TEXT),
        SCAN,
        images.jpeg(8, 8),
    ],
)
def test_what_does_not_parse_between_segments_is_refused(extra: bytes) -> None:
    with pytest.raises(Refused):
        privacy.strip(with_segments(jpeg(), extra, before=0xDB), "jpeg")


def test_two_frames_or_no_scan_are_refused() -> None:
    data = jpeg()
    frame = data[data.index(b"\xff\xc0") : data.index(b"\xff\xc4")]
    for bad in (with_segments(data, frame, before=0xC0), b"\xff\xd8" + frame + images.EOI):
        with pytest.raises(Refused):
            privacy.strip(bad, "jpeg")


@pytest.mark.parametrize(("width", "most"), [(96, 100), (10_000, 20)])
def test_scans_are_limited_by_number_and_by_pixels(width: int, most: int) -> None:
    start = images.lying_jpeg(width, width)[:-2]
    privacy.strip(start + SCAN * (most - 1) + images.EOI, "jpeg")
    with pytest.raises(Refused):
        privacy.strip(start + SCAN * most + images.EOI, "jpeg")


def test_fill_bytes_before_a_restart_marker_belong_to_the_picture() -> None:
    data = jpeg(restart_marker_blocks=3).replace(b"\xff\xd0", b"\xff\xff\xff\xd0")
    assert take(data).stripped.data == data


def test_what_stands_behind_the_first_scan_tells_nothing() -> None:
    turned = segment(0xE1, b"Exif\0\0" + images.exif(6))
    data = jpeg(progressive=True)
    for at in (data.rindex(b"\xff\xda"), len(data) - 2):
        stripped = privacy.strip(data[:at] + turned + data[at:], "jpeg")
        assert (stripped.orientation, stripped.data) == (1, data)


def test_only_the_first_of_two_pictures_stays() -> None:
    data = images.mpo(images.photo(seed=1))
    stripped = take(data).stripped.data
    assert stripped.count(b"\xff\xd8\xff") == 1
    with Image.open(BytesIO(data)) as first:
        assert images.decoded(stripped).tobytes() == first.tobytes()


def test_the_jfif_header_loses_its_thumbnail_and_keeps_its_density() -> None:
    body = b"JFIF\0\x01\x01\x01\0\x48\0\x60" + b"\x02\x01" + bytes(6)
    data = b"\xff\xd8" + segment(0xE0, body) + jpeg()[20:]
    stripped = privacy.strip(data, "jpeg").data
    assert stripped[2:20] == segment(0xE0, body[:12] + b"\0\0")


@pytest.mark.parametrize(("mode", "kept"), [("CMYK", True), ("RGB", False)])
def test_the_adobe_marker_stays_where_colours_depend_on_it(mode: str, kept: bool) -> None:
    data = privacy.strip(jpeg(mode=mode), "jpeg").data
    assert (0xEE in markers(data)) is kept


def test_a_profile_stays_for_its_colours() -> None:
    stripped = take(with_segments(jpeg(), *icc_segments(PROFILE))).stripped.data
    assert images.decoded(stripped).info["icc_profile"].startswith(bytes(2))


def test_chunks_of_a_profile_may_stand_in_any_order() -> None:
    parts = icc_segments(PROFILE, 500)
    ordered, mixed = (with_segments(jpeg(), *order) for order in (parts, parts[::-1]))
    assert privacy.strip(mixed, "jpeg").data == privacy.strip(ordered, "jpeg").data
    assert 0xE2 in markers(privacy.strip(mixed, "jpeg").data)


@pytest.mark.parametrize("fault", ["missing", "doubled", "misnumbered", "miscounted"])
def test_a_profile_with_faulty_chunks_is_dropped(fault: str) -> None:
    parts = icc_segments(PROFILE, 500)
    numbered = {
        "missing": parts[1:],
        "doubled": [parts[0], *parts],
        "misnumbered": [parts[0].replace(b"E\0\x01", b"E\0\x00"), *parts[1:]],
        "miscounted": [parts[0][:17] + b"\x09" + parts[0][18:], *parts[1:]],
    }
    stripped = take(with_segments(jpeg(), *numbered[fault])).stripped.data
    assert 0xE2 not in markers(stripped)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_told_and_kept_alone(orientation: int) -> None:
    block = images.exif(orientation, Artist=SECRET, Make="Topcon")
    stripped = privacy.strip(jpeg(exif=b"Exif\0\0" + block), "jpeg")
    assert stripped.orientation == orientation
    assert dict(images.decoded(stripped.data).getexif()) == {0x0112: orientation}


@pytest.mark.parametrize("orientation", [None, 0, 9])
def test_no_exif_is_kept_without_a_valid_orientation(orientation: int | None) -> None:
    block = images.exif(orientation, Make="Topcon")
    stripped = privacy.strip(jpeg(exif=b"Exif\0\0" + block), "jpeg")
    assert (stripped.orientation, stripped.make) == (1, "Topcon")
    assert 0xE1 not in markers(stripped.data)


def test_the_first_exif_block_counts() -> None:
    blocks = [segment(0xE1, b"Exif\0\0" + images.exif(turn)) for turn in (6, 3)]
    assert privacy.strip(with_segments(jpeg(), *blocks), "jpeg").orientation == 6

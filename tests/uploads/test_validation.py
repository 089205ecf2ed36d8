import tracemalloc
import zlib
from collections.abc import Callable
from time import process_time
from typing import Any

import pytest
import simplejpeg

from tests import images
from tests.uploads.core import take, verdict
from uploads import validation
from uploads.refusals import Refused

SOUND = {
    "plain": images.jpeg(),
    "progressive": images.jpeg(progressive=True),
    "grey": images.jpeg(mode="L"),
    "cmyk": images.jpeg(mode="CMYK"),
    "all colour kept": images.jpeg(subsampling=0),
    "half the colour": images.jpeg(subsampling=1),
    "restart markers": images.jpeg(restart_marker_blocks=2),
    "one pixel": images.jpeg(1, 1),
    "fill bytes": images.with_segments(images.jpeg(), b"\xff\xff\xff", before=0xDB),
    "trailing zeros": images.jpeg() + bytes(64),
    "two pictures": images.mpo(images.photo(seed=1)),
    "png": images.png(),
    "png bilevel": images.png(mode="1"),
    "png grey": images.png(mode="L"),
    "png grey and alpha": images.png(mode="LA"),
    "png palette": images.png(mode="P"),
    "png alpha": images.png(mode="RGBA"),
    "png 16 bit": images.png(mode="I;16"),
    "png one pixel": images.png(1, 1),
    "animated png": images.apng(images.photo(seed=1)),
}
ODD = images.oddly_sampled_jpeg()
LARGE: dict[str, dict[str, Any]] = {
    "plain": {},
    "progressive": {"progressive": True},
    "restart markers": {"restart_marker_blocks": 4},
    "cmyk": {"mode": "CMYK"},
    "grey": {"mode": "L"},
}
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "truncated": images.truncated,
    "almost whole": lambda data: images.truncated(data, 0.99),
    "end marker missing": lambda data: data[:-2],
    "truncated, end marker added": images.truncated_with_end,
    "lost sector": images.zeroed,
    "piece missing": images.cut_out,
    "text before the end": lambda data: data[:-2] + b"SMITH^JOHN" + data[-2:],
}


@pytest.mark.parametrize("data", SOUND.values(), ids=SOUND)
def test_sound_files_are_taken_whatever_their_kind(data: bytes) -> None:
    assert verdict(data) == "accept"


@pytest.mark.parametrize("harm", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("options", LARGE.values(), ids=LARGE)
def test_damaged_jpegs_are_found(harm: Callable[[bytes], bytes], options: dict[str, Any]) -> None:
    assert verdict(harm(images.jpeg(640, 480, **options))) == "corrupt"


@pytest.mark.parametrize("options", LARGE.values(), ids=LARGE)
def test_a_jpeg_spliced_from_two_photographs_is_found(options: dict[str, Any]) -> None:
    other = images.jpeg(640, 480, seed=1, quality=75, **options)
    assert verdict(images.spliced(images.jpeg(640, 480, **options), other)) == "corrupt"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_damaged_pngs_are_found(mode: str) -> None:
    data, other = images.png(320, 240, mode=mode), images.png(320, 240, mode=mode, seed=1)
    harmed = [images.truncated(data), images.zeroed(data), images.cut_out(data), data[:-12]]
    assert {verdict(bad) for bad in [*harmed, images.spliced(data, other)]} == {"corrupt"}


def test_any_wrong_checksum_is_damage() -> None:
    data = images.with_chunks(images.png(), images.chunk(b"tEXt", b"a\0b"))
    ends = [data.index(kind) + 4 + len(body) for kind, body in images.chunks(data)]
    for end in ends:
        broken = data[:end] + bytes([data[end] ^ 1]) + data[end + 1 :]
        assert verdict(broken) == "corrupt"


def test_the_proof_of_a_png_checks_its_checksums_itself() -> None:
    data = images.png()
    judged = validation.inspect(data, max_megapixels=1)
    end = data.index(b"IEND") - 8
    with pytest.raises(Refused):
        validation.prove(data[:end] + bytes(4) + data[end + 4 :], judged)


@pytest.mark.parametrize("rows", [63, 65])
def test_a_png_with_rows_missing_or_left_over_is_damage(rows: int) -> None:
    body = zlib.compress(bytes(97 * rows))
    parts = images.header(96, 64, colour=0) + images.chunk(b"IDAT", body) + images.chunk(b"IEND")
    assert verdict(images.SIGNATURE + parts) == "corrupt"


def test_an_empty_file_is_corrupt() -> None:
    assert verdict(b"") == "corrupt"


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (images.saved(images.photo(), "GIF"), "image/gif"),
        (images.saved(images.photo(), "TIFF"), "image/tiff"),
        (images.saved(images.photo(), "BMP"), "image/bmp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"<!doctype html><html></html>", "text/html"),
        (b"\xef\xbb\xbf" + images.png(), "application/octet-stream"),
        (b"GIF89a" + images.jpeg(), "image/gif"),
    ],
)
def test_other_types_are_refused_by_name(data: bytes, mime: str) -> None:
    with pytest.raises(Refused) as refusal:
        validation.sniff(data)
    assert (refusal.value.code, refusal.value.params) == ("wrong_type", {"mime_type": mime})


def test_a_web_page_hidden_in_a_jpeg_is_taken_as_the_picture_it_is() -> None:
    page = images.segment(0xFE, b"<script>alert(1)</script>")
    taken = take(images.with_segments(images.jpeg(), page))
    assert b"script" not in taken.stripped.data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (images.jpeg(), ("image/jpeg", "jpeg", 96, 64, 8, 3)),
        (images.jpeg(mode="L"), ("image/jpeg", "jpeg", 96, 64, 8, 1)),
        (images.png(mode="RGBA"), ("image/png", "png", 96, 64, 8, 4)),
        (images.png(mode="I;16"), ("image/png", "png", 96, 64, 16, 1)),
    ],
)
def test_inspection_reads_the_header(data: bytes, expected: tuple[object, ...]) -> None:
    seen = validation.inspect(data, max_megapixels=100)
    assert expected == (
        *(seen.mime, seen.format, seen.width, seen.height),
        *(seen.bit_depth, seen.channels),
    )


@pytest.mark.parametrize(
    "data",
    [
        images.lying_jpeg(65_000, 65_000),
        images.lying_png(100_000, 100_000),
        images.lying_png(10_001, 10_000),
        images.lying_png(1, 1_000_001),
        images.flat_png(12_000, 9_000, depth=1, colour=0),
    ],
    ids=["jpeg", "png", "one row too many", "one column", "real bomb"],
)
def test_too_many_pixels_are_refused_by_the_header_alone(data: bytes) -> None:
    tracemalloc.start()
    began = process_time()
    with pytest.raises(Refused) as refusal:
        take(data)
    used, took = tracemalloc.get_traced_memory()[1], process_time() - began
    tracemalloc.stop()
    assert refusal.value.code == "too_many_pixels"
    assert refusal.value.params == {"max_megapixels": 100}
    assert used < 1_000_000
    assert took < 0.5


def test_the_limit_itself_is_taken() -> None:
    data = images.flat_png(1_000, 1_000, depth=1, colour=0)
    assert [verdict(data, limit) for limit in (0, 1)] == ["too_many_pixels", "accept"]


@pytest.mark.parametrize(
    "data",
    [
        images.lying_jpeg(600, 1200),
        images.lying_png(600, 1200),
        images.lying_png(9_000, 9_000),
        images.lying_jpeg(0, 64),
        images.lying_jpeg(96, 0),
        images.lying_png(0, 64),
        images.lying_png(96, 1 << 31),
    ],
)
def test_headers_that_lie_within_the_limit_are_damage(data: bytes) -> None:
    assert verdict(data) == "corrupt"


def test_a_stream_that_would_unpack_to_gigabytes_is_left_early() -> None:
    stream = images.chunk(b"IDAT", images.endless_stream(megabytes=4096))
    data = images.SIGNATURE + images.header(8, 8) + stream + images.chunk(b"IEND")
    tracemalloc.start()
    began = process_time()
    assert verdict(data) == "corrupt"
    used, took = tracemalloc.get_traced_memory()[1], process_time() - began
    tracemalloc.stop()
    assert used < 2_000_000
    assert took < 1


@pytest.mark.parametrize(
    "data",
    [
        images.with_chunks(images.png(), images.chunk(b"IDAT") * 400_000),
        images.with_segments(images.jpeg(), images.segment(0xFE, b"") * 1_000_000),
        images.with_segments(images.jpeg(), b"\xff\x01" * 2_000_000),
    ],
    ids=["chunks", "segments", "bare markers"],
)
def test_endless_little_parts_are_refused_soon(data: bytes) -> None:
    began = process_time()
    assert verdict(data) == "corrupt"
    assert process_time() - began < 1


@pytest.mark.parametrize("marker", [0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF])
def test_jpeg_processes_that_no_browser_shows_are_refused(marker: int) -> None:
    assert verdict(images.jpeg().replace(b"\xff\xc0", bytes([0xFF, marker]))) == "corrupt"


@pytest.mark.parametrize(("offset", "value"), [(4, 12), (9, 2)])
def test_twelve_bits_and_two_channels_are_refused(offset: int, value: int) -> None:
    data = bytearray(images.jpeg())
    data[data.index(b"\xff\xc0") + offset] = value
    assert verdict(bytes(data)) == "corrupt"


@pytest.mark.parametrize(("data", "expected"), [(ODD, "accept"), (ODD[:-6], "corrupt")])
def test_a_layout_without_a_name_is_left_to_pillow(data: bytes, expected: str) -> None:
    with pytest.raises(ValueError, match="subsampling"):
        simplejpeg.decode_jpeg(ODD)
    assert verdict(data) == expected


def test_decoding_is_bound_to_the_size_that_was_judged() -> None:
    judged = validation.inspect(images.png(32, 32), max_megapixels=100)
    with pytest.raises(Refused):
        validation.prove(images.png(), judged)


def test_the_proof_is_a_picture_at_least_as_large_as_asked_for() -> None:
    for data in (images.jpeg(1000, 700), images.png(1000, 700)):
        inspection = validation.inspect(data, max_megapixels=1)
        sizes = [validation.prove(data, inspection, side=side).width for side in (100, 800, 4000)]
        assert all(a >= b for a, b in zip(sizes, (100, 800, 1000), strict=True))
        assert sizes[-1] == 1000

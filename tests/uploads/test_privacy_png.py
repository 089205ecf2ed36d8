import struct
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from tests import images
from tests.images import chunk, png, with_chunks
from tests.searching import holds
from tests.uploads.core import take, verdict
from uploads import privacy

SECRET = "ZZTEST^SMITH"
TEXT = SECRET.encode()
PROFILE = images.profile_with(b"cprt", b"text" + bytes(4) + TEXT + b"\0")
PACKED_TEXT = zlib.compress(TEXT)


def profile_chunk(profile: bytes, name: bytes = b"ICC") -> bytes:
    return chunk(b"iCCP", name + b"\0\0" + zlib.compress(profile))


def early(kind: bytes, body: bytes) -> Callable[[bytes], bytes]:
    return lambda data: with_chunks(data, chunk(kind, body))


def late(kind: bytes, body: bytes) -> Callable[[bytes], bytes]:
    return lambda data: with_chunks(data, chunk(kind, body), before=b"IEND")


def behind_the_stream(data: bytes) -> bytes:
    """Text in the last IDAT, behind the end of the compressed stream, and in one more IDAT."""
    parts = images.chunks(data)
    last = max(at for at, (kind, _) in enumerate(parts) if kind == b"IDAT")
    parts[last] = (b"IDAT", parts[last][1] + TEXT)
    return images.png_of(*parts[: last + 1], (b"IDAT", TEXT), *parts[last + 1 :])


PLACES: dict[str, Callable[[bytes], bytes]] = {
    "text": early(b"tEXt", b"Comment\0" + TEXT),
    "packed text": early(b"zTXt", b"Comment\0\0" + PACKED_TEXT),
    "international text": early(b"iTXt", b"Comment\0\0\0\0\0" + TEXT),
    "packed international text": early(b"iTXt", b"Comment\0\x01\0\0\0" + PACKED_TEXT),
    "raw profile": early(
        b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(TEXT.hex().encode())
    ),
    "exif": early(b"eXIf", images.exif(6, Artist=SECRET)),
    "late exif": late(b"eXIf", images.exif(6, Artist=SECRET)),
    "private chunk": early(b"paTi", TEXT),
    "profile name": lambda data: with_chunks(data, profile_chunk(PROFILE, TEXT)),
    "profile text": lambda data: with_chunks(data, profile_chunk(PROFILE)),
    "broken profile": early(b"iCCP", b"ICC\0\0" + TEXT),
    "late text": late(b"tEXt", b"Comment\0" + TEXT),
    "gamma too long": early(b"gAMA", TEXT),
    "chromaticities too long": early(b"cHRM", TEXT * 3),
    "resolution too long": early(b"pHYs", TEXT),
    "significant bits too long": early(b"sBIT", TEXT),
    "transparency too long": early(b"tRNS", TEXT),
    "suggested palette": early(b"sPLT", b"name\0\x08" + TEXT[:10] + TEXT[:2] + TEXT),
    "histogram": early(b"hIST", TEXT),
    "behind the compressed stream": behind_the_stream,
    "in the end chunk": lambda data: data[:-12] + chunk(b"IEND", TEXT),
    "behind the end": lambda data: data + TEXT,
    "packed behind the end": lambda data: data + PACKED_TEXT,
}
KINDS = {mode: png(mode=mode) for mode in ("1", "L", "LA", "RGB", "RGBA", "I;16")}


def image_data(data: bytes) -> bytes:
    return b"".join(body for kind, body in images.chunks(data) if kind == b"IDAT")


def kinds(data: bytes) -> list[bytes]:
    return [kind for kind, _ in images.chunks(data)]


@pytest.mark.parametrize("plant", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("clean", KINDS.values(), ids=KINDS)
def test_no_hiding_place_survives_and_no_pixel_changes(
    clean: bytes, plant: Callable[[bytes], bytes]
) -> None:
    planted = plant(clean)
    stripped = take(planted).stripped.data
    assert holds(planted, SECRET)
    assert not holds(stripped, SECRET)
    assert image_data(stripped) == image_data(clean)
    assert images.decoded(stripped).tobytes() == images.decoded(clean).tobytes()


@pytest.mark.parametrize("clean", KINDS.values(), ids=KINDS)
def test_a_clean_file_stays_as_it_is(clean: bytes) -> None:
    assert privacy.strip(clean, "png").data == clean


@pytest.mark.parametrize("plant", PLACES.values(), ids=PLACES)
def test_stripping_twice_changes_nothing_more(plant: Callable[[bytes], bytes]) -> None:
    once = privacy.strip(plant(png()), "png").data
    assert privacy.strip(once, "png").data == once


def test_what_colours_need_stays() -> None:
    meant = {
        b"gAMA": struct.pack(">I", 45455),
        b"cHRM": bytes(range(32)),
        b"sRGB": b"\0",
        b"cICP": b"\x01\x0d\0\x01",
        b"sBIT": b"\x08\x08\x08",
        b"pHYs": struct.pack(">IIB", 2835, 2835, 1),
        b"tRNS": b"\0\x01\0\x02\0\x03",
    }
    data = with_chunks(png(), *(chunk(kind, body) for kind, body in meant.items()))
    assert privacy.strip(data, "png").data == data


def test_of_two_chunks_of_a_kind_the_first_stays() -> None:
    first, second = chunk(b"gAMA", b"\0\0\xb1\x8f"), chunk(b"gAMA", TEXT[:4])
    stripped = privacy.strip(with_chunks(png(), first, second), "png").data
    assert stripped == with_chunks(png(), first)


@pytest.mark.parametrize(
    "kind", [b"gAMA", b"cHRM", b"sRGB", b"cICP", b"sBIT", b"pHYs", b"tRNS", b"iCCP"]
)
def test_what_stands_behind_the_picture_is_too_late(kind: bytes) -> None:
    sizes = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"sBIT": 3, b"pHYs": 9, b"tRNS": 6}
    part = chunk(kind, bytes(sizes[kind])) if kind in sizes else profile_chunk(PROFILE)
    assert privacy.strip(with_chunks(png(), part, before=b"IEND"), "png").data == png()


def test_a_palette_stays_only_where_pixels_point_into_it() -> None:
    for mode in ("RGB", "RGBA", "L", "LA"):
        data = with_chunks(png(mode=mode), chunk(b"PLTE", TEXT[:12]))
        assert b"PLTE" not in kinds(privacy.strip(data, "png").data)


def test_the_first_exif_block_counts() -> None:
    blocks = [chunk(b"eXIf", images.exif(turn)) for turn in (6, 3)]
    assert privacy.strip(with_chunks(png(), *blocks), "png").orientation == 6


def test_a_palette_is_cut_to_the_colours_that_an_index_can_name() -> None:
    parts = images.header(2, 1, depth=1, colour=3) + chunk(b"PLTE", bytes(6) + TEXT)
    body = chunk(b"IDAT", zlib.compress(b"\0\x40"))
    data = images.SIGNATURE + parts + chunk(b"tRNS", b"\x80\x90\xa0") + body + chunk(b"IEND")
    stripped = take(data).stripped.data
    assert dict(images.chunks(stripped))[b"PLTE"] == bytes(6)
    assert b"tRNS" not in kinds(stripped)


def test_transparency_of_a_palette_stays() -> None:
    data = png(mode="P", transparency=b"\x01\x02")
    assert privacy.strip(data, "png").data == data


@pytest.mark.parametrize(
    "parts",
    [
        [chunk(b"PLTE", b"")],
        [chunk(b"PLTE", bytes(4))],
        [chunk(b"PLTE", bytes(771))],
        [chunk(b"PLTE", bytes(3)), chunk(b"PLTE", bytes(3))],
        [chunk(b"PATI", TEXT)],
        [images.header(96, 64)],
    ],
    ids=["no colours", "half a colour", "too many", "two", "unknown critical", "second header"],
)
def test_faults_that_change_the_picture_are_refused(parts: list[bytes]) -> None:
    assert verdict(with_chunks(png(), *parts)) == "corrupt"


def test_a_palette_picture_without_palette_is_refused() -> None:
    parts = [part for part in images.chunks(png(mode="P")) if part[0] != b"PLTE"]
    assert verdict(images.png_of(*parts)) == "corrupt"


def test_a_palette_behind_the_picture_is_refused() -> None:
    assert verdict(with_chunks(png(), chunk(b"PLTE", bytes(3)), before=b"IEND")) == "corrupt"


def test_picture_data_in_two_places_is_refused() -> None:
    first, data, end = images.chunks(png())
    half = len(data[1]) // 2
    parts = [(b"IDAT", data[1][:half]), (b"tEXt", b"a\0" + TEXT), (b"IDAT", data[1][half:])]
    assert verdict(images.png_of(first, *parts, end)) == "corrupt"


def test_text_packed_into_the_picture_behind_its_rows_is_refused() -> None:
    body = zlib.compress(bytes(97 * 64) + TEXT)
    parts = images.header(96, 64, colour=0) + chunk(b"IDAT", body) + chunk(b"IEND")
    assert verdict(images.SIGNATURE + parts) == "corrupt"


def test_of_an_animation_the_first_picture_stays() -> None:
    stripped = take(images.apng(images.photo(seed=1))).stripped.data
    assert set(kinds(stripped)) == {b"IHDR", b"IDAT", b"IEND"}
    assert images.decoded(stripped).tobytes() == images.photo().tobytes()


def test_an_animation_that_leaves_out_its_first_picture_keeps_that_picture() -> None:
    hidden = images.saved(
        images.photo(),
        "PNG",
        save_all=True,
        default_image=True,
        append_images=[images.photo(seed=1), images.photo(seed=2)],
    )
    assert images.decoded(take(hidden).stripped.data).tobytes() == images.photo().tobytes()


def test_a_profile_stays_for_its_colours_under_a_neutral_name() -> None:
    data = with_chunks(png(), profile_chunk(PROFILE, TEXT))
    stripped = take(data).stripped.data
    assert b"iCCPprofile\0" in stripped
    assert images.decoded(stripped).info["icc_profile"][36:40] == b"acsp"


@pytest.mark.parametrize(
    "body",
    [
        b"ICC\0\x01" + zlib.compress(PROFILE),
        b"ICC\0\0" + zlib.compress(PROFILE)[:-9],
        b"ICC\0\0" + zlib.compress(PROFILE[:200]),
        b"ICC",
        b"",
    ],
)
def test_a_profile_that_does_not_parse_is_dropped(body: bytes) -> None:
    stripped = take(with_chunks(png(), chunk(b"iCCP", body))).stripped.data
    assert stripped == png()


def test_a_profile_that_unpacks_without_end_is_dropped_in_little_memory() -> None:
    data = with_chunks(png(), profile_chunk(PROFILE + bytes(50_000_000)))
    tracemalloc.start()
    stripped = privacy.strip(data, "png").data
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert stripped == png()
    assert used < 8_000_000


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("before", [b"IDAT", b"IEND"])
def test_orientation_is_told_and_kept_alone(orientation: int, before: bytes) -> None:
    block = chunk(b"eXIf", images.exif(orientation, Make="Topcon", Artist=SECRET))
    stripped = privacy.strip(with_chunks(png(), block, before=before), "png")
    assert (stripped.orientation, stripped.make) == (orientation, "Topcon")
    assert dict(images.decoded(stripped.data).getexif()) == {0x0112: orientation}


def test_an_orientation_in_text_is_not_followed_as_no_browser_does() -> None:
    body = b"Raw profile type exif\0\0" + zlib.compress(images.exif(6).hex().encode())
    stripped = privacy.strip(with_chunks(png(), chunk(b"zTXt", body)), "png")
    assert (stripped.orientation, stripped.data) == (1, png())

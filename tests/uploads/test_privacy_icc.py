import struct
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from tests import images
from tests.images import profile_of, profile_with, srgb_profile
from tests.searching import holds
from uploads.privacy import icc

SECRET = "ZZTEST^SMITH"
TEXT = SECRET.encode()
WIDE = SECRET.encode("utf-16-be")
MLUC = b"mluc" + struct.pack(">4xII4sII", 1, 12, b"enUS", len(WIDE), 28) + WIDE
OLD_DESCRIPTION = b"desc" + struct.pack(">4xI", len(TEXT)) + TEXT + bytes(78)
WHITE = b"XYZ " + struct.pack(">4x3i", 63190, 65536, 54061)


def header(version: int, kind: bytes, space: bytes, connection: bytes) -> bytes:
    start = struct.pack(">I4sB3x4s4s4s", 0, TEXT[:4], version, kind, space, connection)
    return start + TEXT + b"acsp" + TEXT * 2 + struct.pack(">I", 1) + TEXT + TEXT * 4


def straight() -> bytes:
    return b"curv" + bytes(8)


def padded(piece: bytes) -> bytes:
    return piece + bytes(-len(piece) % 4)


def pipeline(gap: bytes = b"") -> bytes:
    """A ``mAB`` tag that turns RGB into Lab through curves, a cube, a matrix and curves."""
    cube = bytes([2] * 3).ljust(16, b"\0") + b"\x02\0\0\0"
    cube += struct.pack(">24H", *(1000 * (number % 60) for number in range(24)))
    matrix = struct.pack(">12i", 65536, 0, 0, 0, 60000, 0, 0, 0, 65536, 0, 0, 0)
    elements = [straight() * 3, matrix, straight() * 3, cube, straight() * 3]
    offsets, body = [], b""
    for element in elements:
        body += padded(gap)
        offsets.append(32 + len(body))
        body += padded(element)
    return b"mAB " + struct.pack(">4xBB2x5I", 3, 3, *offsets) + body


def table(kind: bytes) -> bytes:
    """A ``mft1`` or ``mft2`` tag that turns RGB into Lab through a cube of two points a side."""
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    head = kind + struct.pack(">4xBBBx", 3, 3, 2) + matrix
    if kind == b"mft1":
        return head + bytes(range(256)) * 3 + bytes(range(0, 240, 10)) + bytes(range(256)) * 3
    ramp = struct.pack(">6H", *[0, 65535] * 3)
    return (
        head + struct.pack(">HH", 2, 2) + ramp + struct.pack(">24H", *range(0, 48000, 2000)) + ramp
    )


def lut_profile(version: int, tag: bytes) -> bytes:
    tags = {b"desc": MLUC if version == 4 else OLD_DESCRIPTION, b"wtpt": WHITE, b"A2B0": tag}
    return profile_of(header(version, b"spac", b"RGB ", b"Lab "), tags)


def grey_profile(curve: bytes) -> bytes:
    tags = {b"desc": OLD_DESCRIPTION, b"wtpt": WHITE, b"kTRC": curve}
    return profile_of(header(2, b"mntr", b"GRAY", b"XYZ "), tags)


MANY = {b"%04d" % number: WHITE for number in range(200)} | {b"A2B0": table(b"mft1")}
PROFILES = {
    "matrix": srgb_profile(),
    "matrix with old text": profile_with(b"desc", OLD_DESCRIPTION),
    "table of bytes": lut_profile(2, table(b"mft1")),
    "table of words": lut_profile(2, table(b"mft2")),
    "pipeline": lut_profile(4, pipeline(gap=TEXT)),
    "grey": grey_profile(b"curv" + struct.pack(">4xIH", 1, 512)),
}
HIDING = {
    "description": profile_with(b"desc", MLUC),
    "old description": profile_with(b"desc", OLD_DESCRIPTION),
    "copyright": profile_with(b"cprt", MLUC),
    **{
        f"{name} tag": profile_with(name.encode(), MLUC)
        for name in ("dmnd", "dmdd", "vued", "targ", "CIED", "Priv", "mmod", "pseq", "tech")
    },
    "colour behind its numbers": profile_with(b"rXYZ", WHITE + TEXT),
    "curve behind its numbers": profile_with(b"rTRC", b"curv" + bytes(8) + TEXT),
    "reserved bytes": profile_with(b"rTRC", b"curv" + TEXT[:4] + bytes(4)),
    "behind the profile": srgb_profile() + TEXT,
    "header": profile_of(header(2, b"mntr", b"RGB ", b"XYZ "), {}),
    "between the elements": lut_profile(4, pipeline(gap=TEXT)),
    "behind a table": lut_profile(2, table(b"mft1") + TEXT),
}


def transformed(profile: bytes) -> bytes:
    """What a colour engine makes of some colours under this profile."""
    picture = images.photo().convert("L" if profile[16:20] == b"GRAY" else "RGB")
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    wanted = ImageCms.createProfile("sRGB")
    result = ImageCms.profileToProfile(picture, source, wanted, outputMode="RGB")
    assert isinstance(result, Image.Image)
    return result.tobytes()


def cleaned(profile: bytes) -> bytes:
    result = icc.clean(profile)
    assert result is not None
    return result


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_colours_stay_the_same(profile: bytes) -> None:
    assert transformed(cleaned(profile)) == transformed(profile)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_cleaning_twice_changes_nothing_more(profile: bytes) -> None:
    assert cleaned(cleaned(profile)) == cleaned(profile)


@pytest.mark.parametrize("profile", HIDING.values(), ids=HIDING)
def test_no_text_survives(profile: bytes) -> None:
    result = icc.clean(profile) or b""
    assert not holds(result, SECRET)
    assert TEXT[:4] not in result


def test_names_are_neutral_and_readable() -> None:
    for profile in (PROFILES["matrix"], PROFILES["pipeline"]):
        opened = ImageCms.ImageCmsProfile(BytesIO(cleaned(profile)))
        assert ImageCms.getProfileDescription(opened).strip() == "Profile"
        assert ImageCms.getProfileCopyright(opened).strip() == "None"


def test_the_header_keeps_what_colours_need_and_nothing_else() -> None:
    kept = cleaned(PROFILES["pipeline"])
    assert kept[12:24] == b"spacRGB Lab "
    assert kept[64:68] == b"\0\0\0\x01"
    assert not any(kept[40:64] + kept[80:128] + kept[4:8])


def test_an_unknown_intent_becomes_the_usual_one() -> None:
    assert cleaned(damaged(srgb_profile(), 64, TEXT[:4]))[64:68] == bytes(4)


def damaged(profile: bytes, at: int, piece: bytes) -> bytes:
    return profile[:at] + piece + profile[at + len(piece) :]


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        srgb_profile()[:127],
        srgb_profile()[:140],
        srgb_profile()[:-1],
        damaged(srgb_profile(), 36, b"ACSP"),
        damaged(srgb_profile(), 8, b"\x05"),
        damaged(srgb_profile(), 12, b"nmcl"),
        damaged(srgb_profile(), 16, b"XXXX"),
        damaged(srgb_profile(), 20, b"XXXX"),
        damaged(srgb_profile(), 128, b"\xff\xff\xff\xff"),
        srgb_profile().replace(b"wtpt", b"rXYZ", 1),
        profile_with(b"rXYZ", WHITE[:-1]),
        profile_with(b"rXYZ", b"text" + bytes(4) + TEXT),
        profile_with(b"rTRC", b"curv" + struct.pack(">4xI", 1 << 30)),
        profile_with(b"rTRC", b"para" + struct.pack(">4xH2x", 9)),
        lut_profile(2, table(b"mft1")[:-1]),
        lut_profile(2, damaged(table(b"mft1"), 8, b"\x0f\x0f\xff")),
        lut_profile(2, damaged(table(b"mft2"), 8, b"\0")),
        lut_profile(4, damaged(pipeline(), 12, b"\xff\xff\xff\xff")),
        lut_profile(4, damaged(pipeline(), 16, b"\0\0\0\x04")),
        lut_profile(4, damaged(pipeline(), pipeline().index(b"\2\2\2") + 16, b"\3")),
        profile_of(header(2, b"mntr", b"RGB ", b"XYZ "), MANY),
        lut_profile(4, damaged(pipeline(), 8, b"\0")),
        grey_profile(b"XYZ " + bytes(4)),
        profile_of(header(2, b"mntr", b"RGB ", b"XYZ "), {b"wtpt": WHITE}),
        profile_of(header(2, b"prtr", b"CMYK", b"Lab "), {b"wtpt": WHITE}),
    ],
)
def test_what_does_not_parse_or_tells_no_colour_is_dropped(profile: bytes) -> None:
    assert icc.clean(profile) is None


def test_mutants_are_cleaned_or_dropped_in_little_space() -> None:
    for profile in PROFILES.values():
        results = [icc.clean(images.mutant(profile, seed)) for seed in range(150)]
        assert max(len(result or b"") for result in results) < 2 * len(profile) + 400

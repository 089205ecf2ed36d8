"""JPEG and PNG bytes made in memory: sound, odd, hostile and broken ones.

Everything is deterministic. `jpeg()` and `png()` make sound files; `segment`, `chunk` and
`with_…` plant things in them; the verbs at the end (`truncated`, `zeroed` …) break them.
"""

from __future__ import annotations

import struct
import zlib
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

SIGNATURE = b"\x89PNG\r\n\x1a\n"
EOI = b"\xff\xd9"
# Of an interlaced PNG's seven passes: first column and row, and the steps.
_ADAM7 = [
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)
]  # fmt: skip


@cache
def photo(width: int = 96, height: int = 64, seed: int = 0) -> Image.Image:
    """A noisy reddish disc on black, brighter to the left: a fundus photograph, roughly."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    inside = ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) < 0.2
    noise = np.random.default_rng(seed).normal(0, 14, (height, width, 3))
    light = (1.2 - x / width)[:, :, None] * np.array([190, 90, 45]) + noise
    return Image.fromarray((light * inside[:, :, None]).clip(0, 255).astype(np.uint8))


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    output = BytesIO()
    picture.save(output, kind, **options)
    return output.getvalue()


def jpeg(
    width: int = 96, height: int = 64, *, seed: int = 0, mode: str = "RGB", **options: object
) -> bytes:
    """A JPEG of `photo`; options as Pillow's: quality, progressive, subsampling, exif …"""
    return saved(photo(width, height, seed).convert(mode), "JPEG", **{"quality": 90, **options})


def png(
    width: int = 96, height: int = 64, *, seed: int = 0, mode: str = "RGB", **options: object
) -> bytes:
    """A PNG of `photo`; mode may be 1, L, LA, P, RGB, RGBA or I;16."""
    picture = photo(width, height, seed)
    if mode == "I;16":
        deep = np.asarray(picture.convert("L")).astype(np.uint16) * 257
        picture = Image.fromarray(deep)
    return saved(picture if mode == "I;16" else picture.convert(mode), "PNG", **options)


def decoded(data: bytes) -> Image.Image:
    """The whole picture as Pillow reads it, apart from its file."""
    with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as picture:
        picture.load()
        return picture.copy()


# What is planted in files


def exif(orientation: int | None = None, **texts: str) -> bytes:
    """An EXIF block (TIFF, without ``Exif\\0\\0``); texts by tag: Artist, Make, Model …"""
    tags = {"Artist": 0x013B, "ImageDescription": 0x010E, "Make": 0x010F, "Model": 0x0110}
    block = Image.Exif()
    if orientation is not None:
        block[0x0112] = orientation
    for name, text in texts.items():
        block[tags[name]] = text
    return block.tobytes().removeprefix(b"Exif\0\0")


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def profile_with(tag: bytes, body: bytes, base: bytes | None = None) -> bytes:
    """A profile with one more tag, or with that tag replaced."""
    base = base or srgb_profile()
    (count,) = struct.unpack_from(">I", base, 128)
    tags = {}
    for at in range(132, 132 + 12 * count, 12):
        name, start, size = struct.unpack_from(">4sII", base, at)
        tags[name] = base[start : start + size]
    return profile_of(base[:128], {**tags, tag: body})


def profile_of(header: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        start = 132 + 12 * len(tags) + len(body)
        table += struct.pack(">4sII", name, start, len(tag))
        body += tag + bytes(-len(tag) % 4)
    whole = header[4:] + table + body
    return struct.pack(">I", len(whole) + 4) + whole


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segments(data: bytes, *segments: bytes, before: int | None = None) -> bytes:
    """A JPEG with segments put behind SOI, or before the first segment of a marker."""
    at = 2 if before is None else data.index(bytes([0xFF, before]))
    return data[:at] + b"".join(segments) + data[at:]


def icc_segments(profile: bytes, size: int = 65_519) -> list[bytes]:
    parts = [profile[at : at + size] for at in range(0, len(profile), size)]
    return [
        segment(0xE2, b"ICC_PROFILE\0" + bytes([number, len(parts)]) + part)
        for number, part in enumerate(parts, 1)
    ]


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and body of every chunk of a sound PNG, up to IEND."""
    found: list[tuple[bytes, bytes]] = []
    at = len(SIGNATURE)
    while not found or found[-1][0] != b"IEND":
        (size,) = struct.unpack_from(">I", data, at)
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    return found


def png_of(*parts: tuple[bytes, bytes]) -> bytes:
    return SIGNATURE + b"".join(chunk(kind, body) for kind, body in parts)


def with_chunks(data: bytes, *more: bytes, before: bytes = b"IDAT") -> bytes:
    """A PNG with chunks put before the first chunk of a kind."""
    at = data.index(before) - 4
    return data[:at] + b"".join(more) + data[at:]


def header(width: int, height: int, depth: int = 8, colour: int = 2, lace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, lace))


# Odd ones


def mpo(second: Image.Image) -> bytes:
    """Two pictures in one file, as cameras with two lenses write them."""
    return saved(photo(), "MPO", save_all=True, append_images=[second])


def apng(second: Image.Image) -> bytes:
    """An animated PNG; its first picture is `photo`."""
    return saved(photo(), "PNG", save_all=True, append_images=[second])


def flat_png(width: int, height: int, depth: int = 8, colour: int = 2, lace: int = 0) -> bytes:
    """A large, empty, valid PNG, made row by row: a bomb if it is large enough."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    packer = zlib.compressobj(9)
    packed = []
    for left, top, across, down in _ADAM7 if lace else [(0, 0, 1, 1)]:
        columns, lines = -(-(width - left) // across), -(-(height - top) // down)
        row = bytes(1 + (columns * samples * depth + 7) // 8)
        rows = max(1, (1 << 20) // len(row))
        packed += [packer.compress(row * min(rows, lines - at)) for at in range(0, lines, rows)]
    body = b"".join(packed) + packer.flush()
    head = header(width, height, depth, colour, lace)
    return SIGNATURE + head + chunk(b"IDAT", body) + chunk(b"IEND")


def oddly_sampled_jpeg(side: int = 16) -> bytes:
    """A flat JPEG whose colour is sampled more finely than its light: rare, but sound."""
    data = jpeg(16, 16, mode="RGB", subsampling=0)
    frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    layers = b"\x01\x11\x00" + b"\x02\x22\x01" + b"\x03\x11\x01"
    # One empty block of light, four and one of colour, in the codes of the standard tables.
    bits = ("001010" + "0000" * 5) * (-(-side // 16)) ** 2
    bits += "1" * (-len(bits) % 8)
    packed = int(bits, 2).to_bytes(len(bits) // 8, "big")
    size = struct.pack(">HHB", side, side, 3)
    return data[: frame + 5] + size + layers + data[frame + 19 : scan + 14] + packed + EOI


def lying_jpeg(width: int, height: int) -> bytes:
    """A small JPEG whose frame header claims another size."""
    data = jpeg()
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def endless_stream(megabytes: int) -> bytes:
    """A compressed stream of zeros, one repeated piece per 16 MB."""
    packer = zlib.compressobj(9)
    start = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + piece * (megabytes // 16)


def lying_png(width: int, height: int) -> bytes:
    """A small PNG whose header claims another size, its checksum right."""
    data = png()
    return SIGNATURE + header(width, height) + data[len(SIGNATURE) + 25 :]


# Broken ones


def middle(data: bytes) -> int:
    return len(data) // 2


def truncated(data: bytes, share: float = 0.5) -> bytes:
    return data[: int(len(data) * share)]


def truncated_with_end(data: bytes) -> bytes:
    return truncated(data) + EOI


def zeroed(data: bytes, size: int = 4096) -> bytes:
    """One lost sector: `size` bytes from the middle on are zero."""
    at = middle(data)
    return data[:at] + bytes(size) + data[at + size :]


def cut_out(data: bytes, size: int = 1024) -> bytes:
    at = middle(data)
    return data[:at] + data[at + size :]


def spliced(data: bytes, other: bytes) -> bytes:
    """The first half of one file, the second half of another."""
    return data[: middle(data)] + other[middle(other) :]


def mutant(data: bytes, seed: int) -> bytes:
    """The file with up to eight bytes changed, removed or doubled, anywhere."""
    random = np.random.default_rng(seed)
    changed = bytearray(data)
    for _ in range(random.integers(1, 9)):
        at = int(random.integers(0, len(changed) + 1))
        piece = bytes(random.integers(0, 256, int(random.integers(0, 4)), dtype=np.uint8))
        changed[at : at + int(random.integers(0, 4))] = piece
    return bytes(changed)

"""Write pixels as JPEG or PNG: the picture and its profile, nothing else."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Final

import numpy as np
import simplejpeg
from PIL import Image

from uploads.editing.bands import Tick
from uploads.editing.geometry import Pixels

QUALITY: Final = 95
# Fitting the codes to the picture makes it a third smaller, but holds all coefficients.
MAX_FITTED_PIXELS: Final = 40_000_000
_ICC_CHUNK: Final = 65_519
_BAND: Final = 1 << 20
_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_UP: Final = 2  # the filter of a row: less the row above


def jpeg(pixels: Pixels, profile: bytes | None) -> bytes:
    """Baseline, quality 95, colours at full resolution."""
    if pixels.shape[0] * pixels.shape[1] > MAX_FITTED_PIXELS:
        return quick_jpeg(pixels, profile, QUALITY)
    output = BytesIO()
    try:
        Image.fromarray(pixels).save(
            output, "JPEG", quality=QUALITY, subsampling=0, optimize=True, icc_profile=profile
        )
    except OSError:
        # Pillow has room for two bytes a pixel; pure noise takes more.
        return quick_jpeg(pixels, profile, QUALITY)
    return output.getvalue()


def quick_jpeg(pixels: Pixels, profile: bytes | None, quality: int) -> bytes:
    """The same with the standard's codes: larger, but fast and without a copy."""
    grey = pixels.ndim == 2
    data: bytes = simplejpeg.encode_jpeg(
        np.ascontiguousarray(pixels.reshape(*pixels.shape[:2], -1)),
        quality=quality,
        colorspace="GRAY" if grey else "RGB",
        colorsubsampling="Gray" if grey else "444",
    )
    if profile is None:
        return data
    # Behind SOI and the JFIF header, which has to come first.
    end = 4 + int.from_bytes(data[4:6], "big")
    return data[:end] + b"".join(_icc_segments(profile)) + data[end:]


def _icc_segments(profile: bytes) -> list[bytes]:
    parts = [profile[at : at + _ICC_CHUNK] for at in range(0, len(profile), _ICC_CHUNK)]
    names = [b"ICC_PROFILE\0" + bytes([number, len(parts)]) for number in range(1, len(parts) + 1)]
    return [
        struct.pack(">BBH", 0xFF, 0xE2, len(name) + len(part) + 2) + name + part
        for name, part in zip(names, parts, strict=True)
    ]


def png(pixels: Pixels, profile: bytes | None, tick: Tick) -> bytes:
    """Quickly packed, band by band."""
    height, width = pixels.shape[:2]
    colour = 0 if pixels.ndim == 2 else 2
    output = BytesIO()
    output.write(_PNG_SIGNATURE)
    output.write(_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)))
    if profile is not None:
        output.write(_chunk(b"iCCP", b"ICC\0\0" + zlib.compress(profile)))
    packer = zlib.compressobj(1)
    above = np.zeros(width * (3 if colour else 1), np.uint8)
    step = max(1, _BAND // width)
    for top in range(0, height, step):
        rows = np.ascontiguousarray(pixels[top : top + step]).reshape(-1, len(above))
        _write_data(output, packer.compress(_filtered(rows, above).data))
        above = rows[-1]
        tick(min(1.0, (top + step) / height))
    _write_data(output, packer.flush())
    output.write(_chunk(b"IEND", b""))
    return output.getvalue()


def _filtered(rows: Pixels, above: Pixels) -> Pixels:
    filtered = np.empty((len(rows), len(above) + 1), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[0] - above
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    return filtered


def _write_data(output: BytesIO, data: bytes) -> None:
    if data:
        output.write(_chunk(b"IDAT", data))


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(body, zlib.crc32(kind))
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

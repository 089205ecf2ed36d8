"""Read a stored original of any mode into 8 bits of grey or RGB.

Grey stays grey. Transparent pixels are laid on black, whatever colour hides there; 16 bits are
scaled by 257 (Pillow reads those of colours by their higher byte, which differs by one at
most); CMYK is turned into sRGB through its profile, or as viewers do without one.
"""

from __future__ import annotations

import logging
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Final, TypeAlias

import numpy as np
import simplejpeg
from PIL import Image, ImageCms, ImageFile, _imaging
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from uploads.editing import scanlines
from uploads.editing.children import Failed
from uploads.editing.geometry import Pixels
from uploads.editing.scanlines import Scratch
from uploads.privacy import png
from uploads.refusals import Refused, corrupt

log = logging.getLogger(__name__)
_FAULTS: Final = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)
# Not Image.open, which would compare the size with a limit of the whole process.
_OPENERS: Final[dict[str, type[ImageFile.ImageFile]]] = {
    "image/jpeg": JpegImageFile,
    "image/png": PngImageFile,
}
_BAND: Final = 1 << 20  # pixels converted at once
_LARGE: Final = 50_000_000  # pixels; Pillow takes up to twelve bytes for each while it decodes
_GREY_PNGS: Final = frozenset({0, 4})  # types of colour
_SPACES: Final = {b"GRAY": "L", b"RGB ": "RGB"}

Convert: TypeAlias = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels as stored, not turned upright; `profile` is there if it fits them."""

    pixels: Pixels
    profile: bytes | None


def read(data: bytes, mime: str, scratch: Scratch | None = None) -> Picture:
    """In full size. Raises Refused("corrupt") for what does not decode.

    A few large JPEGs take a temporary file of up to four bytes a pixel, where there is room.
    """
    opened = _opened(data, mime)
    pixels = _by_turbo(data, opened) if mime == "image/jpeg" else None
    if pixels is not None:
        return Picture(pixels, _profile(opened, pixels))
    if mime == "image/jpeg" and opened.width * opened.height >= _LARGE:
        pixels = _by_scanlines_or_pillow(data, opened, scratch or Scratch())
    else:
        pixels = _by_pillow(data, opened, mime)
    return Picture(pixels, _profile(opened, pixels))


def read_small(data: bytes, mime: str, side: int) -> tuple[Picture, tuple[int, int]]:
    """With at most `side` pixels on the longer side, and the full width and height."""
    opened = _opened(data, mime)
    size = opened.size
    pixels = _by_turbo(data, opened, side) if mime == "image/jpeg" else None
    if pixels is None:
        _draft(opened, side)
        reader = _Reader(opened, grey=_is_grey(data, mime))
        pixels = np.asarray(_shrunk(reader, side))
    return Picture(_fitted(pixels, size, side), _profile(opened, pixels)), size


def small(pixels: Pixels, side: int) -> Image.Image:
    """Whole pixels averaged together as long as the longer side keeps at least `side`."""
    return reduced(pixels, _factor(pixels.shape[:2], side))


def reduced(pixels: Pixels, factor: int) -> Image.Image:
    """Each `factor` by `factor` pixels averaged into one; of the pixels, no more than a strip is
    copied.
    """
    height, width = pixels.shape[:2]
    strips = (Image.fromarray(pixels[top:end]) for top, end in _bands(width, height, factor))
    return _stacked(strips, height, factor)


def _opened(data: bytes, mime: str) -> ImageFile.ImageFile:
    try:
        return _OPENERS[mime](BytesIO(data))
    except _FAULTS as error:
        raise _fault(error) from error


def _fault(error: Exception) -> Exception:
    # Decoders report a lack of memory in the words of an ordinary fault of the file.
    if re.search("insufficient memory|out of memory", str(error), re.IGNORECASE):
        return MemoryError(str(error))
    return corrupt()


def _by_turbo(data: bytes, opened: Image.Image, side: int | None = None) -> Pixels | None:
    """A grey or RGB JPEG, decoded straight into its array; None if Pillow has to do it.

    Not strict: the bytes were proven when they were taken.
    """
    if opened.mode not in _SPACES.values():
        return None
    grey, least = opened.mode == "L", {}
    if side:
        least = {"min_width" if opened.width >= opened.height else "min_height": side}
    try:
        pixels: Pixels = simplejpeg.decode_jpeg(
            data, "gray" if grey else "rgb", strict=False, **least
        )
    except ValueError as error:
        if isinstance(_fault(error), MemoryError):
            raise MemoryError(str(error)) from error
        return None
    return pixels[:, :, 0] if grey else pixels


def _by_scanlines_or_pillow(data: bytes, opened: ImageFile.ImageFile, scratch: Scratch) -> Pixels:
    try:
        return _by_scanlines(data, opened, scratch)
    except Failed as failed:
        trouble = str(failed)
    try:
        return _by_pillow(data, opened, "image/jpeg")
    except Refused:
        trouble = ""  # of a file that is corrupt, that is all there is to say
        raise
    finally:
        if trouble:
            log.warning("a large JPEG had to be decoded in memory: %s", trouble)


def _by_scanlines(data: bytes, opened: Image.Image, scratch: Scratch) -> Pixels:
    """A JPEG of a layout for Pillow, through a file. Raises Failed if Pillow has to do it alone."""
    channels, library = len(opened.getbands()), _imaging.__file__
    with scanlines.decoded(data, opened.size, channels, library=library, scratch=scratch) as file:
        return _filled(_unpacked(file, opened), opened.size)


def _by_pillow(data: bytes, opened: ImageFile.ImageFile, mime: str) -> Pixels:
    reader = _Reader(opened, grey=_is_grey(data, mime))
    return _filled(reader.strips(), reader.size)


def _unpacked(file: IO[bytes], opened: Image.Image) -> Iterator[Image.Image]:
    width, height = opened.size
    convert = _conversion(opened, grey=False)
    # Pillow takes all inks of JPEGs as inverted.
    raw = "CMYK;I" if opened.mode == "CMYK" else opened.mode
    for top, end in _bands(width, height, 1):
        part = file.read(width * (end - top) * len(opened.getbands()))
        yield convert(Image.frombytes(opened.mode, (width, end - top), part, "raw", raw))


class _Reader:
    """A picture that Pillow decodes, and its conversion to L or RGB, part by part."""

    def __init__(self, opened: ImageFile.ImageFile, *, grey: bool) -> None:
        self._opened = opened
        try:
            opened.load()
        except _FAULTS as error:
            raise _fault(error) from error
        self.size = opened.size
        self._convert = _conversion(opened, grey=grey)

    def strips(self, factor: int = 1) -> Iterator[Image.Image]:
        width, height = self.size
        for top, end in _bands(width, height, factor):
            yield self._convert(self._opened.crop((0, top, width, end)))


def _bands(width: int, height: int, factor: int) -> Iterator[tuple[int, int]]:
    step = max(1, _BAND // (width * factor)) * factor
    return ((top, min(top + step, height)) for top in range(0, height, step))


def _filled(strips: Iterator[Image.Image], size: tuple[int, int]) -> Pixels:
    pixels: Pixels | None = None
    width, height = size
    top = 0
    for strip in strips:
        part = np.asarray(strip)
        if pixels is None:
            pixels = np.empty((height, width, *part.shape[2:]), np.uint8)
        pixels[top : top + len(part)] = part
        top += len(part)
    if pixels is None:
        raise corrupt()
    return pixels


def _shrunk(reader: _Reader, side: int) -> Image.Image:
    factor = _factor(reader.size, side)
    return _stacked(reader.strips(factor), reader.size[1], factor)


def _factor(size: tuple[int, ...], side: int) -> int:
    return max(1, max(size) // side)


def _stacked(strips: Iterator[Image.Image], height: int, factor: int) -> Image.Image:
    """Each strip reduced; all but the last are of a height that is a multiple of the factor."""
    whole: Image.Image | None = None
    top = 0
    for strip in strips:
        part = strip.reduce(factor)
        whole = whole or Image.new(strip.mode, (part.width, -(-height // factor)))
        whole.paste(part, (0, top))
        top += part.height
    if whole is None:
        raise corrupt()
    return whole


def _draft(opened: Image.Image, side: int) -> None:
    longer = max(opened.size)
    opened.draft(None, tuple(-(-length * side // longer) for length in opened.size))  # type: ignore[arg-type]


def _fitted(pixels: Pixels, size: tuple[int, int], side: int) -> Pixels:
    scale = min(1.0, side / max(size))
    wanted = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    if (pixels.shape[1], pixels.shape[0]) == wanted:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(wanted, Image.Resampling.BICUBIC))


# Modes


def _is_grey(data: bytes, mime: str) -> bool:
    # Pillow reads grey with transparency of 16 bits as RGBA.
    return mime == "image/png" and png.header(data).colour in _GREY_PNGS


def _conversion(opened: Image.Image, *, grey: bool) -> Convert:
    if opened.mode == "CMYK":
        return _from_cmyk(opened.info.get("icc_profile"))
    if opened.mode.startswith("I"):
        return _from_16_bits
    mode = "L" if grey or opened.mode == "L" else "RGB"
    if opened.has_transparency_data:
        return lambda strip: _on_black(strip, mode)
    return lambda strip: strip.convert(mode)


def _from_16_bits(strip: Image.Image) -> Image.Image:
    deep = np.asarray(strip)
    flat = (deep.astype(np.uint32) + 128) // 257
    flat[deep == strip.info.get("transparency", -1)] = 0
    return Image.fromarray(flat.astype(np.uint8))


def _on_black(strip: Image.Image, mode: str) -> Image.Image:
    layered = strip.convert("LA" if mode == "L" else "RGBA")
    ground = Image.new(mode, strip.size)
    ground.paste(layered.convert(mode), mask=layered.getchannel("A"))
    return ground


def _from_cmyk(profile: bytes | None) -> Convert:
    transform = _to_srgb(profile)
    if transform is None:
        return lambda strip: strip.convert("RGB")

    def convert(strip: Image.Image) -> Image.Image:
        return transform.apply(strip)

    return convert


def _to_srgb(profile: bytes | None) -> ImageCms.ImageCmsTransform | None:
    if profile is None or profile[16:20] != b"CMYK":
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(source, target, "CMYK", "RGB")
    except (ImageCms.PyCMSError, *_FAULTS):
        return None


def _profile(opened: Image.Image, pixels: Pixels) -> bytes | None:
    profile = opened.info.get("icc_profile")
    mode = "L" if pixels.ndim == 2 else "RGB"
    fits = isinstance(profile, bytes) and _SPACES.get(profile[16:20]) == mode
    return profile if fits else None

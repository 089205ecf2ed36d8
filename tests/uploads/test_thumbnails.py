import numpy as np
import pytest
from PIL import Image, ImageOps

from tests import images
from tests.uploads.core import take
from uploads import decoding
from uploads.thumbnails import render

DARK = np.array(decoding.NEAR_BLACK)


def pixels(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(images.decoded(data)).astype(float)


def thumbnail(picture: Image.Image, orientation: int = 1, box: int = 400) -> Image.Image:
    return images.decoded(render(picture, orientation=orientation, box=box))


@pytest.mark.parametrize(
    ("size", "box", "expected"),
    [
        ((1000, 500), 400, (400, 200)),
        ((500, 1000), 400, (200, 400)),
        ((1000, 500), 800, (800, 400)),
        ((401, 399), 400, (400, 398)),
        ((300, 200), 400, (300, 200)),
        ((1, 1), 400, (1, 1)),
        ((5000, 2), 400, (400, 1)),
    ],
)
def test_the_longer_side_fits_and_nothing_is_enlarged(
    size: tuple[int, int], box: int, expected: tuple[int, int]
) -> None:
    assert thumbnail(images.photo(*size), box=box).size == expected


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(orientation: int) -> None:
    data = images.jpeg(320, 200, exif=b"Exif\0\0" + images.exif(orientation))
    upright = ImageOps.exif_transpose(images.decoded(data))
    made = images.decoded(take(data).thumbnail)
    assert made.size == upright.size
    assert np.abs(np.asarray(made, float) - np.asarray(upright, float)).mean() < 8


def test_it_holds_no_metadata() -> None:
    picture = images.photo().copy()
    picture.info.update(comment=b"SMITH", exif=images.exif(6, Artist="SMITH"), dpi=(1, 1))
    picture.info["icc_profile"] = images.srgb_profile()
    made = render(picture, orientation=1)
    assert b"SMITH" not in made
    assert b"Exif" not in made
    assert b"ICC_PROFILE" not in made


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_mode_shows_the_same_picture(mode: str) -> None:
    data = images.jpeg(mode=mode) if mode == "CMYK" else images.png(mode=mode)
    made = images.decoded(take(data).thumbnail)
    wanted = images.photo().convert("RGB" if mode in {"P", "RGB", "RGBA", "CMYK"} else "L")
    shown = np.asarray(made.convert(wanted.mode).reduce(8), float)
    assert np.abs(shown - np.asarray(wanted.reduce(8), float)).mean() < 12


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None, :].repeat(32, axis=0)
    made = pixels(take(images.saved(Image.fromarray(ramp), "PNG")).thumbnail)
    assert np.abs(made[16] - np.arange(256)).max() < 8


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparency_lies_on_near_black(mode: str) -> None:
    picture = Image.new("RGBA", (64, 64), (255, 255, 255, 0)).convert(mode)
    made = pixels(take(images.saved(picture, "PNG")).thumbnail)
    assert np.abs(made - DARK).max() < 6


@pytest.mark.parametrize(("mode", "value"), [("P", 0), ("L", 255), ("RGB", (255, 255, 255))])
def test_a_transparent_colour_lies_on_near_black(mode: str, value: object) -> None:
    picture = Image.new("RGB", (64, 64), "white").convert("L").convert(mode)
    if mode == "P":
        picture = Image.new("RGB", (64, 64), "white").quantize(2)
        value = picture.getpixel((0, 0))
    made = pixels(take(images.saved(picture, "PNG", transparency=value)).thumbnail)
    assert np.abs(made - DARK).max() < 6


def test_inverted_cmyk_is_shown_upright() -> None:
    ink = Image.new("CMYK", (32, 32), (0, 255, 255, 0))
    made = pixels(take(images.saved(ink, "JPEG")).thumbnail)
    assert np.abs(made - [255, 0, 0]).max() < 30


@pytest.mark.parametrize("mode", ["RGBA", "P", "I;16"])
def test_working_in_bands_makes_the_same_picture(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = images.decoded(images.png(333, 250, mode=mode))
    whole = decoding.shrink(picture, 40)
    monkeypatch.setattr(decoding, "_BAND", 1)
    assert decoding.shrink(picture, 40).tobytes() == whole.tobytes()


def test_it_is_a_colour_or_grey_picture_that_browsers_show() -> None:
    for mode, expected in (("L", "L"), ("CMYK", "RGB"), ("RGB", "RGB")):
        assert thumbnail(images.decoded(images.jpeg(mode=mode))).mode == expected

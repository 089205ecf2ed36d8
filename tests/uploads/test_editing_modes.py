"""Originals of every kind end as 8 bits of grey or RGB, with their profile where it fits."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import partial
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests import images
from tests.uploads import recipes
from tests.uploads.recipes import Json, blackout, pixels_of, recipe, rotate, saved, tone
from uploads.editing import encoding, pictures, proxies, render
from uploads.editing.render import Rendered

WIDTH, HEIGHT = 96, 64


def odd_png(kind: str) -> bytes:
    picture = images.photo()
    grey = np.asarray(picture.convert("L"))
    alpha = Image.fromarray(np.where(grey > 60, 255, 90).astype(np.uint8))
    if kind == "RGBA":
        picture = picture.convert("RGBA")
        picture.putalpha(alpha)
    elif kind == "LA":
        picture = Image.merge("LA", (Image.fromarray(grey), alpha))
    elif kind == "P+":
        return images.saved(picture.quantize(64), "PNG", transparency=3)
    elif kind == "L+":
        return images.saved(picture.convert("L"), "PNG", transparency=0)
    elif kind == "RGB+":
        return images.saved(picture, "PNG", transparency=(0, 0, 0))
    elif kind == "I;16+":
        return images.with_chunks(
            images.png(mode="I;16"), images.chunk(b"tRNS", struct.pack(">H", 0))
        )
    return images.saved(picture, "PNG")


def deep_png(colour: int) -> bytes:
    """16 bits a sample, of colours that Pillow does not write; a ramp of multiples of 257."""
    samples = {2: 3, 4: 2, 6: 4}[colour]
    row = np.repeat(np.arange(WIDTH, dtype=">u2") * 257, samples).reshape(WIDTH, samples)
    if colour in {4, 6}:
        row[:, -1] = 65_535
    rows = (b"\0" + row.tobytes()) * HEIGHT
    body = images.chunk(b"IDAT", zlib.compress(rows)) + images.chunk(b"IEND")
    return images.SIGNATURE + images.header(WIDTH, HEIGHT, 16, colour) + body


FILES: dict[str, Callable[[], bytes]] = {
    "grey jpeg": partial(images.jpeg, mode="L"),
    "jpeg": images.jpeg,
    "progressive jpeg": partial(images.jpeg, progressive=True),
    "cmyk jpeg": partial(images.jpeg, mode="CMYK"),
    "oddly sampled jpeg": partial(images.oddly_sampled_jpeg, 96),
    **{mode: partial(images.png, mode=mode) for mode in ("1", "L", "P", "RGB", "I;16")},
    **{kind: partial(odd_png, kind) for kind in ("RGBA", "LA", "P+", "L+", "RGB+", "I;16+")},
    "16-bit RGB": partial(deep_png, 2),
    "16-bit LA": partial(deep_png, 4),
    "16-bit RGBA": partial(deep_png, 6),
}
GREY = {"grey jpeg", "1", "L", "LA", "L+", "I;16", "I;16+", "16-bit LA"}


def mime_of(data: bytes) -> str:
    return "image/jpeg" if data.startswith(b"\xff\xd8") else "image/png"


def edited(data: bytes, *steps: Json, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Rendered:
    return render.full(data, recipe(*size, *steps), mime=mime_of(data), orientation=1)


@pytest.mark.parametrize("kind", FILES)
def test_the_result_is_grey_or_rgb_in_the_same_kind_of_file(kind: str) -> None:
    data = FILES[kind]()
    with Image.open(BytesIO(data)) as original:
        steps = [tone("local_contrast", 40), tone("gamma", 2), rotate(90)]
        done = edited(data, *steps, size=original.size)
    with Image.open(BytesIO(done.data)) as result:
        assert result.format == {"image/jpeg": "JPEG", "image/png": "PNG"}[mime_of(data)]
        assert result.mode == done.picture.mode == ("L" if kind in GREY else "RGB")
        assert done.mime == mime_of(data)


@pytest.mark.parametrize("kind", FILES)
def test_the_proxy_has_the_colours_of_the_result(kind: str) -> None:
    data = FILES[kind]()
    done = pixels_of(edited(data, size=Image.open(BytesIO(data)).size).data).astype(int)
    proxy = proxies.whole(data, mime=mime_of(data), orientation=1, box=48)
    assert proxy.pixels.ndim == done.ndim
    assert proxy.pixels.mean((0, 1)) == pytest.approx(done.mean((0, 1)), abs=1.5)


@given(st.sampled_from(sorted(FILES)), st.integers(1, 8), st.data())
@settings(deadline=None)
def test_any_recipe_works_on_any_original(kind: str, orientation: int, data: st.DataObject) -> None:
    file = FILES[kind]()
    proxy = proxies.whole(file, mime=mime_of(file), orientation=orientation, box=40)
    size = proxy.width, proxy.height
    made = recipe(*size, *data.draw(recipes.steps(*size)))
    done = render.full(file, made, mime=mime_of(file), orientation=orientation)
    assert pixels_of(done.data).shape[1::-1] == made.size(*size)
    assert render.preview(proxy, made)[:2] == b"\xff\xd8"


def test_sixteen_bits_are_scaled_by_257() -> None:
    deep = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    done = edited(images.saved(Image.fromarray(deep), "PNG"), size=(256, 256))
    assert np.array_equal(pixels_of(done.data), np.rint(deep / 257))


@pytest.mark.parametrize("colour", [2, 4, 6])
def test_sixteen_bits_of_colours_end_as_their_eight(colour: int) -> None:
    done = pixels_of(edited(deep_png(colour)).data)
    assert np.array_equal(done.reshape(HEIGHT, WIDTH, -1)[5, :, 0], np.arange(WIDTH))


def test_what_is_transparent_is_laid_on_black_and_its_colour_is_gone() -> None:
    layered = np.full((HEIGHT, WIDTH, 4), (200, 100, 50, 255), np.uint8)
    layered[:, :32, 3], layered[:, 32:64, 3] = 0, 51
    done = pixels_of(edited(saved(layered)).data)
    assert [list(done[9, x]) for x in (9, 40, 80)] == [[0, 0, 0], [40, 20, 10], [200, 100, 50]]


def test_the_transparent_value_of_sixteen_bits_becomes_black() -> None:
    deep = np.full((HEIGHT, WIDTH), 40_000, np.uint16)
    deep[:, 50:] = 30_000
    plain = images.saved(Image.fromarray(deep), "PNG")
    cut = images.with_chunks(plain, images.chunk(b"tRNS", struct.pack(">H", 40_000)))
    assert set(pixels_of(edited(cut).data).flat) == {0, round(30_000 / 257)}


def test_a_palette_keeps_its_colours() -> None:
    painted = images.photo().quantize(16)
    done = pixels_of(edited(images.saved(painted, "PNG")).data)
    assert np.array_equal(done, np.asarray(painted.convert("RGB")))


# CMYK


def paper(mode: str = "CMYK") -> bytes:
    """Black ink on the left, none on the right, cyan in the middle."""
    inks = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    inks[:, :32, 3], inks[:, 32:64, 0] = 255, 255
    return images.saved(Image.fromarray(inks, mode), "JPEG", quality=95, subsampling=0)


def test_cmyk_is_shown_as_viewers_show_it() -> None:
    done = pixels_of(edited(paper()).data)
    for x, colour in ((10, (0, 0, 0)), (48, (0, 255, 255)), (80, (255, 255, 255))):
        assert done[30, x] == pytest.approx(colour, abs=4)


def test_cmyk_goes_through_its_profile_which_is_then_left_out() -> None:
    """In this profile cyan prints as a middle grey."""
    with_profile = images.with_segments(paper(), *images.icc_segments(cmyk_profile()))
    done = edited(with_profile)
    assert pixels_of(done.data)[30, 48] == pytest.approx((119, 119, 119), abs=6)
    assert "icc_profile" not in Image.open(BytesIO(done.data)).info


def cmyk_profile() -> bytes:
    """A table of two steps an ink: lightness 100 without ink, 50 with cyan alone, else 0."""
    grid = bytearray()
    for number in range(16):
        light = {0: 255, 8: 128}.get(number, 0)
        grid += bytes((light, 128, 128))
    one = struct.pack(">9i", *(65_536 if at % 4 == 0 else 0 for at in range(9)))
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + one + ramp * 4 + bytes(grid) + ramp * 3
    header = bytearray(images.srgb_profile()[:128])
    header[8:12], header[12:16], header[16:20], header[20:24] = (
        b"\x02\x40\0\0", b"prtr", b"CMYK", b"Lab ",
    )  # fmt: skip
    return images.profile_of(bytes(header), {b"A2B0": table})


def test_a_profile_that_cannot_be_used_does_no_harm() -> None:
    broken = bytearray(cmyk_profile())
    broken[144:] = bytes(len(broken) - 144)
    data = images.with_segments(paper(), *images.icc_segments(bytes(broken)))
    assert pixels_of(edited(data).data)[30, 48] == pytest.approx((0, 255, 255), abs=4)


# What is in the file besides pixels


def grey_profile() -> bytes:
    header = bytearray(images.srgb_profile())
    header[16:20] = b"GRAY"
    return bytes(header)


@pytest.mark.parametrize(
    ("mode", "profile", "kept"),
    [
        ("RGB", images.srgb_profile(), True),
        ("L", images.srgb_profile(), False),
        ("L", grey_profile(), True),
        ("RGB", grey_profile(), False),
    ],
)
@pytest.mark.parametrize("make", [images.jpeg, images.png])
def test_a_profile_is_kept_where_it_fits(
    make: Callable[..., bytes], mode: str, profile: bytes, kept: bool
) -> None:
    data = make(mode=mode, icc_profile=profile)
    done = Image.open(BytesIO(edited(data).data))
    proxy = proxies.whole(data, mime=mime_of(data), orientation=1)
    shown = render.preview(proxy, recipe(WIDTH, HEIGHT))
    for result in (done, Image.open(BytesIO(shown))):
        assert result.info.get("icc_profile") == (profile if kept else None)


def test_nothing_but_the_picture_is_in_the_file() -> None:
    exif = images.exif(orientation=6, Artist="ZZTEST")
    jpeg = edited(images.jpeg(exif=exif, comment=b"ZZTEST")).data
    png = edited(images.with_chunks(images.png(), images.chunk(b"tEXt", b"a\0ZZTEST"))).data
    assert {kind for kind, _ in images.chunks(png)} == {b"IHDR", b"IDAT", b"IEND"}
    assert Image.open(BytesIO(jpeg)).info.keys() <= {
        "jfif", "jfif_version", "jfif_unit", "jfif_density",
    }  # fmt: skip
    assert b"ZZTEST" not in jpeg


def test_a_jpeg_is_baseline_with_colours_at_full_resolution() -> None:
    done = edited(images.jpeg(progressive=True)).data
    at = done.index(b"\xff\xc0")
    assert b"\xff\xc2" not in done
    assert done[at + 11 : at + 18 : 3] == b"\x11\x11\x11"


def test_a_jpeg_too_large_for_fitted_codes_is_written_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profile = images.srgb_profile() * 40
    data = images.jpeg(icc_profile=profile)
    fitted = edited(data, rotate(90)).data
    monkeypatch.setattr(encoding, "MAX_FITTED_PIXELS", 1)
    quick = edited(data, rotate(90)).data
    assert len(fitted) < len(quick)
    assert Image.open(BytesIO(quick)).info["icc_profile"] == profile
    original = np.rot90(pixels_of(data), -1).astype(int)
    losses = [np.abs(pixels_of(file) - original).mean() for file in (fitted, quick)]
    assert losses[1] == pytest.approx(losses[0], abs=0.1)


def test_pure_noise_can_be_written() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (700, 900, 3), np.uint8)
    data = images.saved(Image.fromarray(noise), "JPEG", quality=100, subsampling=0)
    assert edited(data, size=(900, 700)).width == 900


def test_the_picture_for_the_thumbnail_is_that_of_the_result() -> None:
    done = edited(images.png(2000, 900), blackout([0, 0, 1000, 900]), size=(2000, 900))
    assert done.picture.size == (400, 180)
    assert not np.asarray(done.picture)[:, :200].any()


def test_strips_of_a_large_original_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = FILES["RGBA"]()
    whole, small = (
        pictures.read(data, "image/png"),
        proxies.whole(data, mime="image/png", orientation=1, box=20),
    )
    monkeypatch.setattr(pictures, "_BAND", 500)
    again = proxies.whole(data, mime="image/png", orientation=1, box=20)
    assert np.array_equal(pictures.read(data, "image/png").pixels, whole.pixels)
    assert np.array_equal(again.pixels, small.pixels)

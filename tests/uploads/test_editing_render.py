"""What recipes do to pixels, computed here once more by the simplest means."""

from __future__ import annotations

import math
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from tests import images
from tests.uploads import recipes
from tests.uploads.recipes import (
    Json,
    Pixels,
    angle,
    blackout,
    crop,
    flip,
    pixels_of,
    recipe,
    rotate,
    saved,
    tone,
)
from uploads.editing import bands, render
from uploads.editing.recipe import Recipe
from uploads.editing.render import Proxy, Rendered
from uploads.refusals import Refused

WIDTH, HEIGHT = 60, 40
NOISE = np.random.default_rng(4).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
STEPS = recipes.steps(WIDTH, HEIGHT)
TURNS = st.lists(recipes.turns(), max_size=6)


def png(pixels: Pixels, *steps: Json, orientation: int = 1) -> Pixels:
    """A PNG of these pixels, edited."""
    height, width = pixels.shape[:2]
    done = render.full(
        saved(pixels), recipe(width, height, *steps), mime="image/png", orientation=orientation
    )
    return pixels_of(done.data)


def jpeg(data: bytes, *steps: Json, size: tuple[int, int] = (96, 64)) -> Rendered:
    return render.full(data, recipe(*size, *steps), mime="image/jpeg", orientation=1)


def laid(pixels: Pixels, steps: list[Json]) -> Pixels:
    """Turns and flips by numpy, one after another."""
    for step in steps:
        if step["op"] == "rotate":
            pixels = np.rot90(pixels, -int(str(step["degrees"])) // 90)
        if step["op"] == "flip":
            pixels = pixels[:, ::-1] if step["axis"] == "horizontal" else pixels[::-1]
    return pixels


# Geometry


@given(TURNS, st.none() | recipes.rects(WIDTH, HEIGHT), st.integers(0, 6))
@settings(deadline=None)
def test_crops_turns_and_flips_move_pixels_and_nothing_else(
    turns: list[Json], kept: list[int] | None, place: int
) -> None:
    steps, expected = list(turns), NOISE
    if kept:
        x, y, width, height = kept
        steps.insert(place, crop(*kept))
        expected = NOISE[y : y + height, x : x + width]
    assert np.array_equal(png(NOISE, *steps), laid(expected, turns))


@pytest.mark.parametrize("step", [rotate(90), rotate(270)])
def test_four_quarter_turns_are_none(step: Json) -> None:
    assert np.array_equal(png(NOISE, *[step] * 4), NOISE)


@pytest.mark.parametrize("axis", ["horizontal", "vertical"])
def test_two_flips_are_none(axis: str) -> None:
    assert np.array_equal(png(NOISE, flip(axis), rotate(180), rotate(180), flip(axis)), NOISE)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_result_is_upright(orientation: int) -> None:
    tagged = Image.fromarray(NOISE)
    tagged.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(tagged))
    assert np.array_equal(png(NOISE, orientation=orientation), upright)


def test_rectangles_are_those_of_the_upright_picture() -> None:
    done = render.full(
        saved(NOISE),
        recipe(HEIGHT, WIDTH, crop(5, 50, 10, 10)),
        mime="image/png",
        orientation=6,
    )
    assert np.array_equal(pixels_of(done.data), np.rot90(NOISE, -1)[50:60, 5:15])


@given(STEPS, recipes.rects(WIDTH, HEIGHT))
@settings(deadline=None)
def test_a_crop_that_was_widened_again_was_never_there(steps: list[Json], kept: list[int]) -> None:
    once = [step for step in steps if step["op"] != "crop"]
    again = [crop(*kept), *once, crop(0, 0, WIDTH, HEIGHT)]
    assert np.array_equal(png(NOISE, *once), png(NOISE, *again))


@pytest.mark.parametrize("degrees", [-15, -3.3, 0.1, 8, 15])
def test_an_angle_turns_clockwise_about_the_centre(degrees: float) -> None:
    picture = np.full((200, 300, 3), 90, np.uint8)
    picture[98:102, 248:252] = 255
    done = png(picture, angle(degrees)).astype(float)
    light = np.clip(done[:, :, 0] - 90, 0, None)
    y, x = (np.indices(light.shape) * light).sum((1, 2)) / light.sum() + 0.5
    middle_y, middle_x = done.shape[0] / 2, done.shape[1] / 2
    radians = math.radians(degrees)
    assert x - middle_x == pytest.approx(100 * math.cos(radians), abs=0.2)
    assert y - middle_y == pytest.approx(100 * math.sin(radians), abs=0.2)


def test_the_canvas_grows_and_its_corners_are_black() -> None:
    done = png(np.full((80, 120), 200, np.uint8), tone("brightness", 20), angle(6), angle(4))
    assert done.shape[::-1] == recipe(120, 80, angle(10)).size(120, 80)
    assert [done[y, x] for y in (0, -1) for x in (0, -1)] == [0, 0, 0, 0]
    assert done[done.shape[0] // 2, done.shape[1] // 2] == 255


def test_tiles_of_a_turned_picture_fit_without_a_seam() -> None:
    picture = np.tile(np.arange(1200, dtype=np.uint16) // 8, (900, 1)).astype(np.uint8)
    whole = Image.fromarray(picture).rotate(-10, Image.Resampling.BICUBIC, expand=True)
    done = png(picture, angle(10)).astype(int)
    size = min(done.shape[0], whole.height), min(done.shape[1], whole.width)
    apart = (
        done[5 : size[0] - 5, 5 : size[1] - 5]
        - np.asarray(whole, int)[5 : size[0] - 5, 5 : size[1] - 5]
    )
    inside = np.abs(apart)[300:700, 300:900]
    assert inside.max() <= 1


# Any recipe


@given(STEPS)
@settings(deadline=None)
def test_any_recipe_gives_the_size_foretold_and_the_same_bytes_again(steps: list[Json]) -> None:
    made = recipe(WIDTH, HEIGHT, *steps)
    first = render.full(saved(NOISE), made, mime="image/png", orientation=1)
    again = render.full(saved(NOISE), made, mime="image/png", orientation=1)
    assert (first.width, first.height) == made.size(WIDTH, HEIGHT) == first.picture.size
    assert pixels_of(first.data).shape == (first.height, first.width, 3)
    assert first.data == again.data


@given(STEPS)
@settings(deadline=None)
def test_the_number_of_processors_and_the_size_of_bands_do_not_show(steps: list[Json]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        whole = png(NOISE, *steps)
        patch.setattr(bands, "BAND", 7 * WIDTH)
        patch.setattr(bands, "_THREADS", 1)
        assert np.array_equal(png(NOISE, *steps), whole)


@given(STEPS)
@settings(max_examples=20, deadline=None)
def test_progress_never_falls_and_ends_at_one(steps: list[Json]) -> None:
    told: list[float] = []
    made = recipe(WIDTH, HEIGHT, *steps)
    render.full(saved(NOISE), made, mime="image/png", orientation=1, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


def test_an_empty_recipe_keeps_every_pixel_of_a_png() -> None:
    assert np.array_equal(png(NOISE), NOISE)
    assert np.array_equal(png(NOISE, tone("gamma", 1), tone("sharpness", 0), angle(0)), NOISE)


def test_an_empty_recipe_keeps_a_jpeg_within_the_noise_of_writing_it() -> None:
    data = images.jpeg(subsampling=0)
    apart = np.abs(pixels_of(jpeg(data).data).astype(int) - pixels_of(data))
    assert apart.mean() < 1.5
    assert np.percentile(apart, 99) <= 5


def test_one_pixel_can_be_edited() -> None:
    every = [rotate(90), angle(15), *(tone(op, 60) for op in ("sharpness", "local_contrast"))]
    assert png(NOISE, crop(3, 4, 1, 1), *every).shape == (2, 2, 3)


def test_a_damaged_original_is_refused() -> None:
    with pytest.raises(Refused):
        jpeg(images.jpeg()[:40])


# Black-outs


def covered_places(made: Recipe, rect: list[int]) -> list[tuple[int, int]]:
    """Where the middle of a covered rectangle lies in the result."""
    marked = np.zeros((HEIGHT, WIDTH), np.uint8)
    x, y, width, height = rect
    marked[y : y + height, x : x + width] = 255
    geometry = [step for step in made.to_json()["steps"] if "op" in step]  # type: ignore[attr-defined]
    moved = png(marked, *(step for step in geometry if step["op"] in {"crop", "rotate", "flip"}))
    return [(int(row), int(column)) for row, column in np.argwhere(moved == 255)]


@given(STEPS.filter(lambda steps: "angle" not in str(steps)), recipes.rects(WIDTH, HEIGHT))
@settings(deadline=None)
def test_a_covered_pixel_is_exactly_black_in_the_result(steps: list[Json], rect: list[int]) -> None:
    made = [*steps, blackout(rect)]
    done = png(NOISE, *made)
    places = covered_places(recipe(WIDTH, HEIGHT, *steps), rect)
    assert all(not done[place].any() for place in places)


@given(st.lists(recipes.tones(), max_size=4), st.floats(-15, 15))
@settings(deadline=None)
def test_a_covered_area_is_exactly_black_when_turned(steps: list[Json], degrees: float) -> None:
    done = png(NOISE, *steps, blackout([10, 5, 40, 30]), angle(degrees))
    middle, centre = done.shape[0] // 2, done.shape[1] // 2
    assert not done[middle - 8 : middle + 8, centre - 12 : centre + 12].any()


@given(STEPS, recipes.rects(WIDTH, HEIGHT))
@settings(deadline=None)
def test_nothing_of_what_was_covered_is_in_the_file(steps: list[Json], rect: list[int]) -> None:
    x, y, width, height = rect
    other = NOISE.copy()
    other[y : y + height, x : x + width] = 255 - other[y : y + height, x : x + width]
    made = recipe(WIDTH, HEIGHT, *steps, blackout(rect))
    files = [
        render.full(saved(pixels), made, mime="image/png", orientation=1)
        for pixels in (NOISE, other)
    ]
    assert files[0].data == files[1].data
    assert files[0].picture.tobytes() == files[1].picture.tobytes()


@given(STEPS, recipes.rects(WIDTH, HEIGHT))
@settings(deadline=None)
def test_nothing_of_what_was_cut_off_is_in_the_file(steps: list[Json], rect: list[int]) -> None:
    x, y, width, height = rect
    other = 255 - NOISE
    other[y : y + height, x : x + width] = NOISE[y : y + height, x : x + width]
    made = [*steps, crop(*rect)]
    assert np.array_equal(png(NOISE, *made), png(other, *made))


def test_nothing_of_a_covered_name_is_in_a_jpeg_or_its_profile() -> None:
    """The name fills whole blocks, so that the originals decode alike elsewhere."""
    plain = np.asarray(images.photo()).copy()
    named = plain.copy()
    named[16:32, 24:72] = NOISE[:16, :48]
    written = [
        images.saved(Image.fromarray(pixels), "JPEG", quality=90, subsampling=0)
        for pixels in (plain, named)
    ]
    steps = [blackout([24, 16, 48, 16]), tone("sharpness", 90), tone("local_contrast", 90)]
    first, second = (jpeg(data, *steps, angle(4)) for data in written)
    assert written[0] != written[1]
    assert first.data == second.data


@pytest.mark.parametrize("box", [96, 50, 31])
def test_a_preview_covers_every_pixel_a_rectangle_touches(box: int) -> None:
    white = images.saved(Image.new("L", (96, 64), 255), "PNG")
    proxy = render.proxy(white, mime="image/png", orientation=1, box=box)
    made = recipe(96, 64, blackout([21, 13, 30, 17]))
    shown = pixels_of(render.preview(proxy, made, width=96, height=64))
    scale = shown.shape[1] / 96
    top, left = math.floor(13 * scale), math.floor(21 * scale)
    covered = shown[top : math.ceil(30 * scale), left : math.ceil(51 * scale)]
    assert covered.max() < 40  # of a JPEG


# Tones


RAMP = np.tile(np.arange(256, dtype=np.uint8), (16, 1))


@pytest.mark.parametrize(
    ("step", "formula"),
    [
        (tone("brightness", 50), lambda v: v * 2),
        (tone("brightness", -100), lambda v: v / 4),
        (tone("contrast", 50), lambda v: (v - 127.5) * 2 + 127.5),
        (tone("contrast", -50), lambda v: (v - 127.5) / 2 + 127.5),
        (tone("gamma", 2), lambda v: 255 * (v / 255) ** 0.5),
        (tone("gamma", 0.5), lambda v: 255 * (v / 255) ** 2),
    ],
)
def test_curves_follow_their_formulas(step: Json, formula: Any) -> None:
    expected = np.rint(np.clip(formula(np.arange(256, dtype=float)), 0, 255))
    assert np.array_equal(png(RAMP, step)[0], expected)
    assert np.array_equal(png(np.dstack([RAMP] * 3), step)[0, :, 1], expected)


def test_curves_in_a_row_are_not_rounded_in_between() -> None:
    there_and_back = [tone("brightness", -100), tone("gamma", 3), tone("brightness", -30)]
    back = [tone("brightness", 30), tone("gamma", 1 / 3), tone("brightness", 100)]
    assert np.array_equal(png(RAMP, *there_and_back, *back), RAMP)


def test_sharpening_lifts_and_lowers_an_edge_alike() -> None:
    edge = np.full((40, 40), 100, np.uint8)
    edge[:, 20:] = 140
    row = png(edge, tone("sharpness", 50))[20].astype(int)
    assert row[19] < 95
    assert row[20] > 145
    assert row[:20] + row[:19:-1] == pytest.approx(np.full(20, 240), abs=1)
    assert list(row[:10]) == [100] * 10


def test_local_contrast_begins_gently() -> None:
    picture = np.asarray(images.photo(200, 160).convert("L"))
    apart = np.abs(png(picture, tone("local_contrast", 1)).astype(int) - picture)
    assert 0 < apart.max() <= 8


def test_local_contrast_spreads_a_dull_picture_but_not_without_limit() -> None:
    dull = (100 + np.indices((160, 200)).sum(0) % 20).astype(np.uint8)
    done = png(dull, tone("local_contrast", 100)).astype(int)
    assert 50 < np.ptp(done) <= 4 * 20


def test_local_contrast_leaves_black_black_and_white_white() -> None:
    disc = np.asarray(images.photo(200, 160)).copy()
    disc[80:90, 90:110] = 255
    done = png(disc, tone("local_contrast", 100))
    assert not done[disc.sum(2) == 0].any()
    assert done[82:88, 92:108].min() == 255


def test_local_contrast_shows_no_tiles() -> None:
    even = np.full((160, 200), 120, np.uint8)
    done = png(even, tone("local_contrast", 100))
    assert np.ptp(done) == 0


@pytest.mark.parametrize("op", ["sharpness", "local_contrast"])
def test_colours_keep_their_hue(op: str) -> None:
    rng = np.random.default_rng(1)
    light = rng.uniform(0.3, 0.6, (120, 160, 1))
    done = png((light * [240, 120, 60]).astype(np.uint8), tone(op, 100)).astype(float)
    seen = done[(done.max(2) < 255) & (done.min(2) > 12)]
    assert seen[:, 1] / seen[:, 0] == pytest.approx(np.full(len(seen), 0.5), abs=0.04)
    assert seen[:, 2] / seen[:, 0] == pytest.approx(np.full(len(seen), 0.25), abs=0.04)


# Previews

SIDE = 480


def fundus() -> bytes:
    """A disc with vessels, a bright spot and the noise of a camera, four times the proxy."""
    y, x = np.mgrid[0 : SIDE * 3, 0 : SIDE * 4].astype(np.float32) / SIDE
    inside = (x - 2) ** 2 + (y - 1.5) ** 2 < 2
    vessels = 1 - 0.4 * np.exp(-(((y - 1.5 - 0.4 * np.sin(2 * x)) * 25) ** 2))
    spot = 1 + 0.8 * np.exp(-((x - 1.1) ** 2 + (y - 1.5) ** 2) * 12)
    light = (1.2 - x / 5) * vessels * spot * inside
    noise = np.random.default_rng(0).normal(0, 3, (*light.shape, 3))
    pixels = light[:, :, None] * np.array([150, 75, 35]) + noise
    return images.saved(Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), "JPEG", quality=92)


FUNDUS = fundus()
FULL = SIDE * 4, SIDE * 3
PROXY = render.proxy(FUNDUS, mime="image/jpeg", orientation=1, box=SIDE)
PLACES = st.tuples(st.integers(0, 800), st.integers(0, 500)).map(lambda at: crop(*at, 1000, 800))
COVERS = st.tuples(st.integers(0, 1600), st.integers(0, 1200)).map(
    lambda at: blackout([*at, 300, 100])
)
GENTLE = st.one_of(
    st.builds(tone, st.sampled_from(["brightness", "contrast"]), st.integers(-30, 30)),
    st.builds(tone, st.just("gamma"), st.floats(0.7, 1.5)),
    st.builds(tone, st.sampled_from(["sharpness", "local_contrast"]), st.integers(0, 50)),
)
EDITS = st.lists(
    st.one_of(PLACES, COVERS, recipes.turns(), GENTLE, st.builds(angle, st.floats(-15, 15))),
    max_size=7,
    unique_by=lambda step: str(step["op"]),
)


def differences(steps: list[Json]) -> Pixels:
    """Between the preview and the full result, averaged down to the preview's size."""
    made = recipe(*FULL, *steps)
    shown = pixels_of(render.preview(PROXY, made, width=FULL[0], height=FULL[1]))
    done = render.full(FUNDUS, made, mime="image/jpeg", orientation=1)
    with Image.open(BytesIO(done.data)) as whole:
        small = whole.resize((shown.shape[1], shown.shape[0]), Image.Resampling.BOX)
    apart: Pixels = np.abs(shown.astype(int) - np.asarray(small, int)).astype(np.uint8)
    return apart


@given(EDITS)
@settings(max_examples=25, deadline=None)
def test_a_preview_differs_from_the_result_by_no_more_than_noise(steps: list[Json]) -> None:
    """Of 255 levels; the two pixels in a hundred left out lie at edges that moved by half one."""
    apart = differences(steps)
    assert apart.mean() < 3
    assert np.percentile(apart, 98) <= 16


@pytest.mark.parametrize(
    "step",
    [
        tone("sharpness", 100),
        tone("local_contrast", 100),
        tone("gamma", 2),
        tone("contrast", 60),
        angle(9),
        crop(333, 222, 1111, 999),
        blackout([333, 222, 400, 300]),
    ],
)
def test_a_preview_of_a_strong_step_differs_no_more(step: Json) -> None:
    apart = differences([step])
    assert apart.mean() < 3
    assert np.percentile(apart, 99) <= 14


def test_a_preview_of_nothing_differs_less_than_anyone_sees() -> None:
    apart = differences([])
    assert apart.mean() < 1.5
    assert np.percentile(apart, 99) <= 6


def test_a_proxy_comes_back_from_a_file() -> None:
    profile = images.srgb_profile()
    data = images.jpeg(200, 100, icc_profile=profile)
    proxy = render.proxy(data, mime="image/jpeg", orientation=8, box=80)
    back = Proxy.from_bytes(proxy.to_bytes())
    assert (back.width, back.height, back.pixels.shape) == (100, 200, (80, 40, 3))
    assert back.profile == profile
    assert np.array_equal(back.pixels, proxy.pixels)


@pytest.mark.parametrize("cut", [0, 10, 28, 500])
def test_a_file_that_is_no_proxy_is_told(cut: int) -> None:
    with pytest.raises(ValueError, match="No proxy"):
        Proxy.from_bytes(PROXY.to_bytes()[:cut])


def test_a_proxy_is_never_enlarged() -> None:
    proxy = render.proxy(saved(NOISE), mime="image/png", orientation=1, box=1600)
    assert np.array_equal(proxy.pixels, NOISE)

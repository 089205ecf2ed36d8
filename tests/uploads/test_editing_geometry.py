"""Where recipes move pixels, computed here once more by the simplest means."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from tests.uploads import recipes
from tests.uploads.recipes import (
    HEIGHT,
    NOISE,
    WIDTH,
    Json,
    Pixels,
    angle,
    crop,
    flip,
    pixels_of,
    png,
    recipe,
    rotate,
    saved,
    tone,
)
from uploads.editing import render

STEPS = recipes.steps(WIDTH, HEIGHT)
TURNS = st.lists(recipes.turns(), max_size=6)


def laid(pixels: Pixels, steps: list[Json]) -> Pixels:
    """Turns and flips by numpy, one after another."""
    for step in steps:
        if step["op"] == "rotate":
            pixels = np.rot90(pixels, -int(str(step["degrees"])) // 90)
        if step["op"] == "flip":
            pixels = pixels[:, ::-1] if step["axis"] == "horizontal" else pixels[::-1]
    return pixels


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

"""Covered and cut off: nothing of it is left anywhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests import images
from tests.uploads import recipes
from tests.uploads.recipes import (
    HEIGHT,
    NOISE,
    WIDTH,
    Json,
    angle,
    blackout,
    crop,
    jpeg,
    pixels_of,
    png,
    recipe,
    saved,
    tone,
)
from uploads.editing import proxies, render
from uploads.editing.recipe import Recipe

STEPS = recipes.steps(WIDTH, HEIGHT)


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
    proxy = proxies.whole(white, mime="image/png", orientation=1, box=box)
    made = recipe(96, 64, blackout([21, 13, 30, 17]))
    shown = pixels_of(render.preview(proxy, made))
    scale = shown.shape[1] / 96
    top, left = math.floor(13 * scale), math.floor(21 * scale)
    covered = shown[top : math.ceil(30 * scale), left : math.ceil(51 * scale)]
    assert covered.max() < 40  # of a JPEG

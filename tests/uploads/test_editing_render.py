"""What holds of any recipe: its size, its bytes, its progress."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from tests import images
from tests.uploads import recipes
from tests.uploads.recipes import (
    HEIGHT,
    NOISE,
    WIDTH,
    Json,
    angle,
    crop,
    jpeg,
    pixels_of,
    png,
    recipe,
    rotate,
    saved,
    tone,
)
from uploads.editing import bands, render
from uploads.refusals import Refused

STEPS = recipes.steps(WIDTH, HEIGHT)


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

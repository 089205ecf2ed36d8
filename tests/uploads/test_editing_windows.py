"""Parts of a result shown on their own, beside the same parts of the result in full."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.uploads import recipes
from tests.uploads.recipes import (
    HEIGHT,
    NOISE,
    WIDTH,
    Json,
    Pixels,
    angle,
    blackout,
    crop,
    flip,
    pixels_of,
    png,
    recipe,
    rotate,
    saved,
    tone,
)
from tests.uploads.test_editing_previews import EDITS, FULL, FUNDUS, PROXY
from uploads.editing import encoding, pictures, proxies, render
from uploads.editing.steps import Rect
from uploads.editing.views import Window, around

STEPS = recipes.steps(WIDTH, HEIGHT)
MIDDLE = 0.3, 0.25, 0.5, 0.6
SHARES = st.tuples(*[st.floats(0, 1)] * 4)
EXACT = STEPS.filter(lambda steps: "local_contrast" not in str(steps))


def rect_in(size: tuple[int, int], shares: tuple[float, ...]) -> Rect:
    width, height = size
    x, y = int(shares[0] * (width - 1)), int(shares[1] * (height - 1))
    return Rect(x, y, 1 + int(shares[2] * (width - 1 - x)), 1 + int(shares[3] * (height - 1 - y)))


def window(data: bytes, mime: str, steps: list[Json], look: Rect, whole: proxies.Proxy) -> bytes:
    """As the server makes it, from a part that is a little larger than needed."""
    size = whole.width, whole.height
    made = recipe(*size, *steps)
    seen = Window.of(made, look, width=size[0], height=size[1])
    limit = Rect(0, 0, *proxies.reduced(*size, seen.factor))
    place = around(seen.view.worked, 5, limit)
    part = proxies.part(data, mime=mime, orientation=1, place=place, factor=seen.factor)
    tables = () if seen.view.is_whole else render.learn(whole, made)
    return render.window(part, made, seen.view, tables)


def noise_window(pixels: Pixels, steps: list[Json], look: Rect) -> bytes:
    data = saved(pixels)
    whole = proxies.whole(data, mime="image/png", orientation=1)
    return window(data, "image/png", steps, look, whole)


@given(EXACT, SHARES)
@settings(deadline=None)
def test_a_part_in_full_size_has_the_very_pixels_of_the_result(
    steps: list[Json], shares: tuple[float, ...]
) -> None:
    look = rect_in(recipe(WIDTH, HEIGHT, *steps).size(WIDTH, HEIGHT), shares)
    expected = png(NOISE, *steps)[look.y : look.bottom, look.x : look.right]
    assert noise_window(NOISE, steps, look) == encoding.quick_jpeg(expected, None, 90)


@given(STEPS, SHARES, recipes.rects(WIDTH, HEIGHT))
@settings(deadline=None)
def test_nothing_of_what_was_covered_is_in_a_part(
    steps: list[Json], shares: tuple[float, ...], rect: list[int]
) -> None:
    x, y, width, height = rect
    other = NOISE.copy()
    other[y : y + height, x : x + width] = 255 - other[y : y + height, x : x + width]
    made = [*steps, blackout(rect)]
    look = rect_in(recipe(WIDTH, HEIGHT, *made).size(WIDTH, HEIGHT), shares)
    assert noise_window(NOISE, made, look) == noise_window(other, made, look)


@pytest.mark.parametrize(("side", "factor"), [(80, 1), (40, 2), (27, 3)])
def test_a_reduced_part_covers_every_pixel_a_rectangle_touches(
    side: int, factor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxies, "SIDE", side)
    white = np.full((64, 96), 255, np.uint8)
    shown = pixels_of(noise_window(white, [blackout([21, 13, 30, 17])], Rect(6, 6, 80, 54)))
    rows, columns = slice(7 // factor, -(-24 // factor)), slice(15 // factor, -(-45 // factor))
    covered = shown[rows, columns]
    assert covered.max() < 40  # of a JPEG


def both(steps: list[Json], shares: tuple[float, ...]) -> tuple[Rect, Pixels, Pixels]:
    """A part of the result, and the same averaged down from the result in full."""
    made = recipe(*FULL, *steps)
    look = rect_in(made.size(*FULL), shares)
    shown = pixels_of(window(FUNDUS, "image/jpeg", steps, look, PROXY))
    done = render.full(FUNDUS, made, mime="image/jpeg", orientation=1)
    box = (look.x, look.y, look.right, look.bottom)
    with Image.open(BytesIO(done.data)) as whole:
        small = whole.crop(box).resize((shown.shape[1], shown.shape[0]), Image.Resampling.BOX)
    return look, shown, np.asarray(small)


def differences(steps: list[Json], shares: tuple[float, ...]) -> Pixels:
    _look, shown, done = both(steps, shares)
    apart: Pixels = np.abs(shown.astype(int) - done).astype(np.uint8)
    return apart


@given(EDITS, SHARES.filter(lambda shares: min(shares[2:]) > 0.1))
@settings(max_examples=25, deadline=None)
def test_a_part_differs_from_the_result_by_no_more_than_noise(
    steps: list[Json], shares: tuple[float, ...]
) -> None:
    """Of 255 levels. More than of a whole preview, where the black ground counts too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proxies, "SIDE", 480)
        apart = differences(steps, shares)
    assert apart.mean() < 5
    assert np.percentile(apart, 98) <= 20


@pytest.mark.parametrize("side", [1600, 480])
@pytest.mark.parametrize(
    "step",
    [
        tone("sharpness", 100),
        tone("local_contrast", 100),
        tone("gamma", 2),
        angle(9),
        rotate(90),
        flip("horizontal"),
        crop(333, 222, 1111, 999),
        blackout([333, 222, 400, 300]),
    ],
)
def test_a_part_of_a_strong_step_differs_no_more(
    step: Json, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxies, "SIDE", side)
    apart = differences([step], MIDDLE)
    assert apart.mean() < 4
    assert np.percentile(apart, 99) <= 16


def test_local_contrast_learnt_from_the_small_copy_is_that_of_the_whole() -> None:
    """Grain averaged away, which the small copy does not have."""
    look, shown, done = both([tone("local_contrast", 100)], MIDDLE)
    parts = [Image.fromarray(pixels).reduce(8) for pixels in (shown, done)]
    apart = np.abs(np.asarray(parts[0], int) - np.asarray(parts[1], int))
    assert look.width < FULL[0]
    assert apart.mean() < 3
    assert apart.max() <= 12


def test_a_look_at_nothing_but_a_black_corner_is_black() -> None:
    wide, high = recipe(*FULL, angle(15)).size(*FULL)
    for look in (Rect(0, 0, 9, 9), Rect(wide - 9, high - 9, 9, 9), Rect(0, high - 9, 9, 9)):
        shown = window(FUNDUS, "image/jpeg", [angle(15)], look, PROXY)
        assert pixels_of(shown).max() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_part_is_cut_from_the_upright_picture(
    orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strip by strip, which does not show."""
    monkeypatch.setattr(pictures, "_BAND", 50)
    data = saved(NOISE)
    whole = proxies.whole(data, mime="image/png", orientation=orientation)
    place = Rect(2, 3, 8, 6)
    part = proxies.part(data, mime="image/png", orientation=orientation, place=place, factor=2)
    upright = Image.fromarray(whole.pixels).reduce(2)
    assert (part.width, part.height, part.whole) == (whole.width, whole.height, upright.size)
    assert np.array_equal(part.pixels, np.asarray(upright)[3:9, 2:10])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_part_in_full_does_not_keep_the_rest_of_the_original(orientation: int) -> None:
    data = saved(NOISE)
    whole = proxies.whole(data, mime="image/png", orientation=orientation)
    place = Rect(0, 3, whole.width, 6)
    part = proxies.part(data, mime="image/png", orientation=orientation, place=place, factor=1)
    assert np.array_equal(part.pixels, whole.pixels[3:9])
    assert part.pixels.base is None

"""Previews beside the results they foretell, and the copies they are made from."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests import images
from tests.uploads import recipes
from tests.uploads.recipes import (
    NOISE,
    Json,
    Pixels,
    angle,
    blackout,
    crop,
    pixels_of,
    recipe,
    saved,
    tone,
)
from uploads.editing import proxies, render
from uploads.editing.proxies import Proxy

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
PROXY = proxies.whole(FUNDUS, mime="image/jpeg", orientation=1, box=SIDE)
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
    max_size=5,
    unique_by=lambda step: "tone" if "amount" in step or "value" in step else str(step["op"]),
)
# Each multiplies the noise that the ones before have left.
TOGETHER = [tone("contrast", 30), tone("gamma", 1.5), tone("sharpness", 50)]


def differences(steps: list[Json]) -> Pixels:
    """Between the preview and the full result, averaged down to the preview's size."""
    made = recipe(*FULL, *steps)
    shown = pixels_of(render.preview(PROXY, made))
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


@pytest.mark.parametrize(("lit", "most"), [([], 3), ([tone("local_contrast", 50)], 8)])
def test_steps_of_light_together_multiply_the_noise(lit: list[Json], most: float) -> None:
    apart = differences([crop(400, 300, 1000, 800), *TOGETHER, *lit])
    assert apart.mean() < most


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


# Copies


def test_a_proxy_comes_back_from_a_file() -> None:
    profile = images.srgb_profile()
    data = images.jpeg(200, 100, icc_profile=profile)
    proxy = proxies.whole(data, mime="image/jpeg", orientation=8, box=80)
    back = Proxy.from_bytes(proxy.to_bytes())
    assert (back.width, back.height, back.pixels.shape) == (100, 200, (80, 40, 3))
    assert back.profile == profile
    assert np.array_equal(back.pixels, proxy.pixels)


@pytest.mark.parametrize("cut", [0, 10, 28, 500])
def test_a_file_that_is_no_proxy_is_told(cut: int) -> None:
    with pytest.raises(ValueError, match="No proxy"):
        Proxy.from_bytes(PROXY.to_bytes()[:cut])


def test_a_proxy_is_never_enlarged() -> None:
    proxy = proxies.whole(saved(NOISE), mime="image/png", orientation=1, box=1600)
    assert np.array_equal(proxy.pixels, NOISE)

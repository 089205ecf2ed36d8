"""Recipes for tests of editing: built by hand, or drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from PIL import Image

from uploads.editing import render
from uploads.editing.recipe import Recipe
from uploads.editing.render import Rendered

Pixels = npt.NDArray[np.uint8]
Json = dict[str, object]
WIDTH, HEIGHT = 60, 40
NOISE = np.random.default_rng(4).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


def recipe(width: int, height: int, *steps: Json) -> Recipe:
    return Recipe.parse({"version": 1, "steps": list(steps)}, width=width, height=height)


def blackout(*rects: Sequence[int]) -> Json:
    return {"op": "blackout", "rects": [list(rect) for rect in rects]}


def crop(*rect: int) -> Json:
    return {"op": "crop", "rect": list(rect)}


def rotate(degrees: int) -> Json:
    return {"op": "rotate", "degrees": degrees}


def flip(axis: str) -> Json:
    return {"op": "flip", "axis": axis}


def angle(degrees: float) -> Json:
    return {"op": "angle", "degrees": degrees}


def tone(op: str, number: float) -> Json:
    return {"op": op, "value" if op == "gamma" else "amount": number}


def saved(pixels: Pixels) -> bytes:
    """A PNG of these pixels."""
    output = BytesIO()
    Image.fromarray(pixels).save(output, "PNG")
    return output.getvalue()


def pixels_of(data: bytes) -> Pixels:
    with Image.open(BytesIO(data)) as picture:
        return np.asarray(picture).copy()


def png(pixels: Pixels, *steps: Json, orientation: int = 1) -> Pixels:
    """A PNG of these pixels, edited."""
    height, width = pixels.shape[:2]
    done = render.full(
        saved(pixels), recipe(width, height, *steps), mime="image/png", orientation=orientation
    )
    return pixels_of(done.data)


def jpeg(data: bytes, *steps: Json, size: tuple[int, int] = (96, 64)) -> Rendered:
    return render.full(data, recipe(*size, *steps), mime="image/jpeg", orientation=1)


# Drawn


@st.composite
def rects(draw: st.DrawFn, width: int, height: int) -> list[int]:
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return [x, y, draw(st.integers(1, width - x)), draw(st.integers(1, height - y))]


def turns() -> st.SearchStrategy[Json]:
    return st.sampled_from([rotate(90), rotate(180), rotate(270), flip("horizontal")]) | st.just(
        flip("vertical")
    )


def tones() -> st.SearchStrategy[Json]:
    either = st.sampled_from(["brightness", "contrast"])
    positive = st.sampled_from(["sharpness", "local_contrast"])
    return st.one_of(
        st.builds(tone, either, st.integers(-100, 100)),
        st.builds(tone, positive, st.integers(0, 100)),
        st.builds(tone, st.just("gamma"), st.floats(0.2, 5)),
    )


def steps(width: int, height: int) -> st.SearchStrategy[list[Json]]:
    """Up to eight steps of every kind for a picture of that size."""
    rect = rects(width, height)
    return st.lists(
        st.one_of(
            turns(),
            tones(),
            st.builds(lambda found: blackout(*found), st.lists(rect, max_size=3)),
            st.builds(lambda found: crop(*found), rect),
            st.builds(angle, st.floats(-15, 15)),
        ),
        max_size=8,
    )

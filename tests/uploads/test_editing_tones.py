"""Light and sharpness, computed here once more by the simplest means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests import images
from tests.uploads.recipes import (
    Json,
    png,
    tone,
)

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

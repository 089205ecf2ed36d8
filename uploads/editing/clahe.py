"""Local contrast: adaptive histogram equalisation with limited contrast (CLAHE).

After Zuiderveld (Graphics Gems IV, 1994), with two changes. What is cut off a histogram is
spread so that no bin passes the limit again: the limit is then really the steepest slope, and a
limit of 1 changes nothing. And black stays black, so that neither the ground around a fundus
nor a black-out glows.
"""

from __future__ import annotations

import itertools
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from uploads.editing import bands
from uploads.editing.bands import Tick
from uploads.editing.geometry import Pixels

Floats: TypeAlias = npt.NDArray[np.float32]
Numbers: TypeAlias = npt.NDArray[np.float64]
Places: TypeAlias = npt.NDArray[np.intp]

_TILES: Final = 8  # across and down
_LEVELS: Final = 256
_HALVINGS: Final = 40
_TABLE: Final = 1 << 18  # entries blended for one band


class Place(NamedTuple):
    """Where the pixels at hand lie in the whole that the tables were learnt for."""

    x: int
    y: int
    width: int
    height: int  # of the whole


def learn(plane: Pixels, slope: float) -> Floats:
    """What becomes of each value in each part of the plane; no tone gets more than `slope` times
    as steep. The last row and column stand there twice.
    """
    down, across = (_edges(length, min(_TILES, length)) for length in plane.shape)
    tiles = [
        Image.fromarray(plane[top:bottom, left:right]).histogram()
        for top, bottom in itertools.pairwise(down)
        for left, right in itertools.pairwise(across)
    ]
    counts = np.array(tiles, np.float64).reshape(len(down) - 1, len(across) - 1, _LEVELS)
    curves = _limited(counts / counts.sum(-1, keepdims=True) * _LEVELS, slope).cumsum(-1)
    curves -= curves[..., :1]
    curves *= (_LEVELS - 1) / curves[..., -1:]
    return np.pad(curves, ((0, 1), (0, 1), (0, 0)), "edge").astype(np.float32)


def equalise(plane: Pixels, tables: Floats, place: Place, tick: Tick) -> None:
    """Change one plane, or a part of it, in place."""
    height, width = plane.shape
    down = _Axis.of(place.height, len(tables) - 1).part(place.y, height)
    across = _Axis.of(place.width, tables.shape[1] - 1).part(place.x, width)
    cells = tables.shape[1] * _LEVELS
    columns = across.tile * _LEVELS

    def work(first: int, end: int) -> None:
        rows = _for_rows(tables, down, first, end)
        starts = np.arange(end - first, dtype=np.intp) * cells
        index = starts[:, None] + columns + plane[first:end]
        left, right = rows.take(index), rows[_LEVELS:].take(index)
        right -= left
        right *= across.share
        left += right
        left += np.float32(0.5)
        plane[first:end] = left.astype(np.uint8)

    bands.rows(work, plane.shape, tick, most=_TABLE // cells)


def _edges(length: int, count: int) -> list[int]:
    return [length * number // count for number in range(count + 1)]


class _Axis(NamedTuple):
    """Where each row or column lies between the centres of two tiles."""

    tile: Places  # the tile at or before it
    share: Floats  # of the next tile, from 0 to 1

    @classmethod
    def of(cls, length: int, count: int) -> _Axis:
        centres = [(low + high) / 2 for low, high in itertools.pairwise(_edges(length, count))]
        places = np.interp(np.arange(length) + 0.5, centres, np.arange(count))
        tile = places.astype(np.intp)
        return cls(tile, (places - tile).astype(np.float32))

    def part(self, start: int, length: int) -> _Axis:
        return _Axis(self.tile[start : start + length], self.share[start : start + length])


def _limited(counts: Numbers, slope: float) -> Numbers:
    """Histograms of mean 1, cut at `slope`, the rest spread over the bins that have room."""
    low, high = np.zeros((*counts.shape[:2], 1)), np.full((*counts.shape[:2], 1), slope)
    for _ in range(_HALVINGS):
        lift = (low + high) / 2
        short = np.minimum(counts + lift, slope).mean(-1, keepdims=True) < 1
        low, high = np.where(short, lift, low), np.where(short, high, lift)
    return np.minimum(counts + high, slope)


def _for_rows(tables: Floats, axis: _Axis, first: int, end: int) -> Floats:
    """The tables blended from above to below for each row, one behind another."""
    tile, share = axis.tile[first:end], axis.share[first:end, None, None]
    rows = tables[tile + 1] - tables[tile]
    rows *= share
    rows += tables[tile]
    return rows.reshape(-1)

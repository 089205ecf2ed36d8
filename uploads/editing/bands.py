"""Work on a large picture part by part, on a few processors, and tell how far it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias

# Called with the finished share of the work at hand, from 0 to 1.
Tick: TypeAlias = Callable[[float], None]

BAND: Final = 1 << 17  # pixels that stay in the processor's cache
_THREADS: Final = min(4, os.cpu_count() or 1)


def quietly(share: float) -> None:
    """A tick that nobody waits for."""


def every(work: Callable[[int], None], count: int, tick: Tick) -> None:
    """Call `work` with each number below `count`, several at a time.

    Only for parts that do not touch one another, so that the result does not depend on the
    order. The threads live as long as the call: none is there when a process forks.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        for done, _ in enumerate(pool.map(work, range(count)), 1):
            tick(done / count)


def rows(
    work: Callable[[int, int], None],
    shape: tuple[int, ...],
    tick: Tick,
    *,
    least: int = 1,
    most: int = BAND,
) -> None:
    """Call `work` with the first row of each band of a picture and the one behind its last.

    A band has about BAND pixels, `least` rows or more, and `most` or fewer.
    """
    height, width = shape[:2]
    step = max(1, min(most, max(least, BAND // width)))

    def band(number: int) -> None:
        work(number * step, min(height, (number + 1) * step))

    every(band, -(-height // step), tick)


class Meter:
    """Makes one progress of several stages, each a tick of its own."""

    def __init__(self, report: Tick | None, stages: int) -> None:
        self._report = report or quietly
        self._stages = stages
        self._begun = 0

    def stage(self) -> Tick:
        begun = self._begun
        self._begun += 1
        return lambda share: self._report((begun + share) / self._stages)

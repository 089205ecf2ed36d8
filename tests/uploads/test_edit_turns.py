"""Turns at dear work: few at once, the newest wish of each, and nobody waits for long."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.live.waiting import wait_until
from uploads.edits.turns import Busy, Turns


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def served(turns: Turns, wish: Hashable) -> bool:
    with turns.turn(wish):
        return True


def asked(pool: ThreadPoolExecutor, turns: Turns, wish: Hashable) -> Future[bool]:
    """Somebody who is in line when this returns."""
    before = turns.waiting
    future = pool.submit(served, turns, wish)
    wait_until(lambda: turns.waiting > before)
    return future


def test_those_who_wait_are_served_when_a_place_is_free(pool: ThreadPoolExecutor) -> None:
    turns = Turns(places=1, waiting=4, patience=60)
    with turns.turn("first"):
        waiting = [asked(pool, turns, name) for name in ("second", "third")]
        assert not any(future.done() for future in waiting)
    assert [future.result(60) for future in waiting] == [True, True]
    assert turns.waiting == 0


def test_a_newer_wish_of_the_same_person_overtakes(pool: ThreadPoolExecutor) -> None:
    turns = Turns(places=1, waiting=4, patience=60)
    with turns.turn("other"):
        older = asked(pool, turns, "mine")
        newer = pool.submit(served, turns, "mine")
        assert isinstance(older.exception(60), Busy)
    assert newer.result(60)


def test_nobody_waits_longer_than_they_have_patience() -> None:
    turns = Turns(places=1, waiting=4, patience=0.01)
    with turns.turn("other"), pytest.raises(Busy), turns.turn("mine"):
        pass
    with turns.turn("mine"):
        assert turns.waiting == 0


def test_a_full_line_takes_nobody(pool: ThreadPoolExecutor) -> None:
    turns = Turns(places=1, waiting=1, patience=60)
    with turns.turn("first"):
        waits = asked(pool, turns, "second")
        with pytest.raises(Busy), turns.turn("third"):
            pass
    assert waits.result(60)


def test_a_place_is_free_again_after_a_fault() -> None:
    turns = Turns(places=1, waiting=1, patience=0.01)
    with pytest.raises(ZeroDivisionError), turns.turn("mine"):
        1 / 0  # noqa: B018
    assert served(turns, "mine")

"""Pictures of what a recipe would do, made as the result will be: small ones, and parts."""

from __future__ import annotations

import logging
import subprocess
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock, RLock
from typing import Final, Generic, NamedTuple, TypeVar

from django.conf import settings

from jobs.storage import storage_trouble
from uploads import spool
from uploads.editing import apart, proxies, render
from uploads.editing.clahe import Floats
from uploads.editing.proxies import Proxy
from uploads.editing.recipe import Recipe
from uploads.editing.steps import Rect
from uploads.editing.views import Window, around
from uploads.edits.turns import Busy, Turns
from uploads.models import FundusImage

APART_FROM = 30_000_000  # pixels: decoding more than that takes over 100 MB
_AROUND: Final = 256  # pixels read beside a part, so that a small move needs no new one
T = TypeVar("T")
log = logging.getLogger(__name__)
# Pictures keep a processor busy and a thread waiting, and pages need both more.
_turns = Turns(places=2, waiting=16, patience=5)
# One at a time: two of the largest would not fit, and the second may be the first again.
_making = RLock()


class Shelf(Generic[T]):
    """The things used last, at most `size` of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._things: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, suits: Callable[[Hashable], bool], key: Hashable, make: Callable[[], T]) -> T:
        """The one whose key suits, or a new one kept by `key`."""
        found = self._find(suits)
        if found is not None:
            return found
        with _making:
            found = self._find(suits)
            return self._put(key, make()) if found is None else found

    def clear(self) -> None:
        with self._lock:
            self._things.clear()

    def _find(self, suits: Callable[[Hashable], bool]) -> T | None:
        with self._lock:
            for key in self._things:
                if suits(key):
                    self._things.move_to_end(key)
                    return self._things[key]
        return None

    def _put(self, key: Hashable, thing: T) -> T:
        with self._lock:
            self._things[key] = thing
            while len(self._things) > self._size:
                self._things.popitem(last=False)
        return thing


class _Place(NamedTuple):
    image: str
    factor: int
    rect: Rect

    def holds(self, other: object) -> bool:
        return isinstance(other, _Place) and (
            (self.image, self.factor) == (other.image, other.factor)
            and self.rect.x <= other.rect.x
            and self.rect.y <= other.rect.y
            and self.rect.right >= other.rect.right
            and self.rect.bottom >= other.rect.bottom
        )


# Whoever moves a slider asks for the same original many times; whoever draws rectangles, for the
# same part. Of some 6 MB each, and of up to 14.
_wholes: Shelf[Proxy] = Shelf(4)
_parts: Shelf[Proxy] = Shelf(3)
_learnt: Shelf[tuple[Floats, ...]] = Shelf(16)


def preview(image: FundusImage, recipe: Recipe, *, wish: Hashable) -> bytes:
    """A JPEG. Who asks again with an equal `wish` gives up the one before, if it still waits.

    Raises StorageAway, FileNotFoundError for an original that is gone, and Busy: ask again.
    """
    with _turn(wish):
        return render.preview(_whole(image), recipe)


def window(image: FundusImage, recipe: Recipe, look: Rect, *, wish: Hashable) -> bytes:
    """A JPEG of a rectangle of the result, as sharp as `proxies.SIDE` allows. Raises as above."""
    with _turn(wish):
        return _window(image, recipe, look)


@contextmanager
def _turn(wish: Hashable) -> Iterator[None]:
    try:
        with _turns.turn(wish):
            yield
    except (subprocess.SubprocessError, MemoryError) as error:
        log.warning("a very large original could not be made small: %s", type(error).__name__)
        raise Busy from error


def _window(image: FundusImage, recipe: Recipe, look: Rect) -> bytes:
    width, height = image.upright_size
    seen = Window.of(recipe, look, width=width, height=height)
    tables = () if seen.view.is_whole else _tables(image, recipe)
    return render.window(_part(image, seen), recipe, seen.view, tables)


def forget() -> None:
    for shelf in (_wholes, _parts, _learnt):
        shelf.clear()


def _tables(image: FundusImage, recipe: Recipe) -> tuple[Floats, ...]:
    key = image.stored_sha256, recipe
    return _learnt.get(lambda other: other == key, key, lambda: render.learn(_whole(image), recipe))


def _whole(image: FundusImage) -> Proxy:
    key = image.stored_sha256

    def made() -> Proxy:
        limited = partial(apart.whole, memory=settings.JOBS_WORKER_MEMORY)
        make = limited if _is_large(image) else proxies.whole
        return make(_read(image), mime=image.mime_type, orientation=image.orientation)

    return _wholes.get(lambda other: other == key, key, made)


def _part(image: FundusImage, seen: Window) -> Proxy:
    wanted = _Place(image.stored_sha256, seen.factor, seen.view.worked)
    limit = Rect(0, 0, *proxies.reduced(*image.upright_size, seen.factor))
    key = wanted._replace(rect=around(wanted.rect, _AROUND, limit))

    def made() -> Proxy:
        limited = partial(apart.part, memory=settings.JOBS_WORKER_MEMORY)
        make = limited if _is_large(image) else proxies.part
        return make(
            _read(image),
            mime=image.mime_type,
            orientation=image.orientation,
            place=key.rect,
            factor=key.factor,
            scratch=spool.scratch(),
        )

    return _parts.get(lambda kept: isinstance(kept, _Place) and kept.holds(wanted), key, made)


def _is_large(image: FundusImage) -> bool:
    return image.width * image.height > APART_FROM


def _read(image: FundusImage) -> bytes:
    with storage_trouble(), image.original.open("rb") as stored:
        data: bytes = stored.read()
    return data

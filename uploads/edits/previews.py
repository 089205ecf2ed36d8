"""Small pictures of what a recipe would do, made as the result will be."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from jobs.storage import storage_trouble
from uploads.editing import apart, render
from uploads.editing.recipe import Recipe
from uploads.models import FundusImage

# Of some 6 MB each: whoever moves a slider asks for the same one many times.
KEPT = 4
APART_FROM = 30_000_000  # pixels: decoding more than that takes over 100 MB
_proxies: OrderedDict[str, render.Proxy] = OrderedDict()
_lock, _making = Lock(), Lock()


def preview(image: FundusImage, recipe: Recipe) -> bytes:
    """A JPEG. Raises StorageAway, and FileNotFoundError for an original that is gone."""
    width, height = image.upright_size
    return render.preview(_proxy(image), recipe, width=width, height=height)


def _proxy(image: FundusImage) -> render.Proxy:
    key = image.stored_sha256
    found = _kept(key)
    if found:
        return found
    # One at a time: two of the largest would not fit, and the second may be the first again.
    with _making:
        return _kept(key) or _keep(key, _made(image))


def _kept(key: str) -> render.Proxy | None:
    with _lock:
        if key in _proxies:
            _proxies.move_to_end(key)
        return _proxies.get(key)


def _keep(key: str, proxy: render.Proxy) -> render.Proxy:
    with _lock:
        _proxies[key] = proxy
        while len(_proxies) > KEPT:
            _proxies.popitem(last=False)
    return proxy


def _made(image: FundusImage) -> render.Proxy:
    with storage_trouble(), image.original.open("rb") as stored:
        data: bytes = stored.read()
    make = apart.proxy if image.width * image.height > APART_FROM else render.proxy
    return make(data, mime=image.mime_type, orientation=image.orientation)

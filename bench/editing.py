"""What a preview costs, step by step, and what saving costs in full.

    python -m bench editing

Wall and CPU milliseconds, the best of several runs each; the previews are of a proxy of
1600 by 1200 pixels kept as a file. Saving is measured with every step on, the last one at a
hundred megapixels, beside decoding and encoding alone.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from time import perf_counter, process_time
from typing import Final

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from tests import images
from tests.uploads.recipes import Json, angle, blackout, crop, recipe, rotate, tone
from uploads.editing import proxies, render
from uploads.editing.proxies import Proxy
from uploads.editing.recipe import Recipe
from uploads.editing.steps import Rect
from uploads.editing.views import Window

WIDTH: Final = 4_000
HEIGHT: Final = 3_000
STEPS: Final[dict[str, list[Json]]] = {
    "nothing": [],
    "black-outs": [blackout([100, 100, 900, 200], [3_000, 2_800, 900, 150])],
    "quarter turn": [rotate(90)],
    "angle": [angle(7.5)],
    "curves": [tone("brightness", 10), tone("contrast", 10), tone("gamma", 1.2)],
    "sharpness": [tone("sharpness", 50)],
    "local contrast": [tone("local_contrast", 50)],
}


def best(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """Wall and CPU milliseconds of the quickest run."""
    times = []
    for _ in range(runs):
        wall, cpu = perf_counter(), process_time()
        work()
        times.append(((perf_counter() - wall) * 1000, (process_time() - cpu) * 1000))
    return min(wall for wall, _ in times), min(cpu for _, cpu in times)


def every(width: int, height: int) -> list[Json]:
    """All steps at once, nearly everything kept."""
    together = [step for steps in STEPS.values() for step in steps]
    return [crop(8, 8, width - 16, height - 16), *together]


def previews(data: bytes) -> None:
    def again() -> Proxy:
        return proxies.whole(data, mime="image/jpeg", orientation=1)

    kept = again().to_bytes()
    print("proxy of a 12-megapixel JPEG: {:.0f} ms, CPU {:.0f} ms".format(*best(again, 5)))
    for name, steps in {**STEPS, "everything": every(WIDTH, HEIGHT)}.items():
        made = recipe(WIDTH, HEIGHT, *steps)

        def shown(made: Recipe = made) -> bytes:
            return render.preview(Proxy.from_bytes(kept), made)

        print("  preview, {}: {:.0f} ms, CPU {:.0f} ms".format(name, *best(shown, 15)))


def windows(data: bytes) -> None:
    """Parts of the result in full size, as large as they get."""
    whole = proxies.whole(data, mime="image/jpeg", orientation=1)
    look = Rect(1_200, 900, 1_600, 1_200)
    for name, steps in {**STEPS, "everything": every(WIDTH, HEIGHT)}.items():
        made = recipe(WIDTH, HEIGHT, *steps)
        seen = Window.of(made, look, width=WIDTH, height=HEIGHT)
        place = seen.view.worked

        def part(place: Rect = place) -> Proxy:
            return proxies.part(data, mime="image/jpeg", orientation=1, place=place, factor=1)

        if name == "nothing":
            print("part of a 12-megapixel JPEG: {:.0f} ms, CPU {:.0f} ms".format(*best(part, 5)))
        kept = part()

        def shown(made: Recipe = made, seen: Window = seen, kept: Proxy = kept) -> bytes:
            return render.window(kept, made, seen.view, render.learn(whole, made))

        print("  preview of it, {}: {:.0f} ms, CPU {:.0f} ms".format(name, *best(shown, 15)))


def saving(data: bytes, runs: int) -> None:
    width, height = JpegImageFile(BytesIO(data)).size
    costs = []
    for steps in ([], every(width, height)):
        made = recipe(width, height, *steps)

        def saved(made: Recipe = made) -> object:
            return render.full(data, made, mime="image/jpeg", orientation=1)

        costs.append(best(saved, runs))
    (plain, _), (wall, cpu) = costs
    print(
        f"saving {width * height / 1e6:.0f} megapixels: {wall / 1000:.1f} s, CPU {cpu / 1000:.1f} s"
    )
    print(f"  {wall / plain:.1f} times as long as decoding and encoding alone")


def main() -> None:
    previews(images.jpeg(WIDTH, HEIGHT, quality=85))
    windows(images.jpeg(WIDTH, HEIGHT, quality=85))
    saving(images.jpeg(WIDTH, HEIGHT, quality=85), runs=3)
    tiles = np.tile(np.asarray(images.photo(2_500, 2_000)), (5, 4, 1))
    saving(images.saved(Image.fromarray(tiles), "JPEG", quality=75), runs=1)


if __name__ == "__main__":
    main()

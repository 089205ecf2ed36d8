"""What checking, stripping, proving and shrinking one file cost, beside the obvious way.

    python -m bench.ingest_core [FOLDER]

Without a folder, 7-megapixel photographs are made in memory. Times are CPU milliseconds per
file, each file's best of three runs; ratios are taken within one run, so that a busy machine
does not matter.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from time import process_time

from PIL import Image

from tests import images
from uploads import privacy, thumbnails, validation

RUNS = 3


def best(work: Callable[[], object]) -> float:
    """CPU milliseconds of the quickest run."""
    times = []
    for _ in range(RUNS):
        began = process_time()
        work()
        times.append((process_time() - began) * 1000)
    return min(times)


def naive(data: bytes) -> bytes:
    """Decode in full to see that it opens, then open again for the thumbnail."""
    with Image.open(BytesIO(data)) as proof:
        proof.load()
    with Image.open(BytesIO(data)) as picture:
        picture.thumbnail((400, 400), Image.Resampling.LANCZOS, reducing_gap=None)
        return images.saved(picture.convert("RGB"), "JPEG", quality=80)


def ours(data: bytes) -> bytes:
    inspection = validation.inspect(data, max_megapixels=100)
    stripped = privacy.strip(data, inspection.format)
    picture = validation.prove(stripped.data, inspection)
    return thumbnails.render(picture, orientation=stripped.orientation)


def steps(data: bytes) -> dict[str, float]:
    inspection = validation.inspect(data, max_megapixels=100)
    stripped = privacy.strip(data, inspection.format)
    picture = validation.prove(stripped.data, inspection)
    return {
        "inspect": best(lambda: validation.inspect(data, max_megapixels=100)),
        "strip": best(lambda: privacy.strip(data, inspection.format)),
        "prove": best(lambda: validation.prove(stripped.data, inspection)),
        "render": best(lambda: thumbnails.render(picture, orientation=1)),
        "all": best(lambda: ours(data)),
        "naive": best(lambda: naive(data)),
    }


def made() -> dict[str, list[bytes]]:
    """Three files of each kind, about 2 MB each."""
    large = [(3300, 2240, seed) for seed in range(3)]
    return {
        "jpeg": [images.jpeg(w, h, seed=seed, quality=85) for w, h, seed in large],
        "progressive": [
            images.jpeg(w, h, seed=seed, quality=85, progressive=True) for w, h, seed in large
        ],
        "png": [images.png(1100, 800, seed=seed) for seed in range(3)],
    }


def found(folder: Path) -> dict[str, list[bytes]]:
    files = sorted(file for file in folder.iterdir() if file.suffix in {".jpg", ".png"})
    return {
        kind: [file.read_bytes() for file in files if file.suffix == kind]
        for kind in sorted({file.suffix for file in files})
    }


def mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)


def main(folder: Path | None = None) -> None:
    sets = found(folder) if folder else made()
    for kind, files in sets.items():
        rows = [steps(data) for data in files]
        costs = {name: mean(row[name] for row in rows) for name in rows[0]}
        print(f"{kind}: {len(files)} files, {mean(map(len, files)) / 1e6:.1f} MB each")
        print("  " + "  ".join(f"{name} {cost:.2f} ms" for name, cost in costs.items()))
        print(f"  the obvious way costs {costs['naive'] / costs['all']:.1f} times as much")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))

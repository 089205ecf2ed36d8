"""Large originals, edited by every step in a process of their own, as a worker is limited."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from PIL import Image

from tests import images

SCRIPT = """
import resource, sys
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
from pathlib import Path
from tests.uploads.recipes import angle, blackout, crop, recipe, rotate, tone
from uploads.editing import render
path = Path(sys.argv[1])
made = recipe(10_000, 10_000, blackout([100, 100, 900, 200]), crop(0, 0, 10_000, 10_000),
    rotate(90), angle(15), tone("brightness", 10), tone("contrast", 10), tone("gamma", 1.2),
    tone("sharpness", 50), tone("local_contrast", 50))
mime = {".jpg": "image/jpeg", ".png": "image/png"}[path.suffix]
done = render.full(path.read_bytes(), made, mime=mime, orientation=6)
assert (done.width, done.height) == (12_248, 12_248)
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) >> 10)
"""
MEGABYTES = 1000


def detailed() -> Image.Image:
    """A hundred megapixels that do not pack to nothing."""
    return Image.fromarray(np.tile(np.asarray(images.photo(2_500, 2_000)), (5, 4, 1)))


def peak(data: bytes, suffix: str, folder: Path) -> int:
    """Megabytes held at most while the file was edited.

    Not by `ru_maxrss`, which a process inherits from the one that started it.
    """
    file = folder / f"picture{suffix}"
    file.write_bytes(data)
    command = [sys.executable, "-c", SCRIPT, str(file), str(settings.JOBS_WORKER_MEMORY)]
    # numpy's own threads reserve address space by the number of processors.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=240, env=environment
    )
    return int(done.stdout)


def test_a_hundred_megapixels_are_edited_within_a_gigabyte(tmp_path: Path) -> None:
    """Of the usual kinds, a progressive JPEG is the hungriest."""
    flat = Image.new("RGB", (10_000, 10_000), (120, 60, 30))
    data = images.saved(flat, "JPEG", progressive=True, subsampling=0)
    assert peak(data, ".jpg", tmp_path) < MEGABYTES


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
def test_any_large_jpeg_is_edited_within_a_gigabyte(mode: str, tmp_path: Path) -> None:
    data = images.saved(detailed().convert(mode), "JPEG", quality=75, subsampling=0)
    assert peak(data, ".jpg", tmp_path) < MEGABYTES


@pytest.mark.slow
def test_a_large_progressive_jpeg_is_edited_within_a_gigabyte(tmp_path: Path) -> None:
    data = images.saved(detailed(), "JPEG", quality=60, subsampling=0, progressive=True)
    assert peak(data, ".jpg", tmp_path) < MEGABYTES


@pytest.mark.slow
def test_the_hungriest_jpeg_is_edited_within_the_limit_of_a_worker(tmp_path: Path) -> None:
    """Four full layers of coefficients take eight bytes a pixel while they are decoded."""
    flat = Image.new("CMYK", (10_000, 10_000))
    data = images.saved(flat, "JPEG", progressive=True, subsampling=0)
    assert peak(data, ".jpg", tmp_path) < settings.JOBS_WORKER_MEMORY >> 20


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["RGBA", "I;16"])
def test_any_large_png_is_edited_within_a_gigabyte(mode: str, tmp_path: Path) -> None:
    picture = detailed()
    if mode == "RGBA":
        picture.putalpha(picture.convert("L"))
    else:
        grey = np.asarray(picture.convert("L"))
        picture = Image.fromarray(grey.astype(np.uint16) * 257)
    data = images.saved(picture, "PNG", compress_level=1)
    assert peak(data, ".png", tmp_path) < MEGABYTES


@pytest.mark.slow
@pytest.mark.parametrize(("depth", "colour"), [(16, 2), (16, 6)])
def test_a_large_png_of_16_bits_is_edited_within_a_gigabyte(
    depth: int, colour: int, tmp_path: Path
) -> None:
    data = images.flat_png(10_000, 10_000, depth, colour)
    assert peak(data, ".png", tmp_path) < MEGABYTES

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
from tests.uploads.test_editing_scanlines import layered

SCRIPT = """
import resource, sys, threading
limit = int(sys.argv[3])
if not sys.argv[2].startswith("part"):
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
from pathlib import Path
import psutil
from tests.uploads.recipes import angle, blackout, crop, recipe, rotate, tone
from uploads.editing import apart, pictures, proxies, render
from uploads.editing.scanlines import Scratch
from uploads.editing.steps import Rect

this, done, most = psutil.Process(), threading.Event(), 0
def resident(process):
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
def watch():
    # With every process started; each holds what it takes for far longer than the pause.
    global most
    while not done.wait(0.02):
        most = max(most, sum(map(resident, [this, *this.children(recursive=True)])))
watcher = threading.Thread(target=watch)
watcher.start()

path = Path(sys.argv[1])
data, mime = path.read_bytes(), {".jpg": "image/jpeg", ".png": "image/png"}[path.suffix]
try:
    if sys.argv[2] == "read":
        assert pictures.read(data, mime).pixels.size >= 100_000_000
    elif sys.argv[2] == "proxy":
        assert proxies.whole(data, mime=mime, orientation=6).height == 10_000
    elif sys.argv[2].startswith("part"):
        place, factor = Rect(0, 0, 1250, 1250), 8
        if sys.argv[2] == "part in full":
            place, factor = Rect(3000, 2000, 1600, 1600), 1
        scratch = Scratch(path.parent)
        made = apart.part(data, mime=mime, orientation=6, place=place, factor=factor,
            scratch=scratch, memory=limit)
        assert made.pixels.shape[:2] == (place.height, place.width)
    else:
        made = recipe(10_000, 10_000, blackout([100, 100, 900, 200]), crop(0, 0, 10_000, 10_000),
            rotate(90), angle(15), tone("brightness", 10), tone("contrast", 10), tone("gamma", 1.2),
            tone("sharpness", 50), tone("local_contrast", 50))
        result = render.full(data, made, mime=mime, orientation=6)
        assert (result.width, result.height) == (12_248, 12_248)
finally:
    done.set()
    watcher.join()
status = Path("/proc/self/status").read_text()
print(max(int(status.split("VmHWM:")[1].split()[0]) >> 10, most >> 20))
"""
MEGABYTES = 1000


def detailed() -> Image.Image:
    """A hundred megapixels that do not pack to nothing."""
    return Image.fromarray(np.tile(np.asarray(images.photo(2_500, 2_000)), (5, 4, 1)))


def flat(mode: str) -> bytes:
    """A JPEG whose coefficients are held until its last row."""
    picture = Image.new(mode, (10_000, 10_000))
    return images.saved(picture, "JPEG", progressive=True, subsampling=0)


def peak(data: bytes, suffix: str, folder: Path, work: str = "edit") -> int:
    """Megabytes held at most while the file was worked on, by all processes together.

    Not by `ru_maxrss`, which a process inherits from the one that started it.
    """
    file = folder / f"picture{suffix}"
    file.write_bytes(data)
    command = [sys.executable, "-c", SCRIPT, str(file), work, str(settings.JOBS_WORKER_MEMORY)]
    # numpy's own threads reserve address space by the number of processors.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=240, env=environment
    )
    return int(done.stdout)


def test_a_hundred_megapixels_are_edited_within_a_gigabyte(tmp_path: Path) -> None:
    """Four full layers of coefficients take eight bytes a pixel, the most there is."""
    assert peak(flat("CMYK"), ".jpg", tmp_path) < MEGABYTES


def test_a_hundred_megapixels_are_decoded_within_a_gigabyte(tmp_path: Path) -> None:
    """Three full layers are decoded in the worker itself."""
    assert peak(flat("RGB"), ".jpg", tmp_path, "read") < MEGABYTES


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
@pytest.mark.parametrize("progressive", [False, True])
def test_any_large_jpeg_is_edited_within_a_gigabyte(
    mode: str, progressive: bool, tmp_path: Path
) -> None:
    data = images.saved(
        detailed().convert(mode), "JPEG", quality=60, subsampling=0, progressive=progressive
    )
    assert peak(data, ".jpg", tmp_path) < MEGABYTES


@pytest.mark.slow
@pytest.mark.parametrize("work", ["edit", "proxy"])
@pytest.mark.parametrize("layers", [3, 4])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_large_jpeg_of_a_rare_layout_is_worked_on_within_a_gigabyte(
    work: str, layers: int, progressive: bool, tmp_path: Path
) -> None:
    """Each layer in scans of its own."""
    grey = images.saved(Image.new("L", (10_000, 10_000), 77), "JPEG", progressive=progressive)
    assert peak(layered(grey, layers, 0x22), ".jpg", tmp_path, work) < MEGABYTES


def test_a_part_is_made_from_a_file_of_inks_within_a_gigabyte(tmp_path: Path) -> None:
    assert peak(flat("CMYK"), ".jpg", tmp_path, "part") < MEGABYTES


@pytest.mark.slow
@pytest.mark.parametrize("work", ["part", "part in full"])
@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_part_of_any_large_jpeg_is_made_within_a_gigabyte(
    work: str, mode: str, progressive: bool, tmp_path: Path
) -> None:
    picture = detailed().convert(mode)
    data = images.saved(picture, "JPEG", quality=60, subsampling=0, progressive=progressive)
    assert peak(data, ".jpg", tmp_path, work) < MEGABYTES


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
@pytest.mark.parametrize("lace", [0, 1])
@pytest.mark.parametrize("colour", [2, 4, 6])
def test_a_large_png_of_16_bits_is_edited_within_a_gigabyte(
    colour: int, lace: int, tmp_path: Path
) -> None:
    data = images.flat_png(10_000, 10_000, 16, colour, lace)
    assert peak(data, ".png", tmp_path) < MEGABYTES


@pytest.mark.slow
@pytest.mark.parametrize("colour", [0, 2, 3])
def test_a_large_png_with_a_transparent_colour_is_edited_within_a_gigabyte(
    colour: int, tmp_path: Path
) -> None:
    clear = {0: bytes(2), 2: bytes(6), 3: bytes(range(256))}[colour]
    more = [images.chunk(b"PLTE", bytes(range(256)) * 3)] if colour == 3 else []
    plain = images.flat_png(10_000, 10_000, 8, colour, 1)
    data = images.with_chunks(plain, *more, images.chunk(b"tRNS", clear))
    assert peak(data, ".png", tmp_path) < MEGABYTES

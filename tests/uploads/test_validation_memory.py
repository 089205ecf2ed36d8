"""Large pictures in a process of their own, its address space limited."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests import images

SCRIPT = """
import resource, sys
limit = int(sys.argv[2]) << 20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
from pathlib import Path
from tests.uploads.core import verdict
data = Path(sys.argv[1]).read_bytes()
try:
    print(verdict(data))
except MemoryError:
    print("ours")
"""


def verdict_within(megabytes: int, data: bytes, folder: Path) -> str:
    file = folder / "picture"
    file.write_bytes(data)
    command = [sys.executable, "-c", SCRIPT, str(file), str(megabytes)]
    # numpy's own threads reserve address space by the number of processors.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=120, env=environment
    )
    return done.stdout.strip()


@pytest.mark.parametrize(("depth", "colour"), [(8, 2), (8, 6), (16, 6)])
def test_a_49_megapixel_png_is_taken_within_memory(depth: int, colour: int, tmp_path: Path) -> None:
    data = images.flat_png(7_000, 7_000, depth, colour)
    assert verdict_within(1536, data, tmp_path) == "accept"


def test_the_hungriest_file_within_the_limit_stays_below_a_gigabyte(tmp_path: Path) -> None:
    flat = Image.new("CMYK", (10_000, 10_000))
    data = images.saved(flat, "JPEG", progressive=True)
    assert verdict_within(1024, data, tmp_path) == "accept"


def test_an_unusual_layout_costs_no_more_memory(tmp_path: Path) -> None:
    assert verdict_within(300, images.oddly_sampled_jpeg(8_000), tmp_path) == "accept"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_lack_of_memory_is_never_the_fault_of_the_file(kind: str, tmp_path: Path) -> None:
    options = {"progressive": True} if kind == "JPEG" else {}
    data = images.saved(Image.new("RGB", (8_000, 8_000)), kind, **options)
    assert verdict_within(300, data, tmp_path) == "ours"

"""Proxies made in a process of their own: what is told, and how it fails."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests import images
from uploads.editing import apart, children, proxies
from uploads.editing.children import Failed
from uploads.editing.scanlines import Scratch
from uploads.editing.steps import Rect

ENOUGH = 1 << 30
SMALL = images.jpeg(90, 60)
part = partial(apart.part, mime="image/jpeg", orientation=6, place=Rect(0, 0, 9, 9), factor=2)


def test_it_is_the_one_that_would_be_made_here(tmp_path: Path) -> None:
    place = Rect(3, 2, 10, 12)
    options = {"mime": "image/jpeg", "orientation": 6, "place": place, "factor": 3}
    made = apart.part(SMALL, scratch=Scratch(tmp_path, 5), memory=ENOUGH, **options)  # type: ignore[arg-type]
    here = proxies.part(SMALL, **options)  # type: ignore[arg-type]
    assert np.array_equal(made.pixels, here.pixels)
    assert (made.place, made.whole) == (place, here.whole)
    whole = apart.whole(SMALL, mime="image/jpeg", orientation=6, memory=ENOUGH)
    assert (whole.width, whole.height) == (60, 90)


def test_what_it_has_to_say_is_in_our_log(caplog: pytest.LogCaptureFixture) -> None:
    inks = images.saved(Image.new("CMYK", (7_100, 7_100)), "JPEG", progressive=True)
    nowhere = Scratch(spared=1 << 62)
    assert part(inks, scratch=nowhere).pixels.shape == (9, 9, 3)
    told = "a large JPEG had to be decoded in memory: no room on the disk"
    assert caplog.messages == [f"apart: {told}"]
    with pytest.raises(MemoryError):
        part(inks, scratch=nowhere, memory=250_000_000)
    assert caplog.messages[1:] == [f"apart ended early: {told}; MemoryError; no memory"]


def test_a_broken_original_fails_with_its_reason_and_nothing_else(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Failed, match=r"^Refused$"):
        part(images.png())
    assert caplog.messages == ["a preview could not be made: Refused"]
    assert capfd.readouterr() == ("", "")


def test_it_has_so_much_memory_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    large = images.saved(Image.new("RGB", (10_000, 10_000)), "JPEG")
    assert part(large, memory=ENOUGH).height == 10_000
    assert caplog.messages == []
    with pytest.raises(MemoryError):
        part(large, memory=300_000_000)
    assert caplog.messages == ["apart ended early: MemoryError; no memory"]


def test_an_orphan_ends_at_once() -> None:
    command = [sys.executable, "-m", "uploads.editing.apart", "1", "0", "image/jpeg", "1"]
    assert subprocess.run(command, cwd=children.ROOT, check=False).returncode == -9

"""Large JPEGs that go through a file end as the same pixels as those that Pillow holds."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
import simplejpeg
from PIL import Image, _imaging

from tests import images
from tests.live.waiting import wait_until
from tests.uploads.recipes import Pixels, recipe
from tests.uploads.test_editing_modes import cmyk_profile
from uploads.editing import pictures, render, scanlines
from uploads.privacy import jpeg
from uploads.refusals import Refused

ADOBE = b"Adobe\x00\x64\x00\x00\x00\x00"


def inks(width: int = 97, height: int = 61) -> Image.Image:
    """Four different layers."""
    colours = images.photo(width, height).split()
    return Image.merge("CMYK", (*colours, images.photo(width, height, seed=1).convert("L")))


def progressive(width: int = 97, height: int = 61, **options: object) -> bytes:
    options = {"quality": 85, "progressive": True, "subsampling": 0, **options}
    return images.saved(inks(width, height), "JPEG", **options)


def rewritten(data: bytes, change: Callable[[jpeg.Segment], Iterable[jpeg.Segment]]) -> bytes:
    parts = [jpeg.SOI]
    for old in jpeg.segments(data):
        for segment in change(old):
            parts += [images.segment(segment.marker, segment.body), bytes(segment.scan)]
    return b"".join(parts[:-2]) + images.EOI


def without_adobe(data: bytes) -> bytes:
    return rewritten(data, lambda segment: [] if segment.marker == 0xEE else [segment])


def with_transform(number: int, data: bytes) -> bytes:
    marker = images.segment(0xEE, ADOBE + bytes([number]))
    return images.with_segments(without_adobe(data), marker)


def ycck() -> bytes:
    """Two colours at a quarter of the resolution, light and black in full."""
    data: bytes = simplejpeg.encode_jpeg(np.asarray(inks()).copy(), 85, "CMYK", "420")
    return data


def layered(grey: bytes, layers: int, sampling: int) -> bytes:
    """Every scan of a grey JPEG once for each layer: a sampling that TurboJPEG does not lay out."""

    def change(segment: jpeg.Segment) -> Iterable[jpeg.Segment]:
        if segment.marker == 0xE0:
            return []
        if segment.marker in {0xC0, 0xC2}:
            each = b"".join(bytes([number, sampling, 0]) for number in range(layers))
            return [jpeg.Segment(segment.marker, segment.body[:5] + bytes([layers]) + each)]
        if segment.marker == 0xDA:
            heads = (bytes([1, number]) + segment.body[2:] for number in range(layers))
            return [jpeg.Segment(0xDA, head, segment.scan) for head in heads]
        return [segment]

    return rewritten(grey, change)


GREY = images.jpeg(97, 61, mode="L")
GREY_SCANS = images.jpeg(97, 61, mode="L", progressive=True)
FILES: dict[str, Callable[[], bytes]] = {
    "CMYK": progressive,
    "CMYK without a marker": lambda: without_adobe(progressive()),
    "CMYK of one pixel": partial(progressive, 1, 1),
    "CMYK with restarts": partial(progressive, restart_marker_blocks=3),
    "CMYK with a profile": partial(progressive, icc_profile=cmyk_profile()),
    "CMYK with coarse colours": partial(progressive, subsampling=2),
    "YCCK": lambda: with_transform(2, progressive()),
    "YCCK with coarse layers": lambda: with_transform(2, progressive(subsampling=1)),
    "YCCK in one scan": ycck,
    "transform unknown": lambda: with_transform(9, progressive()),
    "CMYK in one scan": partial(progressive, progressive=False),
    "CMYK in four scans": partial(layered, GREY, 4, 0x11),
    "CMYK, wide blocks": partial(layered, GREY_SCANS, 4, 0x41),
    "RGB, large blocks": partial(layered, GREY_SCANS, 3, 0x22),
    "RGB, colour finer than light": partial(images.oddly_sampled_jpeg, 80),
    "damaged": lambda: images.zeroed(progressive(300, 200), 40),
    "cut short, with an end": lambda: images.truncated_with_end(progressive(300, 200)),
}


def by_scanlines(data: bytes, scratch: Path | None = None) -> Pixels | None:
    return pictures._by_scanlines(data, pictures._opened(data, "image/jpeg"), scratch)


def spilled(data: bytes) -> Pixels:
    pixels = by_scanlines(data)
    assert pixels is not None
    return pixels


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_LARGE", 1)


def held(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Pixels:
    """As Pillow decodes it in memory."""
    with monkeypatch.context() as patch:
        patch.setattr(pictures, "_LARGE", 1 << 30)
        return pictures.read(data, "image/jpeg").pixels


@pytest.mark.parametrize("kind", FILES)
def test_the_pixels_are_those_of_pillow(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = FILES[kind]()
    assert pictures._by_turbo(data, pictures._opened(data, "image/jpeg")) is None
    assert np.array_equal(spilled(data), held(data, monkeypatch))


@pytest.mark.parametrize("seed", range(12))
def test_damage_ends_as_it_does_with_pillow(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = images.mutant(progressive(), seed)

    def outcome(read: Callable[[], Pixels]) -> Pixels:
        try:
            return read()
        except Refused:
            return np.empty(0, np.uint8)

    wanted = outcome(lambda: held(data, monkeypatch))
    found = outcome(lambda: pictures.read(data, "image/jpeg").pixels)
    assert np.array_equal(wanted, found)


def test_the_strips_of_a_file_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = progressive()
    whole = spilled(data)
    monkeypatch.setattr(pictures, "_BAND", 500)
    assert np.array_equal(spilled(data), whole)


def test_a_file_without_its_end_is_corrupt() -> None:
    data = images.truncated(progressive(300, 200))
    assert by_scanlines(data) is None
    with pytest.raises(Refused, match="corrupt"):
        pictures.read(data, "image/jpeg")


def test_the_file_lies_where_it_is_told_and_is_gone_afterwards(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        by_scanlines(progressive(), tmp_path / "missing")
    made, data = recipe(97, 61), progressive()
    done = render.full(data, made, mime="image/jpeg", orientation=1, scratch=tmp_path)
    assert (done.width, done.height) == (97, 61)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("size", "channels", "library"),
    [
        ((97, 60), 4, None),
        ((96, 61), 4, None),
        ((97, 61), 3, None),
        ((97, 61), 4, "libm.so.6"),
        ((97, 61), 4, "/nowhere"),
    ],
)
def test_what_is_not_as_expected_is_left_to_pillow(
    size: tuple[int, int], channels: int, library: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    named = library or _imaging.__file__
    with scanlines.decoded(progressive(), size, channels, library=named, scratch=None) as file:
        assert file is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_small_pictures_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_LARGE", 97 * 61 + 1)
    assert by_scanlines(progressive(), tmp_path / "missing") is None


KILLED = """
import sys
from pathlib import Path
from PIL import _imaging
from uploads.editing import scanlines
data = Path(sys.argv[1]).read_bytes()
with scanlines.decoded(data, (10_000, 10_000), 4, library=_imaging.__file__, scratch=None):
    pass
"""


def test_the_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    """Stopped, it could not end by itself."""
    file = tmp_path / "large.jpg"
    flat = Image.new("CMYK", (10_000, 10_000))
    file.write_bytes(images.saved(flat, "JPEG", progressive=True))
    parent = psutil.Popen([sys.executable, "-c", KILLED, str(file)])
    wait_until(lambda: any(map(holds_much, parent.children())))
    (child,) = parent.children()
    child.suspend()
    parent.kill()
    parent.wait()
    try:
        wait_until(lambda: has_ended(child))
    finally:
        if child.is_running():
            child.kill()


def holds_much(process: psutil.Process) -> bool:
    with process.oneshot():
        return bool(process.memory_info().rss > 100_000_000)


def has_ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True

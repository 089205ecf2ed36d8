"""Large JPEGs that go through a file end as the same pixels as those that Pillow holds."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import simplejpeg
from PIL import Image, _imaging

from tests import images
from tests.live.waiting import wait_until
from tests.uploads.recipes import Pixels, recipe
from tests.uploads.test_editing_modes import cmyk_profile
from uploads.editing import children, pictures, render
from uploads.editing.children import Failed
from uploads.editing.scanlines import Scratch
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


def spilled(data: bytes, scratch: Scratch | None = None) -> Pixels:
    opened = pictures._opened(data, "image/jpeg")
    return pictures._by_scanlines(data, opened, scratch or Scratch())


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


def test_a_file_without_its_end_is_corrupt_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = images.truncated(progressive(300, 200))
    with pytest.raises(Failed, match="the end is missing"):
        spilled(data)
    with pytest.raises(Refused, match="corrupt"):
        pictures.read(data, "image/jpeg")
    assert caplog.messages == []


def test_the_file_lies_where_it_is_told_and_is_gone_afterwards(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Failed, match="No such file"):
        spilled(progressive(), Scratch(tmp_path / "missing"))
    made, data = recipe(97, 61), progressive()
    done = render.full(data, made, mime="image/jpeg", orientation=1, scratch=Scratch(tmp_path))
    assert (done.width, done.height) == (97, 61)
    assert not list(tmp_path.iterdir())
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("size", "channels", "library", "reason"),
    [
        ((97, 60), 4, None, "the rows are not those expected"),
        ((96, 61), 4, None, "the rows are not those expected"),
        ((97, 61), 3, None, "the rows are not those expected"),
        ((97, 61), 4, "libm.so.6", "AttributeError$"),
        ((97, 61), 4, "/nowhere", "OSError$"),
    ],
)
def test_what_is_not_as_expected_has_a_reason(
    size: tuple[int, int], channels: int, library: str | None, reason: str
) -> None:
    with pytest.raises(Failed, match=f"^{reason}"):
        decode(progressive(), *size, channels, library=library or _imaging.__file__)


def test_what_the_library_does_not_like_is_said_in_its_words() -> None:
    with pytest.raises(Failed, match=r"^Not a JPEG file: starts with 0x89 0x50$"):
        decode(images.png(), 97, 61, 4)


def decode(data: bytes, *numbers: int, library: str = _imaging.__file__, **more: Any) -> bytes:
    return children.run("uploads.editing.scanlines", library, *numbers, data=data, **more)


# Trouble


def without_room(_folder: Path) -> Scratch:
    return Scratch(spared=1 << 62)


def without_folder(folder: Path) -> Scratch:
    return Scratch(folder / "missing")


@pytest.mark.parametrize(
    ("scratch", "reason"),
    [(without_room, "no room on the disk"), (without_folder, "FileNotFoundError")],
)
def test_without_a_file_it_is_decoded_in_memory_and_said(
    scratch: Callable[[Path], Scratch],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = progressive()
    found = pictures.read(data, "image/jpeg", scratch(tmp_path)).pixels
    assert np.array_equal(found, held(data, monkeypatch))
    (line,) = caplog.messages
    assert line.startswith(f"a large JPEG had to be decoded in memory: {reason}")
    assert str(tmp_path) not in line


@pytest.fixture
def short_files() -> Iterator[None]:
    """No file may be longer than a page, as on a disk that is full by then."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("short_files")
def test_a_file_that_cannot_be_written_to_its_end_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    data = progressive()
    found = pictures.read(data, "image/jpeg", Scratch(tmp_path)).pixels
    assert np.array_equal(found, held(data, monkeypatch))
    assert "decoded in memory: OSError (File too large)" in caplog.text
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_the_reason() -> None:
    with Path("/dev/full").open("wb") as full, pytest.raises(Failed, match="No space left"):
        decode(progressive(), 97, 61, 4, out=full)


def test_a_lack_of_memory_is_no_fault_of_the_file() -> None:
    with pytest.raises(MemoryError):
        decode(large(), 10_000, 10_000, 4, memory=300_000_000)


def test_what_was_killed_is_not_repeated_here(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever killed it would have this process next."""
    data, ended = large(), []

    def read() -> None:
        with pytest.raises(MemoryError):
            pictures.read(data, "image/jpeg")
        ended.append(True)

    reader = threading.Thread(target=read)
    reader.start()
    wait_until(lambda: decoders(os.getpid()), every=0.001)[0].kill()
    reader.join()
    assert ended == [True]
    assert caplog.messages == ["scanlines ended early: killed by signal 9"]


def test_an_orphan_ends_at_once() -> None:
    command = [sys.executable, "-m", "uploads.editing.scanlines", "1", "0", "/nowhere"]
    assert subprocess.run(command, cwd=children.ROOT, check=False).returncode == -9


def test_a_traceback_stays_where_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Failed, match=r"^scanlines ended with code 1$"):
        children.run("uploads.editing.scanlines", data=b"")
    assert capfd.readouterr() == ("", "")


def test_small_pictures_need_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pictures, "_LARGE", 97 * 61 + 1)
    pictures.read(progressive(), "image/jpeg", Scratch(tmp_path / "missing"))
    assert caplog.messages == []


KILLED = """
import sys
from pathlib import Path
from PIL import _imaging
from uploads.editing import children
data = Path(sys.argv[1]).read_bytes()
children.run("uploads.editing.scanlines", _imaging.__file__, 10_000, 10_000, 4, data=data)
"""


def test_the_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    """Stopped, it could not end by itself."""
    file = tmp_path / "large.jpg"
    file.write_bytes(large())
    parent = psutil.Popen([sys.executable, "-c", KILLED, str(file)])
    (child,) = wait_until(lambda: decoders(parent.pid), every=0.001)
    child.suspend()
    parent.kill()
    parent.wait()
    try:
        wait_until(lambda: has_ended(child))
    finally:
        if child.is_running():
            child.kill()


@cache
def large() -> bytes:
    """Four hundred megabytes of pixels, and more of coefficients."""
    return images.saved(Image.new("CMYK", (10_000, 10_000)), "JPEG", progressive=True)


def decoders(parent: int) -> list[psutil.Process]:
    """Those at work, of a process that may have other children too."""
    return [child for child in psutil.Process(parent).children() if decodes(child)]


def decodes(process: psutil.Process) -> bool:
    try:
        is_one = "uploads.editing.scanlines" in process.cmdline()
        return is_one and bool(process.memory_info().rss > 100_000_000)
    except psutil.NoSuchProcess:
        return False


def has_ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True

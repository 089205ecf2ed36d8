"""Decodes a large JPEG row by row into a file, in a process of its own.

libjpeg holds the coefficients of a progressive picture until its last row, eight bytes a pixel
at worst, and Pillow four more for the pixels. Here the pixels go to a file, which is read when
the coefficients are gone. The library is the one that Pillow has loaded, so they are the same.

`python -m uploads.editing.scanlines LIBRARY WIDTH HEIGHT CHANNELS` reads a JPEG and writes its
rows. Whatever the library does not like ends the process: its faults must not return.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

log = logging.getLogger(__name__)
ROOT: Final = Path(__file__).resolve().parent.parent.parent
# Of the interface, as libjpeg-turbo has it unless it was built otherwise. The library compares
# it, and the size of the structure below, with its own before it does anything.
_VERSION: Final = 62
_SET_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG


@contextmanager
def decoded(
    data: bytes, size: tuple[int, int], channels: int, *, library: str, scratch: Path | None
) -> Iterator[IO[bytes] | None]:
    """A file of width times height pixels, `channels` bytes each, as libjpeg gives them; or None.

    None is no verdict on the picture: decode it otherwise. `library` is any that is linked with
    libjpeg; the file lies in `scratch`, without a name.
    """
    numbers = map(str, (*size, channels))
    command = [sys.executable, "-m", "uploads.editing.scanlines", library, *numbers]
    with tempfile.TemporaryFile(dir=scratch) as file:
        done = subprocess.run(command, input=data, stdout=file, check=False, cwd=ROOT, env={})
        if done.returncode:
            log.warning("a large JPEG is decoded in memory (code %d)", done.returncode)
        file.seek(0)
        yield None if done.returncode else file


# In the process


_Callback: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_refuse: Final = _Callback(lambda _: os._exit(1))


class _Errors(ctypes.Structure):
    """jpeg_error_mgr and some room."""

    _fields_ = [("error_exit", _Callback), ("others", ctypes.c_char * 504)]


class _Source(ctypes.Structure):
    """The beginning of jpeg_source_mgr."""

    _fields_ = [
        ("next_input_byte", ctypes.c_void_p),
        ("bytes_in_buffer", ctypes.c_size_t),
        ("init_source", ctypes.c_void_p),
        ("fill_input_buffer", _Callback),
    ]


class _Jpeg(ctypes.Structure):
    """jpeg_decompress_struct where pointers have 64 bits."""

    _fields_ = [
        ("err", ctypes.POINTER(_Errors)),
        ("mem_to_client_data", ctypes.c_void_p * 3),
        ("states", ctypes.c_int * 2),
        ("src", ctypes.POINTER(_Source)),
        ("image_width_to_enable_2pass_quant", ctypes.c_int * 22),
        ("output_width", ctypes.c_uint),
        ("output_height", ctypes.c_uint),
        ("out_color_components", ctypes.c_int),
        ("output_components", ctypes.c_int),
        ("others", ctypes.c_void_p * 60),
    ]


def main(library: str, *numbers: str) -> None:
    _die_with_parent()
    width, height, channels = map(int, numbers)
    _decode(ctypes.CDLL(library), sys.stdin.buffer.read(), width, height, channels)
    sys.stdout.buffer.flush()


def _die_with_parent() -> None:
    # Whoever killed a worker for its memory means this one as well.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def _decode(lib: ctypes.CDLL, data: bytes, width: int, height: int, channels: int) -> None:
    errors, jpeg = _Errors(), _Jpeg()
    lib.jpeg_std_error(ctypes.byref(errors))
    errors.error_exit = _refuse
    jpeg.err = ctypes.pointer(errors)
    this = ctypes.byref(jpeg)
    lib.jpeg_CreateDecompress(this, _VERSION, ctypes.c_size_t(ctypes.sizeof(jpeg)))
    lib.jpeg_mem_src(this, data, ctypes.c_ulong(len(data)))
    # Otherwise what is missing at the end would be made up.
    jpeg.src.contents.fill_input_buffer = _refuse
    lib.jpeg_read_header(this, 1)
    lib.jpeg_calc_output_dimensions(this)
    found = jpeg.output_width, jpeg.output_height, jpeg.output_components
    if found != (width, height, channels):
        sys.exit(f"The rows are not those expected: {found}.")
    lib.jpeg_start_decompress(this)
    row = ctypes.create_string_buffer(width * channels)
    rows = (ctypes.c_void_p * 1)(ctypes.addressof(row))
    for _ in range(height):
        if lib.jpeg_read_scanlines(this, rows, 1) != 1:
            sys.exit("A row is missing.")
        sys.stdout.buffer.write(row)


if __name__ == "__main__":
    main(*sys.argv[1:])

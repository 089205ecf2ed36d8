"""Decodes a large JPEG row by row into a file, in a process of its own.

libjpeg holds the coefficients of a progressive picture until its last row, eight bytes a pixel
at worst, and Pillow four more for the pixels. Here the pixels go to a file, which is read when
the coefficients are gone. The library is the one that Pillow has loaded, so they are the same.

`python -m uploads.editing.scanlines PARENT MEMORY LIBRARY WIDTH HEIGHT CHANNELS` reads a JPEG and
writes its rows. Whatever the library does not like ends the process: its faults must not return.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from uploads.editing import children
from uploads.editing.children import Failed

# Of the interface, as libjpeg-turbo has it unless it was built otherwise. The library compares
# it, and the size of the structure below, with its own before it does anything.
_VERSION: Final = 62
_LONGEST: Final = 200  # JMSG_LENGTH_MAX


@dataclass(frozen=True, slots=True)
class Scratch:
    """Where a large file may lie for a moment, and how many bytes of the disk it must spare."""

    folder: Path | None = None  # of the system
    spared: int = 0

    def file(self, size: int) -> IO[bytes]:
        """One without a name, with room for `size` bytes. Raises Failed."""
        try:
            folder = self.folder or Path(tempfile.gettempdir())
            if shutil.disk_usage(folder).free < size + self.spared:
                raise Failed("no room on the disk")
            return tempfile.TemporaryFile(dir=folder)
        except OSError as error:
            raise Failed(children.described(error)) from error


@contextmanager
def decoded(
    data: bytes, size: tuple[int, int], channels: int, *, library: str, scratch: Scratch
) -> Iterator[IO[bytes]]:
    """A file of width times height pixels, `channels` bytes each, as libjpeg gives them.

    `library` is any that is linked with libjpeg. Raises Failed, which is no verdict on the
    picture: decode it otherwise; and MemoryError.
    """
    with scratch.file(size[0] * size[1] * channels) as file:
        children.run("uploads.editing.scanlines", library, *size, channels, data=data, out=file)
        file.seek(0)
        yield file


# In the process


_Callback: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_Format: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)


class _Errors(ctypes.Structure):
    """jpeg_error_mgr and some room."""

    _fields_ = [
        ("error_exit", _Callback),
        ("emit_message", ctypes.c_void_p),
        ("output_message", ctypes.c_void_p),
        ("format_message", _Format),
        ("others", ctypes.c_char * 480),
    ]


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


def main(parent: str, memory: str, library: str, *numbers: str) -> None:
    children.begin(parent, memory)
    width, height, channels = map(int, numbers)
    _decode(ctypes.CDLL(library), sys.stdin.buffer.read(), width, height, channels)
    sys.stdout.buffer.flush()


def _decode(lib: ctypes.CDLL, data: bytes, width: int, height: int, channels: int) -> None:
    errors, jpeg = _Errors(), _Jpeg()
    text = ctypes.create_string_buffer(_LONGEST)

    def refuse(about: int) -> None:
        try:
            errors.format_message(about, text)
            reason = text.value.decode("ascii", "replace")
            children.end(reason, lacks_memory="nsufficient memory" in reason)
        finally:
            os._exit(1)

    def refuse_end(_about: int) -> None:
        children.end("the end is missing")

    refused, end_refused = _Callback(refuse), _Callback(refuse_end)
    lib.jpeg_std_error(ctypes.byref(errors))
    errors.error_exit = refused
    jpeg.err = ctypes.pointer(errors)
    this = ctypes.byref(jpeg)
    lib.jpeg_CreateDecompress(this, _VERSION, ctypes.c_size_t(ctypes.sizeof(jpeg)))
    lib.jpeg_mem_src(this, data, ctypes.c_ulong(len(data)))
    # Otherwise what is missing at the end would be made up.
    jpeg.src.contents.fill_input_buffer = end_refused
    lib.jpeg_read_header(this, 1)
    lib.jpeg_calc_output_dimensions(this)
    found = jpeg.output_width, jpeg.output_height, jpeg.output_components
    if found != (width, height, channels):
        children.end(f"the rows are not those expected: {found}")
    lib.jpeg_start_decompress(this)
    row = ctypes.create_string_buffer(width * channels)
    rows = (ctypes.c_void_p * 1)(ctypes.addressof(row))
    for _ in range(height):
        if lib.jpeg_read_scanlines(this, rows, 1) != 1:
            children.end("a row is missing")
        sys.stdout.buffer.write(row)


if __name__ == "__main__":
    main(*sys.argv[1:])

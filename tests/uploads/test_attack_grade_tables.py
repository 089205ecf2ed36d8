"""Tables of grades made to break, fill or hold up the server that reads them."""

from __future__ import annotations

import bz2
import tracemalloc
import zipfile
from io import BytesIO
from time import monotonic

import pytest
from django.test import Client

from tests.uploads.test_grade_import import client, faults, image, preview, send
from tests.uploads.test_grade_sheets import complaint, rewritten, xlsx
from tests.uploads.test_grading import scale
from uploads.grading.sheets import MEGABYTE
from uploads.models import FundusImage

__all__ = ["client", "image", "scale"]
SHEET = "xl/worksheets/sheet1.xml"
NUL = "filename,grade,note\neye-1.jpg,1,a\0b\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_character_that_databases_cannot_keep_is_refused_in_any_encoding(encoding: str) -> None:
    assert "neither CSV text nor an Excel file" in complaint(NUL.encode(encoding))


def test_such_a_table_is_refused_by_the_page(client: Client, image: FundusImage) -> None:
    assert send(client, NUL.encode("utf-8-sig")).status_code == 422


@pytest.mark.parametrize("encoding", ["nonsense", "rot13"])
def test_an_encoding_nobody_knows_is_told(encoding: str) -> None:
    def planted(content: bytes) -> bytes:
        return f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + content

    broken = rewritten(xlsx(["filename", "grade"], ["a.jpg", 1]), SHEET, planted)
    assert "cannot be read" in complaint(broken)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_nothing_in_a_workbook_stands_for_something_longer(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")

    def planted(content: bytes) -> bytes:
        text = content.decode().replace(">a.jpg<", ">&a;<")
        return mark + f"<!DOCTYPE worksheet [<!ENTITY a 'x'>]>{text}".encode(encoding)

    packed = rewritten(xlsx(["filename", "grade"], ["a.jpg", 1]), SHEET, planted)
    assert "cannot be read" in complaint(packed)


def packed_otherwise(data: bytes, part: str, content: bytes) -> bytes:
    """The package with a part that announces one byte and unpacks to all of `content`."""
    plain = rewritten(data, part, lambda _: b"PACKED")
    output = BytesIO()
    with zipfile.ZipFile(BytesIO(plain)) as old, zipfile.ZipFile(output, "w") as new:
        for name in old.namelist():
            new.writestr(name, bz2.compress(content) if name == part else old.read(name))
        info = new.getinfo(part)
        info.compress_type, info.file_size = zipfile.ZIP_BZIP2, 1
        header = info.header_offset
    packed = bytearray(output.getvalue())
    packed[header + 8 : header + 10] = zipfile.ZIP_BZIP2.to_bytes(2, "little")
    return bytes(packed)


def test_packing_of_which_nobody_knows_the_size_is_not_unpacked() -> None:
    content = bytes(64 * MEGABYTE)
    bomb = packed_otherwise(xlsx(["filename", "grade"]), "xl/workbook.xml", content)
    tracemalloc.start()
    try:
        assert "cannot be read" in complaint(bomb)
        assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_grade_of_many_accents_takes_no_time(client: Client, image: FundusImage) -> None:
    start = monotonic()
    page = preview(client, "eye-1.jpg," + "\u0300" * 50_000 + "\u0327" * 50_000)
    assert [kind for _row, kind, _detail in faults(page)] == ["bad_grade"]
    assert monotonic() - start < 5

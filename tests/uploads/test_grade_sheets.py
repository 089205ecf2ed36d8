"""Tables of grades: what is read, what is refused and how that is told."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from uploads.grading.sheets import MAX_ROWS, Row, Unreadable, read

PLAIN = "filename,grade\neye.jpg,2\n"


def xlsx(*rows: Sequence[Any], at: dict[str, Any] | None = None) -> bytes:
    """A workbook of these rows, and cells at further places."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    for place, value in (at or {}).items():
        sheet[place] = value
    output = BytesIO()
    book.save(output)
    return output.getvalue()


def rewritten(data: bytes, part: str, change: Any) -> bytes:
    """The package with one part changed."""
    output = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[part] = change(parts.get(part, b""))
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return output.getvalue()


def complaint(data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read(data)
    return str(caught.value)


# --- CSV -------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_usual_encodings_and_delimiters_are_read(delimiter: str, encoding: str) -> None:
    lines = [["Filename", "GRADE", "note"], ["œil-droit.jpg", "2", "à revoir"]]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    sheet = read(text.encode(encoding))
    assert sheet.rows == [Row(2, "œil-droit.jpg", "2", "à revoir")]
    assert bool(sheet.remarks) is (encoding == "cp1252")


def test_columns_stand_in_any_order_and_others_are_left_out() -> None:
    sheet = read(b"Note, Grade ,reader,FILENAME\n,1,bob,a.jpg\n")
    assert sheet.rows == [Row(2, "a.jpg", "1")]
    assert sheet.remarks == ["Columns that were left out: reader"]


def test_rows_are_numbered_as_spreadsheets_do() -> None:
    text = 'sep=;\nfilename;grade;note\n\na.jpg;1;"two\nlines"\n;;\nb.jpg;2;\n'
    assert [(row.number, row.filename) for row in read(text.encode()).rows] == [
        (4, "a.jpg"),
        (6, "b.jpg"),
    ]


def test_cells_keep_what_separates_other_cells() -> None:
    assert read(b'filename,grade,note\n"a,b.jpg",1,"x; ""y"""\n').rows == [
        Row(2, "a,b.jpg", "1", 'x; "y"')
    ]


def test_cells_that_are_empty_are_left_to_whoever_matches() -> None:
    assert read(b"filename,grade\na.jpg\n,2\n").rows == [Row(2, "a.jpg", ""), Row(3, "", "2")]


# --- XLSX ------------------------------------------------------------------------------------


def test_numbers_are_read_as_people_see_them() -> None:
    rows: list[list[Any]] = [
        ["filename", "grade", "note"],
        [1001, 2.0, 0.5],
        [1001.0, "2.0", date(2026, 3, 1)],
    ]
    assert read(xlsx(*rows)).rows == [
        Row(2, "1001", "2", "0.5"),
        Row(3, "1001", "2.0", "2026-03-01"),
    ]


def test_a_grade_of_zero_is_a_grade() -> None:
    assert read(xlsx(["grade", "filename"], [0, None], [0, "a.jpg"])).rows == [
        Row(2, "", "0"),
        Row(3, "a.jpg", "0"),
    ]


def test_a_table_may_begin_further_down_and_have_gaps() -> None:
    data = xlsx(at={"B3": "filename", "C3": "grade", "B5": "a.jpg", "C5": "1"})
    assert read(data).rows == [Row(5, "a.jpg", "1")]


def test_one_cell_far_away_costs_little() -> None:
    data = xlsx(["filename", "grade"], ["a.jpg", 1], at={"XFD1048576": "x"})
    assert read(data).rows == [Row(2, "a.jpg", "1")]


def test_a_row_far_away_is_not_overlooked() -> None:
    data = xlsx(["filename", "grade"], at={"A20000": "a.jpg", "B20000": 1})
    assert read(data).rows == [Row(20000, "a.jpg", "1")]


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "other.xml"]
)
def test_what_unpacks_to_too_much_is_not_unpacked(part: str) -> None:
    bomb = rewritten(xlsx(["filename", "grade"]), part, lambda content: content + b" " * 2**24)
    assert len(bomb) < 100_000
    assert "unpacks to more than it may" in complaint(bomb)


def test_entities_do_not_multiply() -> None:
    start = b"<!DOCTYPE worksheet [<!ENTITY a '" + b"ha" * 50_000 + b"'>]>"

    def planted(content: bytes) -> bytes:
        return start + content.replace(b">filename<", b">" + b"&a;" * 9000 + b"<")

    bomb = rewritten(xlsx(["filename", "grade"]), "xl/worksheets/sheet1.xml", planted)
    assert "cannot be read" in complaint(bomb)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize("change", [lambda content: content[:80], lambda _: b"<a/>"])
def test_broken_workbooks_are_told(part: str, change: Any) -> None:
    broken = rewritten(xlsx(["filename", "grade"], ["a.jpg", 1]), part, change)
    assert complaint(broken)


def test_a_package_cut_off_is_told() -> None:
    assert "cannot be read" in complaint(xlsx(["filename", "grade"])[:900])


# --- Refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"filename,grade\n", "no row below the header"),
        (b"name,grade\na.jpg,2\n", "Missing: filename. Found: name, grade"),
        (b"filename;filename;grade\na;b;2\n", "The column filename is there twice"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old Excel file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(600), "neither CSV text nor an Excel file"),
        (PLAIN.encode() + b"\x81\x8d,2\n", "neither CSV text nor an Excel file"),
        (PLAIN.encode() + b'"' + b"x" * 200_000, "Row 3 cannot be read"),
        (PLAIN.encode() * 90_000, "may have up to 2 MB"),
    ],
)
def test_what_cannot_be_read_is_told(data: bytes, words: str) -> None:
    assert words in complaint(data)


def test_rows_are_limited() -> None:
    line = "eye.jpg,2\n"
    assert len(read(f"filename,grade\n{line * MAX_ROWS}".encode()).rows) == MAX_ROWS
    assert "more than 5,000 rows" in complaint(f"filename,grade\n{line * (MAX_ROWS + 1)}".encode())

"""Tables of grades as people send them: CSV in the usual encodings, and XLSX.

Pure: bytes become rows or a sentence that says what to do.
"""

from __future__ import annotations

import codecs
import csv
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO, StringIO
from typing import Any
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from openpyxl import load_workbook

MEGABYTE = 1024 * 1024
MAX_MEGABYTES = 2
MAX_ROWS = 5000
# Of an XLSX unpacked, in all and of what only says how it looks: openpyxl takes 1 s for 1 MB of it.
MAX_UNPACKED, MAX_STYLES = 8 * MEGABYTE, MEGABYTE
MAX_PARTS = 500
MAX_COLUMNS = 50
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Also as UTF-16 has it, whichever byte comes first.
_DEFINITIONS = (b"<!DOCTYPE", "<!DOCTYPE".encode("utf-16-le")[:-1])
LAST_ROW = 1_048_576  # of any spreadsheet
REQUIRED, COLUMNS = ("filename", "grade"), ("filename", "grade", "note")
DELIMITERS = ",;\t"
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
Cells = list[Any] | tuple[Any, ...]


class Unreadable(Exception):
    """Nothing can be made of the file; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is the row's in the sheet, counted from 1."""

    number: int
    filename: str
    grade: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """`remarks` are sentences about what was guessed or left out."""

    rows: list[Row]
    remarks: list[str] = field(default_factory=list)


def read(data: bytes) -> Sheet:
    """The rows that hold anything. Raises Unreadable."""
    if len(data) > MAX_MEGABYTES * MEGABYTE:
        raise Unreadable(
            _(
                "The file has %(size).1f MB; it may have up to %(limit)d MB. Leave out other"
                " columns and sheets, or split it"
            )
            % {"size": len(data) / MEGABYTE, "limit": MAX_MEGABYTES}
        )
    if not data.strip():
        raise Unreadable(_("The file is empty. Choose another one"))
    if data.startswith(b"PK\x03\x04"):
        return _sheet(_numbered(_xlsx(data)), [])
    if data.startswith(bytes.fromhex("D0CF11E0")):
        raise Unreadable(
            _(
                "This is an old Excel file (.xls) or one with a password. Save it as .xlsx or"
                " .csv without a password"
            )
        )
    text, remarks = _decoded(data)
    if "\0" in text:
        raise Unreadable(_not_a_table())
    return _sheet(_numbered(_csv(text)), remarks)


def _numbered(rows: Iterable[Cells]) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, as texts, with their numbers."""
    for number, cells in enumerate(rows, 1):
        if cells.count(None) == len(cells):
            continue
        texts = [_text(cell) for cell in cells]
        if any(texts):
            yield number, texts


def _text(cell: object) -> str:
    """What a person sees in the cell, roughly: 1001.0 is 1001."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return cell.isoformat().removesuffix("T00:00:00")
    return str(cell).strip()


def _sheet(rows: Iterator[tuple[int, list[str]]], remarks: list[str]) -> Sheet:
    _number, header = next(rows, (0, []))
    places, unknown = _places(header)
    if unknown:
        text = _("Columns that were left out: %(names)s")
        remarks = [*remarks, text % {"names": ", ".join(unknown)}]
    found: list[Row] = []
    for number, texts in rows:
        values = {name: texts[at] if at < len(texts) else "" for name, at in places.items()}
        if not any(values.values()):
            continue
        if len(found) == MAX_ROWS:
            text = _("The file has more than %(limit)s rows. Split it into several files")
            raise Unreadable(text % {"limit": f"{MAX_ROWS:,}"})
        found.append(Row(number, **values))
    if not found:
        raise Unreadable(_("There is no row below the header. Add the grades, then try again"))
    return Sheet(found, remarks)


def _places(header: list[str]) -> tuple[dict[str, int], list[str]]:
    """Where each column is, and the names of columns that are not ours."""
    names = [name.strip("\ufeff ").casefold() for name in header]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        text = _(
            "The first row must name the columns filename and grade, and note if there is one."
            " Missing: %(missing)s. Found: %(found)s"
        )
        found = ", ".join(filter(None, header))[:200] or _("nothing")
        raise Unreadable(text % {"missing": ", ".join(missing), "found": found})
    twice = [name for name in COLUMNS if names.count(name) > 1]
    if twice:
        text = _("The column %(name)s is there twice. Take one of them out")
        raise Unreadable(text % {"name": twice[0]})
    places = {name: names.index(name) for name in COLUMNS if name in names}
    return places, [shown for shown, name in zip(header, names, strict=True) if _is_other(name)]


def _is_other(name: str) -> bool:
    return bool(name) and name not in COLUMNS


# --- CSV -----------------------------------------------------------------------------------


def _decoded(data: bytes) -> tuple[str, list[str]]:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _strictly(data, encoding), []
    try:
        return data.decode(), []
    except UnicodeDecodeError:
        remark = _(
            "The file is not in UTF-8, so it was read as Windows-1252 (Western European). Check"
            " the names with accents below"
        )
        return _strictly(data, "cp1252"), [remark]


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable(_not_a_table()) from None


def _not_a_table() -> str:
    return _("This is neither CSV text nor an Excel file. Save the table as .csv (UTF-8) or .xlsx")


def _csv(text: str) -> Iterator[Cells]:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    declared = _SEPARATOR_LINE.fullmatch(first)
    delimiter = declared[1] if declared else max(DELIMITERS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield [] if declared and reader.line_num == 1 else cells
    except csv.Error:
        text = _("Row %(row)d cannot be read as CSV. Check its quotation marks")
        raise Unreadable(text % {"row": reader.line_num}) from None


# --- XLSX ----------------------------------------------------------------------------------


def _xlsx(data: bytes) -> Iterator[Cells]:
    try:
        _check_parts(data)
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        yield from book.worksheets[0].iter_rows(
            max_row=LAST_ROW, max_col=MAX_COLUMNS, values_only=True
        )
    except (
        # What openpyxl raises for files that are no workbooks, or broken ones.
        *(zipfile.BadZipFile, zlib.error, ParseError, EOFError, NotImplementedError),
        *(LookupError, ValueError, TypeError, AttributeError, RuntimeError, OSError),
    ):
        raise Unreadable(
            _("This Excel file cannot be read. Open it, save it again as .xlsx or .csv, and retry")
        ) from None


def _check_parts(data: bytes) -> None:
    """Before openpyxl unpacks anything; `zipfile` reads no more than announced, but for packing
    that spreadsheets do not use: of that it unpacks whatever there is.
    """
    with zipfile.ZipFile(BytesIO(data)) as package:
        parts = package.infolist()
        _check_sizes(parts)
        for part in parts:
            if part.compress_type not in _PACKINGS or _has_definitions(package.read(part)):
                raise zipfile.BadZipFile


def _has_definitions(content: bytes) -> bool:
    """Can text stand for other text? By that a small part can grow a hundredfold."""
    return any(mark in content for mark in _DEFINITIONS)


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    sizes = {part.filename: part.file_size for part in parts}
    tables = ("xl/worksheets/", "xl/sharedStrings.xml")
    looks = sum(size for name, size in sizes.items() if not name.startswith(tables))
    total = sum(part.file_size for part in parts)
    if total > MAX_UNPACKED or looks > MAX_STYLES or len(parts) > MAX_PARTS:
        raise Unreadable(
            _(
                "This Excel file unpacks to more than it may (%(limit)d MB). Copy the three columns"
                " into a new file, or save it as .csv"
            )
            % {"limit": MAX_UNPACKED // MEGABYTE}
        )

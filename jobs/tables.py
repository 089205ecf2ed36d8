"""CSV that people open with spreadsheet programs, which run whatever looks like a formula."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from typing import Any

BOM = "\ufeff"  # without it those programs take the file for Latin-1
CONTENT_TYPE = "text/csv; charset=utf-8"
_STARTS = frozenset("=+-@\t\r\n\0")


class _Echo:
    """What a CSV writer writes to when its lines are wanted, not a file."""

    def write(self, line: str) -> str:
        return line


_WRITER: Any = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)


def row(cells: Iterable[object]) -> str:
    """One line, every cell quoted and none of them a formula."""
    line: str = _WRITER.writerow([harmless(cell) for cell in cells])
    return line


def harmless(cell: object) -> str:
    """Text no spreadsheet will run as a formula, whatever form its first sign has."""
    text = str(cell)
    return f"'{text}" if _is_risky(text) else text


def _is_risky(text: str) -> bool:
    first = next((char for char in text if not _is_hidden(char)), "")
    return text[:1] in _STARTS or unicodedata.normalize("NFKC", first) in _STARTS


def _is_hidden(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) == "Cf"

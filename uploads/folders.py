"""Files of a folder on this machine: listed, and read without being led anywhere else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from uploads.filenames import display_name

CHUNK = 1024 * 1024
SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx"})
LINK = "A link: links are not followed."
NO_FILE = "Neither a file nor a folder."


class Unreadable(Exception):
    """A file that cannot be read; says why in words."""


class Entry(NamedTuple):
    """One file below a folder; `name` is fit for a terminal, `hindrance` why it is no use."""

    path: Path
    name: str
    hindrance: str = ""


def entries(folder: Path) -> Iterator[Entry]:
    """Every file below `folder` (resolved), in order, links and whatever cannot be read included.

    Leaves out what systems hide in folders, as the page does.
    """
    unlisted: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=unlisted.append):
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        linked = [name for name in folders if Path(place, name).is_symlink()]
        for name in sorted([*linked, *(name for name in names if not _is_hidden(name))]):
            path = Path(place, name)
            yield Entry(path, _shown(path, folder), _hindrance(path))
    for error in unlisted:
        path = Path(os.fsdecode(error.filename))
        yield Entry(path, _shown(path, folder), _reason(error))


def chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes. Raises Unreadable, also for whatever became a link since it was listed."""
    try:
        if path.resolve() != path:
            raise Unreadable(LINK)
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unreadable(NO_FILE)
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise Unreadable(_reason(error)) from error


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in SYSTEM_FILES


def _shown(path: Path, folder: Path) -> str:
    return "/".join(display_name(part) for part in path.relative_to(folder).parts) or "."


def _hindrance(path: Path) -> str:
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        return _reason(error)
    if stat.S_ISLNK(mode):
        return LINK
    return "" if stat.S_ISREG(mode) else NO_FILE


def _reason(error: OSError) -> str:
    return f"Cannot be read: {error.strerror or type(error).__name__}."

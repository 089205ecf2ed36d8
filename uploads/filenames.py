"""File names are for people to read, and for nothing else."""

import re
import unicodedata

from uploads.limits import FILENAME_LENGTH

# Control characters, line and paragraph separators, and the marks that turn text round and so
# can make a name read as another.
_UNWANTED = re.compile("[\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]")


def display_name(name: str) -> str:
    """The last path part, without control characters, at most 255 characters, never empty."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(
        char for char in _UNWANTED.sub("", last) if unicodedata.category(char) not in ("Cc", "Cs")
    ).strip()
    return _shortened(shown) or "unnamed"


def _shortened(name: str) -> str:
    if len(name) <= FILENAME_LENGTH:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 8:
        return name[:FILENAME_LENGTH]
    return stem[: FILENAME_LENGTH - len(extension) - 1] + dot + extension

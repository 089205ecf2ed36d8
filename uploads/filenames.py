"""File names are for people to read, and for nothing else."""

import re
import unicodedata
from collections.abc import Iterator

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


# --- Finding ------------------------------------------------------------------------------

_RUN = re.compile(r"[^\W_]+")
# Where a word begins inside a run of letters and digits: IMG0042od → 0042od, od.
_BOUNDARY = re.compile(r"(?<=\d)(?=\D)|(?<=\D)(?=\d)")
_EXTENSION = re.compile(r"\.(jpe?g|png)$")
_WORD_LENGTH, _WORDS_A_NAME = 64, 24


def search_words(name: str) -> list[str]:
    """Every word by whose beginning a file is found, each once: also words inside words, and
    numbers without their leading zeros.
    """
    words = (word[:_WORD_LENGTH] for run in _runs(name) for word in _words_of(run))
    return list(dict.fromkeys(words))[:_WORDS_A_NAME]


def searched_words(text: str) -> list[str]:
    """What somebody looks for: each must be the beginning of a word of the name."""
    return list(dict.fromkeys(run[:_WORD_LENGTH] for run in _runs(text)))


def _runs(name: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", name).casefold().strip()
    return _RUN.findall(_EXTENSION.sub("", folded))


def _words_of(run: str) -> Iterator[str]:
    starts = [0, *(match.start() for match in _BOUNDARY.finditer(run))]
    for start in starts:
        word = run[start:]
        yield word
        shorter = word.lstrip("0")
        if shorter and shorter != word:
            yield shorter

"""Words that say nothing about a person, and first names that do."""

from pathlib import Path


def _words(file: str) -> frozenset[str]:
    lines = Path(__file__).with_name(file).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


# Anything may be a family name, so what stands in names of pictures anyway is listed.
NEUTRAL = _words("neutral.txt")
# Common ones which are no other word: a name may do without a family name.
FIRST_NAMES = _words("first_names.txt")

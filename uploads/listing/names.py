"""Finding images by the words of their file names."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from uploads.filenames import searched_words
from uploads.models import NameWord, ScopedQuerySet

FEW = 2000
WORDS_LOOKED_UP = 6
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Named:
    """`ids` are of all images that can match, or None where they are too many to be listed."""

    words: list[str]
    ids: frozenset[int] | None

    def narrow(self, images: ScopedQuerySet) -> ScopedQuerySet:
        if self.ids is not None:
            images = images.filter(pk__in=self.ids)
        for word in self.words:
            images = images.filter(name_words__contains=f" {word}")
        return images


def named(text: str) -> Named:
    """Each word of `text` must be the beginning of a word of the name; no word matches nothing."""
    words = searched_words(text)
    if not words:
        return Named([], frozenset())
    # The longest first: it is likely to be the rarest.
    for word in sorted(words, key=len, reverse=True)[:WORDS_LOOKED_UP]:
        ids = _beginning_with(word)
        if len(ids) <= FEW:
            return Named(words, frozenset(ids))
    return Named(words, None)


def _beginning_with(word: str) -> list[int]:
    rows = NameWord.objects.filter(_begins(word))
    return list(rows.values_list("image_id", flat=True)[: FEW + 1])


def _begins(word: str) -> Q:
    """In the form that each database answers from its index."""
    if connection.vendor == "postgresql":
        return Q(word__startswith=word)
    return Q(word__gte=word, word__lt=word + _LAST_CHARACTER)

"""The one place that adds images to the lists, moves them between their counts, and takes them out.

Call inside the transaction of the change. Rows of images are locked before rows of counts, and
counts in the order of their ids, so that no two transactions wait for each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone

from uploads.filenames import search_words
from uploads.models import FundusImage, ImageTally, NameWord

# What decides which tally counts an image.
KIND = (
    "day",
    "lab_unit_id",
    "uploaded_by_id",
    "camera_id",
    "disease_id",
    "laterality",
    "mydriatic",
    "pregraded",
    "graded",
)


def add(image: FundusImage) -> None:
    """Save a new image, counted and found by its name."""
    image.day = timezone.localdate(image.created_at)
    words = search_words(image.filename)
    image.name_words = spaced(words)
    image.tally = _tally_of(image)
    image.save(force_insert=True)
    NameWord.objects.bulk_create(NameWord(word=word, image_id=image.pk) for word in words)
    _adjust(Counter({image.tally_id: 1}), Counter({image.tally_id: image.stored_size}))


def change(image: FundusImage, **columns: Any) -> None:
    """Write these columns of an image that the caller has locked, and a new version."""
    change_all([image], **columns)


def change_all(images: Sequence[FundusImage], **columns: Any) -> None:
    """The same columns of many images."""
    counts: Counter[int] = Counter()
    sizes: Counter[int] = Counter()
    for image in images:
        for name, value in columns.items():
            setattr(image, name, value)
        old, image.tally = image.tally_id, _tally_of(image)
        image.version += 1
        image.save(update_fields=[*columns, "tally", "version"])
        if image.tally_id != old:
            counts.update({old: -1, image.tally_id: 1})
            sizes.update({old: -image.stored_size, image.tally_id: image.stored_size})
    _adjust(counts, sizes)


def remove(images: Sequence[FundusImage]) -> None:
    """Delete the rows of images that the caller has locked, with all that counts and finds them."""
    counts: Counter[int] = Counter()
    sizes: Counter[int] = Counter()
    for image in images:
        counts[image.tally_id] -= 1
        sizes[image.tally_id] -= image.stored_size
        NameWord.objects.filter(word__in=image.name_words.split(), image_id=image.pk).delete()
    FundusImage.objects.filter(pk__in=[image.pk for image in images]).delete()
    _adjust(counts, sizes)


def spaced(words: Iterable[str]) -> str:
    """Words as a column holds them: a space before each, so that beginnings can be found."""
    return "".join(f" {word}" for word in words)


def _tally_of(image: FundusImage) -> ImageTally:
    kind = {name: getattr(image, name) for name in KIND}
    found = ImageTally.objects.filter(**kind).first()
    if found is None:
        ImageTally.objects.bulk_create([ImageTally(**kind)], ignore_conflicts=True)
        found = ImageTally.objects.get(**kind)
    return found


def _adjust(counts: Counter[int], sizes: Counter[int]) -> None:
    for pk in sorted(counts):
        ImageTally.objects.filter(pk=pk).update(
            count=F("count") + counts[pk], stored_bytes=F("stored_bytes") + sizes[pk]
        )

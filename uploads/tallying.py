"""The one place that adds images to the lists, moves them between their counts, and takes them out.

Call inside the transaction of the change. Rows of images, and those that go with them, are locked
before rows of counts; new counts are made in the order of their kinds and all are written in the
order of their ids, so that no two transactions wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone

from uploads.filenames import search_words
from uploads.models import KIND, FundusImage, ImageTally, ImageTotal, NameWord
from uploads.models.tallies import Kind

WRITTEN_AT_ONCE = 500
COLUMNS = [field.attname for field in FundusImage._meta.fields if field.name in KIND]


class Change(dict[int, tuple[int, int]]):
    """By id of a row of counts: how many images and bytes more it has."""

    def note(self, pk: int, count: int, size: int) -> None:
        before = self.get(pk, (0, 0))
        self[pk] = (before[0] + count, before[1] + size)


def add(image: FundusImage) -> None:
    """Save a new image, counted and found by its name."""
    image.day = timezone.localdate(image.created_at)
    words = search_words(image.filename)
    image.name_words = spaced(words)
    image.tally = _tally_of(image)
    image.save(force_insert=True)
    NameWord.objects.bulk_create(NameWord(word=word, image_id=image.pk) for word in words)
    gain = Change()
    gain.note(image.tally_id, 1, image.stored_size)
    _adjust(gain)


def change(image: FundusImage, **columns: Any) -> None:
    """Write these columns of an image that the caller has locked, and a new version."""
    change_all([image], **columns)


def change_all(images: Sequence[FundusImage], **columns: Any) -> None:
    """The same columns of many images."""
    change_each([(image, columns) for image in images])


def change_each(changes: Sequence[tuple[FundusImage, Mapping[str, Any]]]) -> None:
    """Columns of its own for each of many images."""
    for image, columns in changes:
        for name, value in columns.items():
            setattr(image, name, value)
    tallies = _tallies_of(image for image, _columns in changes)
    moves = Change()
    moved: dict[tuple[tuple[str, Any], ...], list[int]] = {}
    for image, columns in changes:
        old, image.tally = image.tally_id, tallies[_kind_and_day(image)]
        image.version += 1
        written = (*columns.items(), ("tally_id", image.tally_id))
        moved.setdefault(written, []).append(image.pk)
        if image.tally_id != old:
            moves.note(old, -1, -image.stored_size)
            moves.note(image.tally_id, 1, image.stored_size)
    for written, ids in moved.items():
        _write_images(ids, **dict(written))
    _adjust(moves)


def _write_images(ids: list[int], **columns: Any) -> None:
    for start in range(0, len(ids), WRITTEN_AT_ONCE):
        some = ids[start : start + WRITTEN_AT_ONCE]
        rows = FundusImage.objects.filter(pk__in=some)
        if rows.update(**columns, version=F("version") + 1) != len(some):
            raise FundusImage.DoesNotExist


def remove(images: Sequence[FundusImage]) -> None:
    """Delete the rows of images that the caller has locked, with all that counts and finds them."""
    losses = Change()
    for image in images:
        losses.note(image.tally_id, -1, -image.stored_size)
        NameWord.objects.filter(word__in=image.name_words.split(), image_id=image.pk).delete()
    FundusImage.objects.filter(pk__in=[image.pk for image in images]).delete()
    _adjust(losses)


def spaced(words: Iterable[str]) -> str:
    """Words as a column holds them: a space before each, so that beginnings can be found."""
    return "".join(f" {word}" for word in words)


def _tallies_of(images: Iterable[FundusImage]) -> dict[tuple[Any, ...], ImageTally]:
    """By kind and day, and in that order: who makes a new row keeps others who need it waiting."""
    examples = {_kind_and_day(image): image for image in images}
    return {key: _tally_of(examples[key]) for key in sorted(examples)}


def _kind_and_day(image: FundusImage) -> tuple[Any, ...]:
    return (*(getattr(image, name) for name in COLUMNS), image.day)


def _tally_of(image: FundusImage) -> ImageTally:
    kind = {name: getattr(image, name) for name in COLUMNS}
    found = ImageTally.objects.filter(day=image.day, **kind).first()
    return found or _first_of_its_kind(image, kind)


def _first_of_its_kind(image: FundusImage, kind: dict[str, Any]) -> ImageTally:
    # Somebody else may be making the same rows.
    ImageTotal.objects.bulk_create([ImageTotal(**kind)], ignore_conflicts=True)
    total = ImageTotal.objects.get(**kind)
    tally = ImageTally(day=image.day, total=total, **kind)
    ImageTally.objects.bulk_create([tally], ignore_conflicts=True)
    made: ImageTally = ImageTally.objects.get(day=image.day, **kind)
    return made


def _adjust(by_tally: Change) -> None:
    by_total = Change()
    for pk, total_id in ImageTally.objects.filter(pk__in=by_tally).values_list("pk", "total_id"):
        by_total.note(total_id, *by_tally[pk])
    _write(ImageTally, by_tally)
    _write(ImageTotal, by_total)


def _write(model: type[Kind], changes: Change) -> None:
    for pk, (count, size) in sorted(changes.items()):
        model.objects.filter(pk=pk).update(
            count=F("count") + count, stored_bytes=F("stored_bytes") + size
        )

"""Whether counts, and the index of names, say what the images themselves say; and mending it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from uploads import tallying
from uploads.filenames import search_words
from uploads.models import KIND, FundusImage, ImageTally, ImageTotal, NameWord

TOGETHER = 1000
NOTHING = (0, 0)


@dataclass(frozen=True, slots=True)
class Difference:
    """What is wrong and, called, mends it."""

    sentence: str
    mend: Callable[[], None]

    def __str__(self) -> str:
        return self.sentence


def differences() -> Iterator[Difference]:
    """In an order in which they can be mended one by one. Images added or changed meanwhile may
    show as a difference that is none: whoever asks twice sees it gone.
    """
    yield from _miscounted()
    yield from _wrong_totals()
    yield from _misplaced()
    yield from _unfindable()


def _misplaced() -> Iterator[Difference]:
    """Images counted as what they are not, or on a day that is another one in this time zone."""
    same = Q(day=F("tally__day")) & Q(day=TruncDate("created_at"))
    for name in KIND:
        same &= Q(**{name: F(f"tally__{name}")})
    for pk, public_id in FundusImage.objects.exclude(same).values_list("pk", "public_id"):
        yield Difference(
            f"image {public_id} is counted as another kind or day", partial(_place, pk)
        )


@transaction.atomic
def _place(pk: int) -> None:
    for image in FundusImage.objects.select_for_update().filter(pk=pk):
        tallying.change(image, day=timezone.localdate(image.created_at))


def _miscounted() -> Iterator[Difference]:
    sums = FundusImage.objects.values("tally").annotate(n=Count("pk"), size=Sum("stored_size"))
    there = {row["tally"]: (row["n"], row["size"]) for row in sums.order_by()}
    for pk, *counted in ImageTally.objects.values_list("pk", "count", "stored_bytes"):
        found = there.get(pk, NOTHING)
        if tuple(counted) != found:
            sentence = f"tally {pk} counts {counted[0]} images, there are {found[0]}"
            yield Difference(sentence, partial(_recount, pk))


@transaction.atomic
def _recount(pk: int) -> None:
    """Under the lock of the row: who has added an image and not counted it yet waits for it."""
    tally = ImageTally.objects.select_for_update().get(pk=pk)
    sums = FundusImage.objects.filter(tally=tally).aggregate(
        count=Count("pk"), stored_bytes=Coalesce(Sum("stored_size"), 0)
    )
    ImageTally.objects.filter(pk=pk).update(**sums)


def _wrong_totals() -> Iterator[Difference]:
    sums = ImageTally.objects.values("total").annotate(n=Sum("count"), size=Sum("stored_bytes"))
    there = {row["total"]: (row["n"], row["size"]) for row in sums.order_by()}
    for pk, *counted in ImageTotal.objects.values_list("pk", "count", "stored_bytes"):
        found = there.get(pk, NOTHING)
        if tuple(counted) != found:
            sentence = f"total {pk} counts {counted[0]} images, its days {found[0]}"
            yield Difference(sentence, partial(_add_up, pk))


@transaction.atomic
def _add_up(pk: int) -> None:
    """Likewise: whoever has changed the count of a day, and not of the total yet, waits for it."""
    total = ImageTotal.objects.select_for_update().get(pk=pk)
    sums = ImageTally.objects.filter(total=total).aggregate(
        count=Coalesce(Sum("count"), 0), stored_bytes=Coalesce(Sum("stored_bytes"), 0)
    )
    ImageTotal.objects.filter(pk=pk).update(**sums)


def _unfindable() -> Iterator[Difference]:
    """Images that the words of their names do not lead to."""
    last = 0
    while rows := list(
        FundusImage.objects.filter(pk__gt=last)
        .order_by("pk")
        .values_list("pk", "public_id", "filename", "name_words")[:TOGETHER]
    ):
        last = rows[-1][0]
        wanted = {(word, row[0]) for row in rows for word in search_words(row[2])}
        words = {word for word, _pk in wanted}
        kept = NameWord.objects.filter(
            image_id__gte=rows[0][0], image_id__lte=last, word__in=words
        ).values_list("word", "image_id")
        lost = {pk for _word, pk in wanted - set(kept)}
        for pk, public_id, filename, name_words in rows:
            if pk in lost or name_words.split() != search_words(filename):
                yield Difference(f"image {public_id} is not found by its name", partial(_index, pk))


@transaction.atomic
def _index(pk: int) -> None:
    for image in FundusImage.objects.select_for_update().filter(pk=pk):
        words = search_words(image.filename)
        FundusImage.objects.filter(pk=pk).update(name_words=tallying.spaced(words))
        NameWord.objects.bulk_create(
            [NameWord(word=word, image_id=pk) for word in words], ignore_conflicts=True
        )

"""Counts follow whatever becomes of images."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F

from accounts.models import LabUnit, User
from accounts.roles import Role
from tests import cast, filing
from tests.faults.crowd import at_once
from tests.meeting import Other
from uploads import recount, tallying
from uploads.models import FundusImage, ImageTally, ImageTotal, NameWord


def counted() -> list[tuple[str, bool, int]]:
    """What the totals count, by eye and grading."""
    rows = ImageTotal.objects.filter(count__gt=0).order_by("laterality", "graded")
    return list(rows.values_list("laterality", "graded", "count"))


def wrong() -> list[str]:
    return [str(difference) for difference in recount.differences()]


def test_what_is_uploaded_is_counted(alice: User, screening: LabUnit) -> None:
    image = cast.stored(alice, screening)
    assert counted() == [("OD", False, 1)]
    tally = ImageTally.objects.get()
    assert (tally.count, tally.stored_bytes, tally.day) == (1, image.stored_size, image.day)
    assert wrong() == []


def test_a_refused_file_leaves_no_count(alice: User, screening: LabUnit) -> None:
    file = cast.photo()
    cast.stored(alice, screening, file)
    cast.work(cast.received(alice, screening, cast.File("again.jpg", file.data)))
    assert counted() == [("OD", False, 1)]


@pytest.mark.django_db
def test_a_change_moves_the_count(alice: User, screening: LabUnit) -> None:
    first, _second = filing.all_filed(alice, screening, filing.some(2))
    tallying.change(first, laterality="OS", graded=True)
    assert counted() == [("OD", False, 1), ("OS", True, 1)]
    assert FundusImage.objects.get(pk=first.pk).version == 2
    assert wrong() == []


def test_a_change_of_nothing_that_counts_moves_nothing(alice: User, screening: LabUnit) -> None:
    image = filing.filed(alice, screening)
    tallying.change(image, edited_sha256="0" * 64)
    assert counted() == [("OD", False, 1)]


def test_what_is_removed_is_neither_counted_nor_found(alice: User, screening: LabUnit) -> None:
    image = filing.filed(alice, screening)
    tallying.remove([image])
    assert counted() == []
    assert not NameWord.objects.exists()
    assert wrong() == []


def test_what_is_rolled_back_was_never_counted(alice: User, screening: LabUnit) -> None:
    image = filing.filed(alice, screening)
    with transaction.atomic():
        tallying.remove([image])
        transaction.set_rollback(True)
    assert counted() == [("OD", False, 1)]


def test_the_day_is_the_day_where_the_clinic_is(
    alice: User, screening: LabUnit, settings: object
) -> None:
    late = filing.NOON.replace(hour=23, minute=30)
    settings.TIME_ZONE = "Asia/Kolkata"  # type: ignore[attr-defined]
    assert filing.filed(alice, screening, created_at=late).day.isoformat() == "2026-03-02"


@pytest.mark.django_db(transaction=True)
def test_many_writers_lose_no_count() -> None:
    unit = cast.unit("North", "Screening")
    alice = cast.person("alice", Role.UPLOADER, units=[unit])
    cast.choices(unit)

    def work(number: int) -> None:
        for image in [filing.filed(alice, unit, mydriatic=bool(number % 2)) for _ in range(5)]:
            with transaction.atomic():
                locked = FundusImage.objects.select_for_update().get(pk=image.pk)
                tallying.change(locked, laterality="OS")
        connection.close()

    at_once(partial(work, number) for number in range(6))
    assert counted() == [("OS", False, 15), ("OS", False, 15)]
    assert wrong() == []


# --- Recounting ---------------------------------------------------------------------------


def spoil_count() -> None:
    ImageTally.objects.update(count=F("count") + 1)


def spoil_bytes() -> None:
    ImageTally.objects.update(stored_bytes=1)


def spoil_total() -> None:
    ImageTotal.objects.update(count=7)


def spoil_kind() -> None:
    FundusImage.objects.update(mydriatic=True)


def spoil_kind_and_counts() -> None:
    spoil_kind()
    ImageTally.objects.update(count=0, stored_bytes=0)
    ImageTotal.objects.update(count=0, stored_bytes=0)


def spoil_words() -> None:
    NameWord.objects.all().delete()


def spoil_name_words() -> None:
    FundusImage.objects.update(name_words=" other")


SPOILERS = [
    *(spoil_count, spoil_bytes, spoil_total, spoil_kind, spoil_kind_and_counts),
    *(spoil_words, spoil_name_words),
]


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda each: each.__name__)
def test_every_difference_is_found_and_mended(
    alice: User, screening: LabUnit, spoil: object, capsys: pytest.CaptureFixture[str]
) -> None:
    filing.all_filed(alice, screening, filing.some(3))
    spoil()  # type: ignore[operator]
    with pytest.raises(CommandError, match="differences"):
        call_command("verify_counts")
    call_command("verify_counts", repair=True)
    call_command("verify_counts")
    assert capsys.readouterr().out.splitlines()[-1] == "3 images recounted: 0 differences."


def test_days_are_set_anew_after_a_change_of_the_time_zone(
    alice: User, screening: LabUnit, settings: object
) -> None:
    filing.all_filed(alice, screening, filing.some(2), created_at=filing.NOON.replace(hour=23))
    settings.TIME_ZONE = "Asia/Kolkata"  # type: ignore[attr-defined]
    assert len(wrong()) == 2
    call_command("verify_counts", repair=True)
    days = FundusImage.objects.values_list("day", flat=True)
    assert {day.isoformat() for day in days} == {"2026-03-02"}
    assert wrong() == []


@pytest.mark.django_db(transaction=True)
def test_an_image_of_a_new_day_is_not_lost_while_totals_are_mended() -> None:
    unit = cast.unit("North", "Screening")
    alice = cast.person("alice", Role.UPLOADER, units=[unit])
    filing.filed(alice, unit)
    spoil_total()
    [wrong_total] = recount.differences()

    mending = Other(wrong_total.mend)
    with transaction.atomic():
        filing.filed(alice, unit, created_at=filing.NOON + timedelta(days=1))
        mending.begin()
    mending.result()
    assert counted() == [("OD", False, 2)]

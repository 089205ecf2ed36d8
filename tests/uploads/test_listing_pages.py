"""Walking through images: every one once, in order, from anywhere, whatever is chosen."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict

from accounts.models import LabUnit, User
from accounts.roles import Role
from tests import cast, filing
from uploads.listing import pages
from uploads.listing.selection import Selection
from uploads.models import Camera, FundusImage


def walked(user: User, query: str = "", size: int = 4) -> list[int]:
    """Ids of all images, page by page onward."""
    found, further = [], query
    for _ in range(200):
        selection = filing.selection(user, further)
        page = pages.page(selection, size)
        found += [image.pk for image in page.images]
        further = page.newer if selection.oldest_first else page.older
        if not further:
            return found
    raise AssertionError("the pages do not end")


@pytest.fixture
def mixed(alice: User, screening: LabUnit) -> list[FundusImage]:
    """Forty images of twelve days, of several kinds, several at the same moment."""
    rng = random.Random(7)
    kowa, _ = Camera.objects.get_or_create(name="Kowa VX-10α")
    wanted: list[dict[str, Any]] = [
        {
            "created_at": filing.NOON + timedelta(hours=rng.choice(range(0, 288, 12))),
            "laterality": rng.choice(["OD", "OS", "OU"]),
            "mydriatic": rng.random() < 0.5,
            **({"camera": kowa} if rng.random() < 0.3 else {}),
        }
        for _ in range(40)
    ]
    return filing.all_filed(alice, screening, wanted)


def in_order(images: list[FundusImage]) -> list[int]:
    ordered = sorted(images, key=lambda image: (image.created_at, image.pk), reverse=True)
    return [image.pk for image in ordered]


def test_the_pages_hold_every_image_once_and_in_order(
    alice: User, mixed: list[FundusImage]
) -> None:
    assert walked(alice) == in_order(mixed)


def test_the_oldest_first_is_the_same_backwards(alice: User, mixed: list[FundusImage]) -> None:
    assert walked(alice, "sort=oldest") == in_order(mixed)[::-1]


@pytest.mark.parametrize("query", ["area=OS", "mydriatic=yes", "area=OD&mydriatic=no"])
def test_filters_leave_the_order_alone(alice: User, mixed: list[FundusImage], query: str) -> None:
    wanted = filing.selection(alice, query).images().values_list("pk", flat=True)
    assert walked(alice, query) == [pk for pk in in_order(mixed) if pk in set(wanted)]


@pytest.mark.parametrize("sorted_at_once", [0, 4000])
def test_crowded_days_are_walked_the_other_way(
    alice: User,
    mixed: list[FundusImage],
    monkeypatch: pytest.MonkeyPatch,
    sorted_at_once: int,
) -> None:
    monkeypatch.setattr(pages, "SORTED_AT_ONCE", sorted_at_once)
    assert walked(alice, "mydriatic=no") == [
        pk for pk in in_order(mixed) if not FundusImage.objects.get(pk=pk).mydriatic
    ]


def test_the_way_back_leads_to_the_page_one_came_from(
    alice: User, mixed: list[FundusImage]
) -> None:
    first = pages.page(filing.selection(alice), 4)
    second = pages.page(filing.selection(alice, first.older), 4)
    third = pages.page(filing.selection(alice, second.older), 4)
    back = pages.page(filing.selection(alice, third.newer), 4)
    assert back.images == second.images
    assert pages.page(filing.selection(alice, back.newer), 4).images == first.images


def test_the_first_page_has_nothing_newer(alice: User, mixed: list[FundusImage]) -> None:
    first = pages.page(filing.selection(alice), 4)
    assert (first.newer, bool(first.older)) == ("", True)


def test_a_page_stays_where_it_was_when_its_images_are_gone(
    alice: User, mixed: list[FundusImage]
) -> None:
    first = pages.page(filing.selection(alice), 4)
    rest = walked(alice, first.older)
    FundusImage.objects.filter(pk__in=[image.pk for image in first.images]).delete()
    assert walked(alice, first.older) == rest


@pytest.mark.parametrize(
    "text", ["", "x", "1-2", "a-b-c", "20260301-1-2-3", "99999999-1-1", "-1-1"]
)
def test_a_mangled_address_shows_the_first_page(
    alice: User, mixed: list[FundusImage], text: str
) -> None:
    params = QueryDict(mutable=True)
    params["after"] = text
    page = pages.page(Selection.of(alice, params), 4)
    assert [image.pk for image in page.images] == in_order(mixed)[:4]


def test_points_are_read_as_written(alice: User, screening: LabUnit) -> None:
    point = pages.Point.of(filing.filed(alice, screening))
    assert pages.Point.read(str(point)) == point


def test_batches_hold_everything_once(alice: User, mixed: list[FundusImage]) -> None:
    found = [image.pk for batch in pages.batches(filing.selection(alice), 7) for image in batch]
    assert found == in_order(mixed)


def test_batches_end_when_the_unit_is_taken_away(alice: User, mixed: list[FundusImage]) -> None:
    batches = pages.batches(filing.selection(alice), 7)
    assert len(next(batches)) == 7
    alice.lab_units.clear()
    assert list(batches) == []


def test_a_search_through_too_many_names_pauses_and_goes_on(
    alice: User, screening: LabUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uploads.listing.names.FEW", 2)
    monkeypatch.setattr(pages, "NAMES_READ", 3)
    days = [filing.NOON + timedelta(days=n) for n in range(12)]
    names = ["left.jpg"] * 4 + ["right.jpg"] * 8
    wanted = [{"created_at": d, "filename": n} for d, n in zip(days, names, strict=True)]
    lefts = [image.pk for image in filing.all_filed(alice, screening, wanted)][:4]
    page = pages.page(filing.selection(alice, "filename=left"), 2)
    assert (page.images, page.paused_at) == ([], days[9].date())
    assert walked(alice, "filename=left", 2) == lefts[::-1]
    assert walked(alice, "filename=left&sort=oldest", 2) == lefts


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_a_search_goes_on_beyond_as_many_days_as_it_reads_at_once(
    alice: User, screening: LabUnit, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    monkeypatch.setattr("uploads.listing.names.FEW", 2)
    monkeypatch.setattr(pages, "DAYS_READ", 3)
    wanted = [
        {"created_at": filing.NOON + timedelta(days=n), "filename": f"{name}.jpg"}
        for n, name in enumerate(["left", *["right"] * 6, "left", *["right"] * 6, "left"])
    ]
    lefts = [image.pk for image in filing.all_filed(alice, screening, wanted)][::7]
    assert walked(alice, f"filename=left&sort={order}") == lefts[:: 1 if order == "oldest" else -1]
    batches = pages.batches(filing.selection(alice, "filename=left"), 2)
    assert [image.pk for batch in batches for image in batch] == lefts[::-1]


def test_nobody_walks_into_another_unit(
    alice: User, bob: User, charlie: User, dana: User, screening: LabUnit, imaging: LabUnit
) -> None:
    own = filing.filed(alice, screening)
    colleague, _foreign = filing.filed(bob, screening), filing.filed(charlie, imaging)
    assert walked(alice) == [own.pk]
    assert walked(dana) == [colleague.pk, own.pk]
    assert walked(charlie, f"lab_unit={screening.pk}") == []


def test_a_person_of_two_roles_sees_what_the_wider_one_sees(
    alice: User, bob: User, screening: LabUnit
) -> None:
    alice.groups.add(*cast.person("gus", Role.GRADER).groups.all())
    seen = filing.filed(bob, screening)
    assert walked(cast.again(alice)) == [seen.pk]

"""The images beside one: those of the list, in its order, as far as the list goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.models import LabUnit, User
from accounts.roles import Role
from tests import cast, filing
from tests.uploads.judging import grade
from uploads.listing import neighbours, pages
from uploads.models import FundusImage

Found = tuple[UUID | None, UUID | None]


def beside(user: User, query: str, image: FundusImage) -> Found:
    selection = filing.selection(user, query)
    before = neighbours.preceding(selection, image)
    after = neighbours.following(selection, image)
    assert (before.beyond, after.beyond) == (None, None)
    return before.image, after.image


def test_they_stay_within_what_is_chosen(alice: User, screening: LabUnit) -> None:
    eyes = filing.all_filed(alice, screening, [{"laterality": e} for e in ("OD", "OS", "OD", "OD")])
    assert beside(alice, "area=OD", eyes[2]) == (eyes[3].public_id, eyes[0].public_id)


def test_they_follow_the_order(alice: User, screening: LabUnit) -> None:
    images = filing.all_filed(alice, screening, filing.some(3))
    around = (images[0].public_id, images[2].public_id)
    assert beside(alice, "sort=oldest", images[1]) == around
    assert beside(alice, "", images[1]) == around[::-1]


def test_an_image_outside_the_choice_has_some_too(alice: User, screening: LabUnit) -> None:
    eyes = filing.all_filed(alice, screening, [{"laterality": e} for e in ("OD", "OS", "OD")])
    assert beside(alice, "area=OD", eyes[1]) == (eyes[2].public_id, eyes[0].public_id)


def test_nobody_walks_into_another_unit(
    alice: User, charlie: User, screening: LabUnit, imaging: LabUnit
) -> None:
    own, foreign = filing.filed(alice, screening), filing.filed(charlie, imaging)
    assert beside(alice, "", foreign) == (None, own.public_id)


# --- Names that a great many files bear ----------------------------------------------------


@pytest.fixture
def crowded(alice: User, screening: LabUnit, monkeypatch: pytest.MonkeyPatch) -> list[FundusImage]:
    """Two of the left eye, ten days of right ones between, more than a search reads at once."""
    monkeypatch.setattr("uploads.listing.names.FEW", 1)
    monkeypatch.setattr(pages, "NAMES_READ", 3)
    names = ["left.jpg", *["right.jpg"] * 10, "left.jpg"]
    wanted: list[dict[str, Any]] = [
        {"created_at": filing.NOON + timedelta(days=n), "filename": name}
        for n, name in enumerate(names)
    ]
    return filing.all_filed(alice, screening, wanted)


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_a_pause_of_the_search_is_no_end(
    alice: User, crowded: list[FundusImage], order: str
) -> None:
    ends = (crowded[-1], crowded[0]) if order == "newest" else (crowded[0], crowded[-1])
    first, last = (image.public_id for image in ends)
    query = f"filename=left&sort={order}"
    assert beside(alice, query, ends[0]) == (None, last)
    assert beside(alice, query, ends[1]) == (first, None)


@pytest.fixture
def no_patience(crowded: list[FundusImage], monkeypatch: pytest.MonkeyPatch) -> list[FundusImage]:
    monkeypatch.setattr(neighbours, "PATIENCE", 0)
    return crowded


def found_in_list(user: User, link: str) -> list[FundusImage]:
    """What the list holds on the page the link leads to, and on those it goes on with."""
    found: list[FundusImage] = []
    query = link.partition("?")[2]
    while query:
        page = pages.page(filing.selection(user, query))
        found += page.images
        query = page.newer if "before=" in link else page.older
    return found


def test_where_time_runs_out_the_page_leads_on_in_the_list(
    alice: User, no_patience: list[FundusImage]
) -> None:
    oldest, newest = no_patience[0], no_patience[-1]
    client = cast.signed_in(alice)
    for image, other, link in ((newest, oldest, "search_on"), (oldest, newest, "search_back")):
        page = client.get(f"/direct/uploads/{image.public_id}?filename=left")
        links = page.context["links"]
        assert f'href="{links[link].replace("&", "&amp;")}"' in page.content.decode()
        assert "Search on" in page.content.decode()
        assert other in found_in_list(alice, links[link])


def test_where_the_list_ends_the_page_says_so(alice: User, no_patience: list[FundusImage]) -> None:
    page = cast.signed_in(alice).get(f"/direct/uploads/{no_patience[0].public_id}?filename=left")
    assert "This is the last image of the list." in page.content.decode()


def test_grading_goes_on_in_the_list_too(
    no_patience: list[FundusImage], screening: LabUnit
) -> None:
    greta = cast.person("greta", Role.GRADER, units=[screening])
    grade(greta, no_patience[-1])
    address = f"/direct/uploads/{no_patience[-1].public_id}/grade?filename=left&skip"
    answer = cast.signed_in(greta).get(address)
    assert answer.status_code == 302
    assert "graded=no" in answer.headers["Location"]
    assert found_in_list(greta, answer.headers["Location"]) == [no_patience[0]]


def test_an_impossible_choice_has_none(alice: User, screening: LabUnit) -> None:
    image = filing.filed(alice, screening)
    assert beside(alice, "camera=nonsense", image) == (None, None)

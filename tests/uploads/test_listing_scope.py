"""Counts lead lists to their images; what somebody may see is asked of the images themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from accounts.models import LabUnit, User
from accounts.roles import Role
from tests import cast, filing
from uploads.listing import pages
from uploads.listing.selection import Selection
from uploads.models import FundusImage

PEOPLE = ("alice", "bob", "charlie", "dana", "erin", "gina", "adam")
QUERIES = ("", "area=OD", "filename=eye", "date_from=2020-01-01", "sort=oldest")


@pytest.fixture
def astray(
    alice: User, bob: User, charlie: User, screening: LabUnit, outreach: LabUnit, imaging: LabUnit
) -> None:
    """Images of three people and units, each counted with those of another."""
    images = [
        filing.filed(who, at, filename=f"eye {n}.jpg")
        for n, (who, at) in enumerate(
            [(alice, screening), (bob, screening), (alice, outreach), (charlie, imaging)]
        )
    ]
    tallies = [image.tally_id for image in images]
    for image, tally in zip(images, tallies[1:] + tallies[:1], strict=True):
        FundusImage.objects.filter(pk=image.pk).update(tally_id=tally)


def listed(selection: Selection) -> set[int]:
    return {image.pk for image in pages.page(selection).images}


@pytest.mark.usefixtures("astray")
@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("who", PEOPLE)
def test_a_count_that_leads_astray_shows_nobody_more(
    request: pytest.FixtureRequest, who: str, query: str
) -> None:
    user = cast.again(request.getfixturevalue(who))
    selection = filing.selection(user, query)
    seen = set(FundusImage.objects.visible_to(user).values_list("pk", flat=True))
    counted = selection.images_counted_by(selection.tallies())
    assert set(counted.values_list("pk", flat=True)) <= seen
    assert listed(selection) <= seen


@pytest.mark.usefixtures("astray")
def test_who_may_see_all_of_them_still_does(adam: User) -> None:
    assert FundusImage.objects.exclude(tally__lab_unit=F("lab_unit")).exists()
    assert len(listed(filing.selection(adam))) == 4


@pytest.mark.embedded
@pytest.mark.parametrize("role", [Role.UPLOADER, Role.DATA_MANAGER, Role.GRADER, None])
def test_the_counts_are_the_way_to_the_images_whoever_asks(
    screening: LabUnit, outreach: LabUnit, role: Role | None
) -> None:
    """And not the units or the uploader, of whom there may be a million images."""
    units = [screening, outreach]
    eve = cast.person("eve", *([role] if role else [Role.ADMINISTRATOR]), units=units)
    days = [{"created_at": filing.NOON - timedelta(days=n)} for n in range(60)]
    filing.all_filed(eve, screening, days)
    selection = filing.selection(eve, "area=OD")
    start = pages.Point(filing.NOON.date(), filing.NOON + timedelta(hours=1), 9)
    images = selection.images_counted_by(selection.tallies())
    for start_at in (None, start):
        plan = pages._sorted(images, start_at, newest_first=True).explain()
        assert "image_of_tally" in plan
        assert "image_of_uploader" not in plan
        assert "image_of_lab_unit" not in plan

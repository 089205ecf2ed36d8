"""Images by their keys, for somebody: found by these keys, not by reading all of some units."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from accounts.models import LabUnit, User
from accounts.roles import Role
from tests import cast, filing
from uploads.models import FundusImage, ScopedQuerySet

SCOPES = [ScopedQuerySet.visible_to, ScopedQuerySet.editable_by, ScopedQuerySet.gradable_by]
Scope = Callable[[ScopedQuerySet, User], ScopedQuerySet]


@pytest.fixture
def everybody(screening: LabUnit, outreach: LabUnit) -> User:
    roles = (Role.DATA_MANAGER, Role.GRADER)
    return cast.person("eve", *roles, units=[screening, outreach, cast.unit("North", "Third")])


@pytest.mark.parametrize("scope", SCOPES)
def test_units_lead_to_no_image(everybody: User, scope: Scope) -> None:
    for keys in (
        {"public_id__in": [uuid4() for _ in range(20)]},
        {"pk__in": range(1, 49)},
        {"content_md5__in": [uuid4().hex for _ in range(20)]},
    ):
        assert "image_of" not in scope(FundusImage.objects.of_keys(**keys), everybody).explain()


def test_nor_does_the_uploader(alice: User) -> None:
    images = FundusImage.objects.of_keys(pk__in=range(1, 49)).visible_to(alice)
    assert "image_of" not in images.explain()


@pytest.mark.parametrize("scope", SCOPES)
def test_only_images_of_these_keys_and_this_scope(
    alice: User, charlie: User, everybody: User, screening: LabUnit, imaging: LabUnit, scope: Scope
) -> None:
    wanted, _other = filing.all_filed(alice, screening, filing.some(2))
    foreign = filing.filed(charlie, imaging)
    found = FundusImage.objects.of_keys(pk__in=[wanted.pk, foreign.pk])
    assert list(scope(found, everybody)) == [wanted]

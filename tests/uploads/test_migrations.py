"""Migrations of an installation that has images already, to and fro."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.roles import Role
from tests import cast, filing
from uploads import recount
from uploads.models import FundusImage, ImageEdit, ImageTotal

RELEASED = "0002"
SINCE = {"uploads_imageedit", "uploads_filecheck", "uploads_grade", "uploads_imagetally"}


def written() -> list[dict[str, Any]]:
    """The images, but for the row that counts each: counting anew makes new rows."""
    images = list(FundusImage.objects.order_by("pk").values())
    return [{name: image[name] for name in image if name != "tally_id"} for image in images]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("back_to", ["0004", "0003", RELEASED])
def test_images_are_counted_once_however_often(back_to: str) -> None:
    unit = cast.unit("North", "Screening")
    filing.all_filed(cast.person("alice", Role.UPLOADER, units=[unit]), unit, filing.some(3))
    before = written()
    call_command("migrate", "uploads", back_to, verbosity=0)
    call_command("migrate", "uploads", verbosity=0)
    assert list(recount.differences()) == []
    assert ImageTotal.objects.get().count == 3
    assert written() == before


@pytest.mark.django_db(transaction=True)
def test_what_came_since_the_release_goes_and_comes() -> None:
    call_command("migrate", "uploads", RELEASED, verbosity=0)
    assert SINCE.isdisjoint(connection.introspection.table_names())
    call_command("migrate", "uploads", verbosity=0)
    assert SINCE.issubset(connection.introspection.table_names())
    assert not ImageEdit.objects.exists()

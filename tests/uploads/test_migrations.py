"""Migrations of an installation that has images already, to and fro."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from accounts.roles import Role
from tests import cast, filing
from uploads import recount
from uploads.models import ImageTotal


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("back_to", ["0003", "0002"])
def test_images_are_counted_once_however_often(back_to: str) -> None:
    unit = cast.unit("North", "Screening")
    filing.all_filed(cast.person("alice", Role.UPLOADER, units=[unit]), unit, filing.some(3))
    call_command("migrate", "uploads", back_to, verbosity=0)
    call_command("migrate", "uploads", verbosity=0)
    assert list(recount.differences()) == []
    assert ImageTotal.objects.get().count == 3

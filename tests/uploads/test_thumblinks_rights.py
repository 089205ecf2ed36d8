"""Who loses a unit or a role loses the thumbnails on pages already open, however it was taken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import LabUnit, User
from accounts.roles import Role
from tests import adminforms, cast
from uploads.models import FundusImage


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening)


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


def source(client: Client, image: FundusImage) -> str:
    """The address of its thumbnail on the page of its job, as the page was written."""
    page = client.get(f"/direct/upload/results/{image.source_item.job.token}").content.decode()
    return page.split('srcset="')[1].split()[0]


# --- What takes them away ------------------------------------------------------------------


def by_the_unit_of_the_person(user: User, unit: LabUnit) -> None:
    user.lab_units.remove(unit)


def by_the_people_of_the_unit(user: User, unit: LabUnit) -> None:
    unit.users.clear()


def by_rows(user: User, unit: LabUnit) -> None:
    User.lab_units.through.objects.filter(user_id=user.pk).delete()


def by_sql(user: User, unit: LabUnit) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_user_lab_units WHERE user_id = %s", [user.pk])


def by_another_unit_instead(user: User, unit: LabUnit) -> None:
    user.lab_units.set([cast.unit("North", "Elsewhere")])


def by_the_group(user: User, unit: LabUnit) -> None:
    Group.objects.get(name=Role.UPLOADER).user_set.remove(user)


def by_another_role_instead(user: User, unit: LabUnit) -> None:
    user.groups.set([Group.objects.get(name=Role.GRADER)])


WAYS = [
    by_the_unit_of_the_person,
    by_the_people_of_the_unit,
    by_rows,
    by_sql,
    by_another_unit_instead,
    by_the_group,
    by_another_role_instead,
]


@pytest.mark.parametrize("take", WAYS, ids=lambda way: way.__name__)
def test_the_next_request_finds_nothing(
    client: Client,
    alice: User,
    screening: LabUnit,
    image: FundusImage,
    take: Callable[[User, LabUnit], None],
) -> None:
    address = source(client, image)
    assert client.get(address).status_code == 200
    take(alice, screening)
    assert client.get(address).status_code == 404


def test_an_administrator_takes_a_unit_away(
    client: Client, adam: User, alice: User, image: FundusImage
) -> None:
    address, office = source(client, image), cast.signed_in(adam)
    form = reverse("admin:accounts_user_change", args=[alice.pk])
    adminforms.save(office, form, lab_units=[])
    assert not alice.lab_units.exists()
    assert client.get(address).status_code == 404


def test_a_deactivated_person_is_asked_to_sign_in(
    client: Client, alice: User, image: FundusImage
) -> None:
    address = source(client, image)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get(address).status_code == 302


# --- What does not -------------------------------------------------------------------------


def test_changes_of_other_people_matter_to_nobody_else(
    client: Client, bob: User, image: FundusImage
) -> None:
    address = source(client, image)
    bob.lab_units.clear()
    bob.groups.clear()
    assert client.get(address).status_code == 200


def test_a_page_written_after_the_change_works(
    client: Client, alice: User, outreach: LabUnit, image: FundusImage
) -> None:
    before = source(client, image)
    alice.lab_units.add(outreach, cast.unit("North", "Third"))
    assert client.get(source(client, image)).status_code == 200
    assert client.get(before).status_code == 404


def test_units_mean_nothing_to_administrators(
    adam: User, outreach: LabUnit, image: FundusImage
) -> None:
    client = cast.signed_in(adam)
    address = source(client, image)
    adam.lab_units.add(outreach)
    assert client.get(address).status_code == 200

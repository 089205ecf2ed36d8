"""Two hospitals and four people to try the product with."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import audit, origin
from accounts.models import Action, Hospital, LabUnit, User
from accounts.roles import Role

QUOTA = 5000
HOSPITALS = {"North": ("Retina Clinic", "Screening", "Outreach"), "South": ("Eye Unit", "Imaging")}
NORTH = [("North", unit) for unit in HOSPITALS["North"]]
PEOPLE: dict[str, tuple[tuple[Role, ...], list[tuple[str, str]]]] = {
    "admin": ((Role.ADMINISTRATOR, Role.UPLOADER), []),
    "manager": ((Role.DATA_MANAGER,), NORTH),
    "uploader": ((Role.UPLOADER,), [*NORTH[:2], ("South", "Eye Unit")]),
    "grader": ((Role.GRADER,), NORTH[:1]),
}


class Command(BaseCommand):
    help = "Make the demonstration's hospitals and people. Changes nothing that is there already."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.FUNDUS_DEMO and settings.FUNDUS_DEMO_PASSWORD):
            raise CommandError("Set FUNDUS_DEMO=on and FUNDUS_DEMO_PASSWORD first.")
        for hospital, units in HOSPITALS.items():
            kept, _ = Hospital.objects.get_or_create(name=hospital)
            for unit in units:
                LabUnit.objects.get_or_create(hospital=kept, name=unit)
        with origin.acting(origin.Origin(actor_name="command demo")):
            for name in PEOPLE:
                _person(name)
        self.stdout.write(f"{len(HOSPITALS)} hospitals and {len(PEOPLE)} people are there.")


def _person(name: str) -> None:
    roles, units = PEOPLE[name]
    defaults = {"upload_quota": QUOTA}
    person, is_new = User.objects.get_or_create(username=name, defaults=defaults)
    if is_new:
        person.groups.set(Group.objects.filter(name__in=roles))
        person.lab_units.set(
            LabUnit.objects.get(hospital__name=hospital, name=unit) for hospital, unit in units
        )
        audit.record(Action.RECORD_ADDED, person, after={"username": name, "groups": sorted(roles)})
    if not person.check_password(settings.FUNDUS_DEMO_PASSWORD):
        person.set_password(settings.FUNDUS_DEMO_PASSWORD)
        person.save(update_fields=["password"])

"""What people name on a command line: found, or told what there is that sounds like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import TypeVar

from django.core.management.base import CommandError
from django.db.models import Model, QuerySet

from accounts.models import Hospital, LabUnit, User

M = TypeVar("M", bound=Model)
SHOWN = 8


def one(rows: Iterable[M], text: str, *, what: str, names: Callable[[M], list[str]]) -> M:
    """The one row called `text`, in any case, or else with that id. Raises CommandError."""
    known = list(rows)
    for spelling in (str, str.casefold):
        wanted = spelling(text)
        found = [row for row in known if wanted in map(spelling, names(row))]
        if len(found) == 1:
            return found[0]
        if found:
            several = ", ".join(names(row)[0] for row in found)
            raise CommandError(f"{what.capitalize()} “{text}” could be any of: {several}.")
    for row in known:
        if text == str(row.pk):
            return row
    raise CommandError(f"There is no {what} “{text}”. {_nearby(text, known, names)}")


def _nearby(text: str, known: list[M], names: Callable[[M], list[str]]) -> str:
    spelt = {name.casefold(): names(row)[0] for row in known for name in names(row)}
    close = [spelt[name] for name in get_close_matches(text.casefold(), spelt, n=3)]
    shown = list(dict.fromkeys(close)) or [names(row)[0] for row in known[:SHOWN]]
    if not shown:
        return "There is none at all."
    more = ", …" if not close and len(known) > SHOWN else ""
    return f"There is: {', '.join(shown)}{more}."


def user(name: str) -> User:
    def names(one: User) -> list[str]:
        return [one.get_username()]

    return one(User.objects.order_by("username"), name, what="user", names=names)


def hospital(name: str) -> Hospital:
    return one(Hospital.objects.all(), name, what="hospital", names=lambda row: [row.name])


def lab_unit(name: str, units: QuerySet[LabUnit] | None = None) -> LabUnit:
    """By “Hospital/Unit”, by id, or by its name where only one unit has it."""
    rows = LabUnit.objects.all() if units is None else units
    return one(
        rows.select_related("hospital"),
        name,
        what="lab unit",
        names=lambda row: [path(row), row.name],
    )


def path(unit: LabUnit) -> str:
    return f"{unit.hospital.name}/{unit.name}"


def people(name: str | None, of_hospital: str | None, of_unit: str | None) -> QuerySet[User]:
    """One person, those of a hospital, those of a unit, or everybody. Each once, unjoined."""
    if name is not None:
        return User.objects.filter(pk=user(name).pk)
    memberships = User.lab_units.through.objects.all()
    if of_hospital is not None:
        memberships = memberships.filter(labunit__hospital=hospital(of_hospital))
    elif of_unit is not None:
        memberships = memberships.filter(labunit=lab_unit(of_unit))
    else:
        return User.objects.all()
    return User.objects.filter(pk__in=memberships.values("user"))

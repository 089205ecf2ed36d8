"""Taking a bulk edit back, as far as nobody has changed the images since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, LabUnit, User
from accounts.roles import Role
from uploads import tallying
from uploads.changing import deletion, rules, trail
from uploads.changing.naming import Change, Names
from uploads.models import BulkEdit, BulkEditRow, FundusImage
from uploads.models.changes import Outcome

POSSIBLE_FOR = timedelta(hours=24)


class TooLate(Exception):
    """The time for it is over."""


class UndoneAlready(Exception):
    """Somebody has taken the edit back before."""


class NothingToUndo(Exception):
    """Every image was changed or deleted since, or is no longer the user's."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One image of an edit: what undoing makes, or has made, of it. `name` is empty, and nothing
    told of its values, where the user may no longer see it.
    """

    row: BulkEditRow
    name: str
    changes: list[Change]
    outcome: Outcome
    is_visible: bool


def edits_for(user: User) -> QuerySet[BulkEdit]:
    """Those this user may look at and undo."""
    if user.is_administrator:
        return BulkEdit.objects.all()
    if not user.has_role(Role.UPLOADER, Role.DATA_MANAGER):
        return BulkEdit.objects.none()
    return BulkEdit.objects.filter(made_by=user)


def recent_of(user: User) -> QuerySet[BulkEdit]:
    """The user's own, as long as they can be undone."""
    return edits_for(user).filter(made_by=user, made_at__gt=timezone.now() - POSSIBLE_FOR)


def is_possible(edit: BulkEdit) -> bool:
    return edit.undone_at is None and edit.made_at > timezone.now() - POSSIBLE_FOR


def standings(user: User, edit: BulkEdit) -> list[Standing]:
    rows = list(edit.rows.all())
    wanted = [row.image_public_id for row in rows]
    seen = set(
        FundusImage.objects.of_keys(public_id__in=wanted)
        .visible_to(user)
        .values_list("public_id", flat=True)
    )
    # Who sees the job of an image sees there that it was deleted.
    told = deletion.names_of_deleted(
        user, [row.image_public_id for row in rows if not row.image_id]
    )
    names = _names(edit, rows)
    return [
        _standing(row, edit, names, outcome, row.image_public_id in seen | told.keys())
        for row, outcome in zip(rows, _outcomes(user, rows, names), strict=True)
    ]


def _names(edit: BulkEdit, rows: Sequence[BulkEditRow]) -> Names:
    return Names([*(row.before for row in rows), edit.changes])


def _standing(
    row: BulkEditRow, edit: BulkEdit, names: Names, outcome: Outcome, visible: bool
) -> Standing:
    if not visible:
        return Standing(row, "", [], Outcome.NOT_YOURS, is_visible=False)
    became = {name: edit.changes[name] for name in row.before}
    changes = names.changes(row.before, became)
    return Standing(row, row.filename, changes, outcome, is_visible=row.image_id is not None)


@transaction.atomic
def undo(*, user: User, edit: BulkEdit) -> list[BulkEditRow]:
    """Give every image back what the edit took, unless it was changed since, and return those
    that had to be left. Once only.

    Raises TooLate, UndoneAlready or NothingToUndo, and has changed nothing then.
    """
    fresh = BulkEdit.objects.filter(pk=edit.pk, made_at__gt=Now() - POSSIBLE_FOR)
    if not fresh.exists():
        raise TooLate
    if not fresh.filter(undone_at=None).update(undone_at=Now(), undone_by=user):
        raise UndoneAlready
    rows = list(edit.rows.all())
    images = {each.pk: each for each in rules.locked(user, [row.image_public_id for row in rows])}
    names = _names(edit, rows)
    for row, outcome in zip(rows, _outcomes(user, rows, names), strict=True):
        row.outcome = outcome
    restored = [row for row in rows if row.outcome == Outcome.RESTORED]
    if not restored:
        raise NothingToUndo
    # Before the counts: whoever deletes one of these images locks its row here first as well.
    BulkEditRow.objects.bulk_update(rows, ["outcome"])
    _restore(edit, restored, images, names)
    return [row for row in rows if row.outcome != Outcome.RESTORED]


def _restore(
    edit: BulkEdit, rows: list[BulkEditRow], images: dict[int, FundusImage], names: Names
) -> None:
    pairs = [(images[row.image_id or 0], row.before) for row in rows]
    tallying.change_each(pairs)
    audit.record_all([_event(image, before, names, edit) for image, before in pairs])


def _event(image: FundusImage, before: rules.Values, names: Names, edit: BulkEdit) -> AuditEvent:
    taken_back = {name: edit.changes[name] for name in before}
    changes = names.changes(taken_back, before)
    return trail.changed(image, changes, before, undo_of=str(edit.public_id))


def _outcomes(user: User, rows: Sequence[BulkEditRow], names: Names) -> list[Outcome]:
    """Of an edit that was undone, what became of each image; of another, what would."""
    keys = [row.image_id for row in rows if row.image_id]
    images = FundusImage.objects.in_bulk(keys)
    allowed = FundusImage.objects.of_keys(pk__in=keys).editable_by(user)
    yours = set(allowed.values_list("pk", flat=True))
    units = {row.before["lab_unit_id"] for row in rows if "lab_unit_id" in row.before}
    held = LabUnit.objects.held_by(user).filter(pk__in=units).values_list("pk", flat=True)
    lost, may_mark = units - set(held), rules.may_mark_pregraded(user)
    grades = rules.grades_of(list(images.values()))
    found = []
    for row in rows:
        image = images.get(row.image_id or 0)
        if row.outcome:
            found.append(Outcome(row.outcome))
        elif image is None:
            found.append(Outcome.DELETED)
        elif (
            image.pk not in yours
            or row.before.get("lab_unit_id") in lost
            or ("pregraded" in row.before and not may_mark)
        ):
            found.append(Outcome.NOT_YOURS)
        elif (
            image.version != row.version
            or rules.hindrance(row.before, grades[image.pk])
            or not names.are_whole(row.before)
        ):
            found.append(Outcome.CHANGED)
        else:
            found.append(Outcome.RESTORED)
    return found

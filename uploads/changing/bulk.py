"""The same change to many images: seen beforehand, then made to all of them or to none."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.models import User
from uploads import tallying
from uploads.changing import rules, trail
from uploads.changing.naming import Change, Names
from uploads.changing.rules import Values
from uploads.models import BulkEdit, BulkEditRow, FundusImage


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of one image; no changes: it is so already."""

    image: FundusImage
    new: Values
    changes: list[Change]
    hindrance: str


@dataclass(frozen=True, slots=True)
class Plan:
    rows: list[Row]

    @property
    def hindered(self) -> list[Row]:
        return [row for row in self.rows if row.hindrance]

    @property
    def changing(self) -> list[Row]:
        return [row for row in self.rows if row.changes and not row.hindrance]

    @property
    def same(self) -> list[Row]:
        return [row for row in self.rows if not row.changes]


class Outdated(Exception):
    """Some images are no longer as they were previewed: these were changed, those are gone."""

    def __init__(self, changed: list[FundusImage], gone: set[uuid.UUID]) -> None:
        super().__init__(f"{len(changed)} changed, {len(gone)} gone")
        self.changed = changed
        self.gone = gone


class Hindered(Exception):
    """The rules forbid the change to some of the images."""


def plan(images: Sequence[FundusImage], wanted: Values) -> Plan:
    news = [rules.differing(image, wanted) for image in images]
    olds = [rules.present(image, new) for image, new in zip(images, news, strict=True)]
    names, grades = Names([*olds, *news]), rules.grades_of(images)
    return Plan(
        [
            Row(image, new, names.changes(old, new), rules.hindrance(new, grades[image.pk]))
            for image, old, new in zip(images, olds, news, strict=True)
        ]
    )


@transaction.atomic
def apply(*, user: User, versions: Mapping[uuid.UUID, int], wanted: Values) -> BulkEdit | None:
    """Change all of the images if each is still of the version previewed.

    Returns None where all of them are so already. Raises Outdated or Hindered, and has changed
    nothing then.
    """
    images = rules.locked(user, versions)
    _require_as_previewed(images, versions)
    planned = plan(images, wanted)
    if planned.hindered:
        raise Hindered
    if not planned.changing:
        return None
    before = {row.image.pk: rules.present(row.image, row.new) for row in planned.changing}
    tallying.change_all([row.image for row in planned.changing], **wanted)
    edit = BulkEdit.objects.create(made_by=user, changes=wanted)
    BulkEditRow.objects.bulk_create(
        BulkEditRow(
            edit=edit,
            image=row.image,
            image_public_id=row.image.public_id,
            filename=row.image.filename,
            before=before[row.image.pk],
            version=row.image.version,
        )
        for row in planned.changing
    )
    audit.record_all(
        [
            trail.changed(row.image, row.changes, row.new, bulk_edit=str(edit.public_id))
            for row in planned.changing
        ]
    )
    return edit


def _require_as_previewed(images: Sequence[FundusImage], versions: Mapping[uuid.UUID, int]) -> None:
    changed = [image for image in images if image.version != versions[image.public_id]]
    gone = versions.keys() - {image.public_id for image in images}
    if changed or gone:
        raise Outdated(changed, gone)

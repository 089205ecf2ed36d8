"""Changing the description of one image, which somebody else may be changing too."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from uploads import tallying
from uploads.changing import rules, trail
from uploads.changing.naming import LABELS, Change, Names
from uploads.changing.rules import Values
from uploads.models import FundusImage


class Gone(Exception):
    """The image is no longer there, or no longer the user's to change."""


class Outdated(Exception):
    """The image was changed after the version that the user saw; `image` is what it is now."""

    def __init__(self, image: FundusImage) -> None:
        super().__init__(str(image.public_id))
        self.image = image


class Hindered(Exception):
    """The rules forbid the change; says why."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that the user wants otherwise than it is; `by` and `at` where somebody changed it
    after the user had seen it.
    """

    label: str
    yours: str
    stored: str
    by: str = ""
    at: datetime | None = None


@transaction.atomic
def save(*, user: User, public_id: uuid.UUID, version: int, wanted: Values) -> list[Change]:
    """Change the image if it is still of this version. Returns what was changed, maybe nothing.

    Raises Gone, Outdated or Hindered, and has changed nothing then.
    """
    images = rules.locked(user, [public_id])
    if not images:
        raise Gone
    [image] = images
    new = rules.differing(image, wanted)
    if not new:
        return []
    if image.version != version:
        raise Outdated(image)
    if why := rules.hindrance(new, rules.grades_of(images)[image.pk]):
        raise Hindered(why)
    old = rules.present(image, new)
    changes = Names([old, new]).changes(old, new)
    tallying.change(image, **new)
    audit.record_all([trail.changed(image, changes, new)])
    return changes


def conflicts(image: FundusImage, *, wanted: Values, version: int) -> list[Conflict]:
    """Every field in which the image is not as wanted, and who changed it after this version."""
    new = rules.differing(image, wanted)
    old = rules.present(image, new)
    events = list(trail.changes_since(image.public_id, version))
    names = trail.people(events)
    found = []
    for change in Names([old, new]).changes(old, new):
        event = next((each for each in events if change.field in each.after), None)
        told = (names[event.actor_name], event.at) if event else ("", None)
        found.append(Conflict(str(LABELS[change.field]), change.new, change.old, *told))
    return found

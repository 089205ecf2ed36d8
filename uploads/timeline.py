"""What happened to an image, as the audit trail tells it to those who may see the image."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Action, AuditEvent, User
from uploads.changing.naming import LABELS, Change
from uploads.edits.wording import told
from uploads.models import FundusImage

NEWEST = 50
# Who looked at it is between them and those who read the trail.
SHOWN = (
    Action.IMAGE_STORED,
    Action.IMAGE_CHANGED,
    Action.IMAGE_EDITED,
    Action.GRADE_GIVEN,
)
FAILED = Action.IMAGE_EDIT_FAILED
ICONS = {
    Action.IMAGE_STORED: "cloud-check",
    Action.IMAGE_CHANGED: "pencil",
    Action.IMAGE_EDITED: "sliders",
    Action.IMAGE_EDIT_FAILED: "exclamation-octagon",
    Action.GRADE_GIVEN: "clipboard-check",
}


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    who: str
    title: str
    icon: str
    changes: list[Change] = field(default_factory=list)
    detail: str = ""


def entries(image: FundusImage) -> list[Entry]:
    """Newest first, at most the `NEWEST`."""
    events = AuditEvent.objects.filter(
        Q(action__in=SHOWN, succeeded=True) | Q(action=FAILED),
        object_type=FundusImage._meta.model_name,
        object_id=str(image.public_id),
    )
    newest = list(events.order_by("-id")[:NEWEST])
    names = _names({_user_name(event) for event in newest})
    return [_entry(event, names) for event in newest]


def _names(user_names: set[str]) -> dict[str, str]:
    people = User.objects.filter(username__in=user_names)
    return {user.get_username(): user.display_name for user in people}


def _user_name(event: AuditEvent) -> str:
    """Workers store an image on behalf of whoever sent it."""
    return event.on_behalf_of or event.actor_name


def _entry(event: AuditEvent, names: dict[str, str]) -> Entry:
    who = _user_name(event)
    return Entry(
        at=event.at,
        who=names.get(who, who),
        title=_title(event),
        icon=ICONS[Action(event.action)],
        changes=_changes(event) if event.action == Action.IMAGE_CHANGED else [],
        detail=_detail(event),
    )


def _title(event: AuditEvent) -> str:
    if event.action == Action.IMAGE_STORED:
        return _("Stored")
    if event.action == Action.GRADE_GIVEN:
        return _("Grade revised") if event.before else _("Graded")
    if event.action == Action.IMAGE_EDITED:
        return _edited(event)
    if event.action == FAILED:
        return _("Edit %(n)s could not be rendered") % {"n": event.after.get("edit", "")}
    if "undo_of" in event.after:
        return _("Bulk edit undone")
    return _("Changed in a bulk edit") if "bulk_edit" in event.after else _("Changed")


def _changes(event: AuditEvent) -> list[Change]:
    return [
        Change(name, str(event.before[name]), str(event.after[name]))
        for name in LABELS
        if name in event.before and name in event.after
        if event.before[name] != event.after[name]
    ]


def _edited(event: AuditEvent) -> str:
    if restored := event.after.get("restores"):
        return _("Edit %(n)s restored") % {"n": restored}
    if not event.after.get("recipe", {}).get("steps"):
        return _("Reverted")
    return _("Image edited")


def _detail(event: AuditEvent) -> str:
    if event.action == Action.GRADE_GIVEN:
        return _grade(event)
    return told(event.after.get("recipe", {})) if event.action == Action.IMAGE_EDITED else ""


def _grade(event: AuditEvent) -> str:
    parts = (event.after.get("grade"), event.after.get("label"))
    return " · ".join(str(part) for part in parts if part)

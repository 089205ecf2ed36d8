"""How changed images stand in the audit trail, and what is read from there again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator

from accounts import audit
from accounts.models import Action, AuditEvent, User
from uploads.changing.naming import Change
from uploads.changing.rules import Values
from uploads.models import FundusImage

READ = 100  # events of one image


def changed(image: FundusImage, changes: list[Change], new: Values, **more: str) -> AuditEvent:
    """The event, unsaved: field by field in words; after it also ids and the version it left."""
    ids = {name: value for name, value in new.items() if name.endswith("_id")}
    return audit.event(
        Action.IMAGE_CHANGED,
        image,
        object_id=str(image.public_id),
        lab_unit_id=image.lab_unit_id,
        job_token=image.source_item.job.token,
        before={change.field: change.old for change in changes},
        after={
            **{change.field: change.new for change in changes},
            **ids,
            "version": image.version,
            **more,
        },
    )


def changes_since(public_id: uuid.UUID, version: int) -> Iterator[AuditEvent]:
    """Changes of the image's description after this version, newest first."""
    events = AuditEvent.objects.filter(
        object_type=FundusImage._meta.model_name,
        object_id=str(public_id),
        action=Action.IMAGE_CHANGED,
    )
    for event in events.order_by("-id")[:READ]:
        if event.after.get("version", 0) > version:
            yield event


def people(events: Iterable[AuditEvent]) -> dict[str, str]:
    """What those who acted are called, by user name."""
    found = {event.actor_name: event.actor_name for event in events}
    users = User.objects.filter(username__in=found)
    return found | {user.get_username(): user.display_name for user in users}

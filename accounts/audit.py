"""Writing the audit trail. Call inside the transaction that makes the change."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, TypedDict, Unpack

from django.db import models
from django.utils import timezone

from accounts import origin
from accounts.models import Action, AuditEvent

# Whoever tries one address after another must not fill the trail.
DENIALS, DENIALS_WITHIN = 30, timedelta(minutes=10)
LATELY = timedelta(minutes=10)


class Details(TypedDict, total=False):
    """What an event may say besides what happened, to what, and who did it."""

    object_id: str  # where it is not the primary key that people know
    succeeded: bool
    before: dict[str, Any]
    after: dict[str, Any]
    lab_unit_id: int | None
    job_token: uuid.UUID | None


def record(action: Action, obj: models.Model | None = None, **details: Unpack[Details]) -> None:
    """Append one event, by whoever is acting now, about `obj`."""
    event(action, obj, **details).save(force_insert=True)


def record_unless_lately(action: Action, obj: models.Model, **details: Unpack[Details]) -> None:
    """The same, unless whoever acts has just done so: for what pages ask for with every move."""
    made = event(action, obj, **details)
    same = AuditEvent.objects.filter(
        object_type=made.object_type,
        object_id=made.object_id,
        action=action,
        actor_name=made.actor_name,
        after=made.after,
        at__gt=timezone.now() - LATELY,
    )
    if not same.exists():
        made.save(force_insert=True)


def deny(obj: models.Model | None = None, **details: Unpack[Details]) -> None:
    """Append that whoever acts now was refused, unless that stands there often enough already."""
    details["succeeded"] = False
    denied = event(Action.ACCESS_DENIED, obj, **details)
    since = timezone.now() - DENIALS_WITHIN
    same = AuditEvent.objects.filter(
        action=Action.ACCESS_DENIED, actor_name=denied.actor_name, at__gt=since
    )
    before = same.order_by()[:DENIALS].count()
    if before == DENIALS - 1:
        denied.after = {**denied.after, "further": "not written down for ten minutes"}
    if before < DENIALS:
        denied.save(force_insert=True)


def deny_unseen(kind: type[models.Model], key: uuid.UUID, *, exists: bool) -> None:
    """The same for what was answered as if it did not exist, whether it does or not.

    Both take the same work, lest the time they take tells what the answer does not.
    """
    deny(kind(), object_id=str(key), after={"exists": exists})


def record_all(events: list[AuditEvent]) -> None:
    AuditEvent.objects.bulk_create(events)


def event(
    action: Action, obj: models.Model | None = None, **details: Unpack[Details]
) -> AuditEvent:
    """The event unsaved, for `record_all`."""
    who = origin.current()
    primary_key = str(obj.pk) if obj is not None else ""
    return AuditEvent(
        action=action,
        succeeded=details.get("succeeded", True),
        actor_id=who.actor.pk if who.actor else None,
        actor_name=who.actor.get_username() if who.actor else who.actor_name,
        on_behalf_of=who.on_behalf_of,
        roles=", ".join(sorted(who.actor.roles)) if who.actor else "",
        ip=who.ip,
        user_agent=who.user_agent,
        request_id=who.request_id,
        job_token=details.get("job_token") or who.job_token,
        object_type=type(obj).__name__.lower() if obj is not None else "",
        object_id=details.get("object_id") or primary_key,
        lab_unit_id=details.get("lab_unit_id"),
        before=details.get("before", {}),
        after=details.get("after", {}),
    )

"""Writing the audit trail. Call inside the transaction that makes the change."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models

from accounts import origin
from accounts.models import Action, AuditEvent


def record(
    action: Action,
    obj: models.Model | None = None,
    *,
    object_id: str = "",
    succeeded: bool = True,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    lab_unit_id: int | None = None,
    job_token: uuid.UUID | None = None,
) -> None:
    """Append one event, by whoever is acting now, about `obj`."""
    event(
        action,
        obj,
        object_id=object_id,
        succeeded=succeeded,
        before=before,
        after=after,
        lab_unit_id=lab_unit_id,
        job_token=job_token,
    ).save(force_insert=True)


def event(
    action: Action,
    obj: models.Model | None = None,
    *,
    object_id: str = "",
    succeeded: bool = True,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    lab_unit_id: int | None = None,
    job_token: uuid.UUID | None = None,
) -> AuditEvent:
    """The event unsaved, for `record_all`."""
    who = origin.current()
    return AuditEvent(
        action=action,
        succeeded=succeeded,
        actor_id=who.actor.pk if who.actor else None,
        actor_name=who.actor.get_username() if who.actor else who.actor_name,
        on_behalf_of=who.on_behalf_of,
        roles=", ".join(sorted(who.actor.roles)) if who.actor else "",
        ip=who.ip,
        user_agent=who.user_agent,
        request_id=who.request_id,
        job_token=job_token or who.job_token,
        object_type=type(obj).__name__.lower() if obj is not None else "",
        object_id=object_id or (str(obj.pk) if obj is not None else ""),
        lab_unit_id=lab_unit_id,
        before=before or {},
        after=after or {},
    )


def record_all(events: list[AuditEvent]) -> None:
    AuditEvent.objects.bulk_create(events)

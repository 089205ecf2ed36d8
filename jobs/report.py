"""What is said of a job: the status JSON, and the sorted lists its pages show."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from accounts.models import User
from jobs.codes import remedy
from jobs.models import Job, JobItem
from jobs.states import ItemState

Row = dict[str, Any]


def job_for_user(user: User, token: uuid.UUID) -> Job:
    """The one gate to a job. Raises Job.DoesNotExist, whether unknown or out of scope."""
    try:
        return Job.objects.visible_to(user).select_related("uploader").get(token=token)
    except Job.DoesNotExist:
        there = Job.objects.filter(token=token).exists()
        audit.deny_unseen(Job, token, exists=there)
        raise


def status(job: Job) -> dict[str, Any]:
    """The status as the contract has it, with badges added for our own pages."""
    items = list(job.items.order_by("n"))
    sent = [item for item in items if not item.rejected]
    completed = sum(item.state == ItemState.COMPLETED for item in sent)
    failed = sum(item.state == ItemState.ERROR for item in sent)
    finished = completed + failed
    return {
        "job_id": str(job.token),
        "job_token": str(job.token),
        "job_status": job.state,
        "badge": job.badge,
        "error": job.error,
        "progress": {
            "total": len(sent),
            "finished": finished,
            "completed": completed,
            "failed": failed,
            "percent": finished * 100 // len(sent) if sent else 100,
        },
        "rejected_count": len(items) - len(sent),
        "uploader": {
            "username": job.uploader.get_username(),
            "name": job.uploader.display_name,
        },
        **job.labels,
        "created_at": _iso(job.created_at),
        "started_at": _iso(job.started_at),
        "finished_at": _iso(job.finished_at),
        "items": [item_row(item) for item in items],
        "results_url": reverse("jobs:job-results", args=[job.token]),
    }


def item_row(item: JobItem) -> Row:
    image = item.image_id
    shown = image if item.image_deleted_at is None else None
    return {
        "n": item.n,
        "filename": item.filename,
        "size": item.size_bytes if item.size_bytes is not None else item.declared_size,
        "md5": item.content_md5 or item.declared_md5,
        "rejected": item.rejected,
        "state": item.state,
        "badge": item.badge,
        "code": item.code or None,
        "detail": item.detail or None,
        "started_at": _iso(item.started_at),
        "finished_at": _iso(item.finished_at),
        "image_id": str(image) if image else None,
        "image_url": reverse("uploads:image-detail", args=[shown]) if shown else None,
    }


def full_row(item: JobItem) -> Row:
    """An item's row with what only our own pages say of it."""
    return item_row(item) | {
        "remedy": remedy(item.code),
        "duplicate_of": str(item.duplicate_of) if item.duplicate_of else None,
        "deleted_at": item.image_deleted_at,
        "deleted_by": item.image_deleted_by,
    }


def verdict(job: Job, rows: list[Row]) -> str:
    """One sentence that accounts for every file chosen."""
    stored = sum(row["state"] == ItemState.COMPLETED for row in rows)
    under_way = sum(row["state"] not in ItemState.final() for row in rows)
    duplicates = sum(row["code"] == "duplicate" for row in rows)
    other = len(rows) - stored - under_way - duplicates
    parts = [ngettext("%d image stored", "%d images stored", stored) % stored]
    if duplicates:
        parts.append(ngettext("%d duplicate", "%d duplicates", duplicates) % duplicates)
    if other:
        parts.append(ngettext("%d not stored", "%d not stored", other) % other)
    if under_way:
        parts.append(ngettext("%d still under way", "%d still under way", under_way) % under_way)
    return _("%(parts)s.") % {"parts": ", ".join(parts)}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

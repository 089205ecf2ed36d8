"""Time that has passed without waiting for it."""

from datetime import timedelta
from typing import Any

from django.db.models import F

from jobs.models import Job, JobItem


def _earlier(rows: Any, names: tuple[str, ...], by: timedelta) -> None:
    rows.update(**{name: F(name) - by for name in names})


def age_items(job: Job, *names: str, **by: float) -> None:
    """Move these times of all items of the job into the past; `by` as for timedelta."""
    _earlier(JobItem.objects.filter(job=job), names, timedelta(**by))


def age_job(job: Job, *names: str, **by: float) -> None:
    _earlier(Job.objects.filter(pk=job.pk), names, timedelta(**by))

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.gates import role_required
from accounts.middleware import background, signed_in
from accounts.models import Action
from accounts.roles import Role
from jobs import report, tables
from jobs.models import Job
from jobs.states import ItemState

RECENT = 100
JobView = Callable[[HttpRequest, Job], HttpResponse]


def with_job(view: JobView) -> Callable[[HttpRequest, uuid.UUID], HttpResponse]:
    """404 for jobs the asker may not see, exactly as for those that do not exist."""

    @wraps(view)
    def found(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
        try:
            job = report.job_for_user(signed_in(request), token)
        except Job.DoesNotExist:
            raise Http404 from None
        return view(request, job)

    return found


@require_safe
@with_job
def processing(request: HttpRequest, job: Job) -> HttpResponse:
    status = report.status(job)
    failures_first = sorted(status["items"], key=lambda row: row["state"] != ItemState.ERROR)
    context = {"job": job, "status": status, "items": failures_first}
    return render(request, "jobs/processing.html", context)


@require_safe
@with_job
def results(request: HttpRequest, job: Job) -> HttpResponse:
    rows = [report.full_row(item) for item in job.items.order_by("n")]
    completed = [row for row in rows if row["state"] == ItemState.COMPLETED]
    rejected = [row for row in rows if row["rejected"]]
    failed = [row for row in rows if row["state"] == ItemState.ERROR and not row["rejected"]]
    context = {
        "job": job,
        "verdict": report.verdict(job, rows),
        "completed": completed,
        "failed": failed,
        "rejected": rejected,
        "counts": {
            "chosen": len(rows),
            "completed": len(completed),
            "failed": len(failed),
            "rejected": len(rejected),
        },
        "retry_url": f"{reverse('uploads:upload')}?retry={job.token}",
    }
    return render(request, "jobs/results.html", context)


@require_safe
@with_job
def errors_csv(request: HttpRequest, job: Job) -> HttpResponse:
    """Every file that did not become an image, with its reason."""
    audit.record(
        Action.EXPORTED,
        job,
        object_id=str(job.token),
        lab_unit_id=job.lab_unit_id,
        job_token=job.token,
        after={"format": "csv", "what": "errors"},
    )
    response = HttpResponse(content_type=tables.CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="errors-{job.token}.csv"'
    response.write(tables.BOM + tables.row(["n", "filename", "stage", "code", "reason"]))
    for row in report.status(job)["items"]:
        if row["state"] == ItemState.ERROR:
            stage = "rejected" if row["rejected"] else "failed"
            cells = [row["n"], row["filename"], stage, row["code"], row["detail"]]
            response.write(tables.row(cells))
    return response


@require_safe
@role_required(Role.UPLOADER, Role.DATA_MANAGER)
def recent(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    newest = Job.objects.visible_to(user).order_by("-id")[:RECENT].values("pk")
    jobs = Job.objects.filter(pk__in=list(newest.values_list("pk", flat=True)))
    context = {
        "jobs": jobs.with_counts().select_related("uploader").order_by("-id"),
        "show_uploader": user.is_administrator or user.has_role(Role.DATA_MANAGER),
        "new_tokens": set(request.GET.get("new", "").split(",")),
    }
    return render(request, "jobs/recent.html", context)


@background
@require_safe
@with_job
def status(request: HttpRequest, job: Job) -> HttpResponse:
    return JsonResponse(report.status(job))

"""The way of the page's own script, and of any other: announce, send each file, ask."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import quota
from accounts.gates import require_role, role_required
from accounts.middleware import signed_in
from accounts.roles import Role
from jobs import report
from jobs.codes import Code, sentence
from jobs.models import Job, JobItem
from jobs.states import ItemState
from jobs.storage import StorageAway
from uploads import intake, limits, spool, wire
from uploads.manifest import Complaint, read_hashes, read_object, read_order

RETRY_AFTER = 10  # seconds
Api = Callable[..., HttpResponse]


def problem(error: str, code: str, status: int, **more: Any) -> JsonResponse:
    return JsonResponse({"error": error, "code": code, **more}, status=status)


def answers_json(view: Api) -> Api:
    """Turns what can go wrong below into the contract's JSON errors."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Complaint as complaint:
            return problem(
                complaint.error, complaint.code, complaint.status, fields=complaint.fields
            )
        except intake.TooManyLookups as wait:
            return _throttled(wait.seconds)
        except StorageAway:
            return _storage_away()
        except wire.Interrupted:
            return problem(_("The connection broke off. Send again."), "interrupted", 400)

    return answered


@require_POST
@role_required(Role.UPLOADER)
@answers_json
def hash_check(request: HttpRequest) -> HttpResponse:
    """Which of these hashes belong to images the asker may see."""
    user = signed_in(request)
    hashes = read_hashes(read_object(request.body))
    wait = quota.take_lookup(user)
    if wait:
        return _throttled(wait)
    known = intake.visible_duplicates(user, hashes)
    duplicates = {
        md5: {
            "url": reverse("uploads:image-detail", args=[image.public_id]),
            "created_at": image.created_at.isoformat(),
            "uploader": image.uploaded_by.get_username(),
        }
        for md5, image in known.items()
    }
    return JsonResponse({"duplicates": duplicates})


@require_POST
@role_required(Role.UPLOADER)
@answers_json
def job_create(request: HttpRequest) -> HttpResponse:
    order = read_order(read_object(request.body), signed_in(request))
    spool.folder_with_room()  # announced now, the bytes would only be turned away one by one
    job, is_new = intake.open_job(order, counts_as_lookup=True)
    items = job.items.filter(rejected=False).order_by("n")
    body = {
        "job_id": str(job.token),
        "items": [_announced(job, item) for item in items],
        "processing_url": reverse("jobs:job-processing", args=[job.token]),
    }
    return JsonResponse(body, status=201 if is_new else 200)


def _announced(job: Job, item: JobItem) -> dict[str, Any]:
    return {
        "n": item.n,
        "filename": item.filename,
        "state": item.state,
        "code": item.code or None,
        "detail": item.detail or None,
        "upload_url": reverse("uploads:item-bytes", args=[job.token, item.n]),
    }


@require_http_methods(["PUT"])
@answers_json
def item_bytes(request: HttpRequest, token: uuid.UUID, n: int) -> HttpResponse:
    item = _own_item(request, token, n)
    if item.state != ItemState.AWAITING:
        return _state_of(item, 200)
    largest = limits.current().max_file_bytes
    if wire.content_length(request) > largest:
        return _too_large(item)
    try:
        after = intake.receive(item, wire.chunks(request, limit=largest))
    except wire.TooLarge:
        return _too_large(item)
    if after.state == ItemState.AWAITING:
        return problem(
            _("The bytes are not the ones announced. Send the file again."), "mismatch", 409, n=n
        )
    if after.code == Code.CHANGED:
        return problem(after.detail, after.code, 409, n=n, state=after.state)
    return _state_of(after, 202 if after.state == ItemState.QUEUED else 200)


item_bytes.own_body_limit = True  # type: ignore[attr-defined]


def _own_item(request: HttpRequest, token: uuid.UUID, n: int) -> JobItem:
    """The item, for the one who announced it: 404 unless visible, 403 for everybody else."""
    user = signed_in(request)
    try:
        job = report.job_for_user(user, token)
        item = JobItem.objects.select_related("job").get(job=job, n=n)
    except (Job.DoesNotExist, JobItem.DoesNotExist):
        raise Http404 from None
    require_role(user, Role.UPLOADER)
    if job.uploader_id != user.pk:
        require_role(user)
    return item


def _too_large(item: JobItem) -> HttpResponse:
    after = intake.refuse_too_large(item)
    return problem(sentence(Code.TOO_LARGE), Code.TOO_LARGE, 413, n=after.n, state=after.state)


def _state_of(item: JobItem, status: int) -> JsonResponse:
    answer = {"n": item.n, "state": item.state}
    if item.code:
        answer |= {"code": item.code, "detail": item.detail}
    return JsonResponse(answer, status=status)


def _throttled(seconds: int) -> JsonResponse:
    response = problem(
        _("Too many look-ups. Wait %(seconds)d seconds.") % {"seconds": seconds}, "throttled", 429
    )
    response["Retry-After"] = str(seconds)
    return response


def _storage_away() -> JsonResponse:
    code = Code.STORAGE_UNAVAILABLE
    response = problem(sentence(code), code, 503)
    response["Retry-After"] = str(RETRY_AFTER)
    return response

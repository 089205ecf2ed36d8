"""The upload page: the form, and the plain way of sending it all at once."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.gates import role_required
from accounts.middleware import signed_in
from accounts.models import LabUnit, User
from accounts.roles import Role
from jobs.codes import Code, sentence
from jobs.models import Job
from jobs.storage import StorageAway
from uploads import intake, limits, wire
from uploads.changing.rules import may_mark_pregraded
from uploads.formparts import SpooledPart, SpoolingHandler
from uploads.forms import ChoicesForm, is_on
from uploads.models import Area, Batch, Camera, Disease
from uploads.telling import FIRST_NAMES, NEUTRAL

RETRY_AFTER = 30  # seconds


@csrf_exempt  # checked in `_accept`, once the body has been parsed by our own handler
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.UPLOADER)
def upload(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return page(request)
    if wire.content_length(request) > limits.current().max_form_bytes:
        return _whole_too_large(request)
    handler = SpoolingHandler(request, limits.current())
    request.upload_handlers = [handler]
    try:
        with wire.read_body_guard(request):
            request.POST  # noqa: B018 - parses the body
        return _accept(request)
    except StorageAway:
        return _storage_away(request)
    except wire.Interrupted:
        return page(request, error=_("The connection broke off. Send the files again."), status=400)
    finally:
        handler.close()


upload.own_body_limit = True  # type: ignore[attr-defined]


@csrf_protect
def _accept(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = ChoicesForm(request.POST, user=user)
    if _too_many(request):
        return page(request, form=form, error=sentence(Code.TOO_MANY_FILES), status=422)
    if not form.is_valid():
        return page(request, form=form, error=form.complaint()[0], status=422)
    parts = [part for part in request.FILES.getlist("files") if isinstance(part, SpooledPart)]
    if not parts:
        return page(request, form=form, error=sentence(Code.NO_FILE), status=422)
    token = uuid.uuid4()
    order = intake.Order(
        user=user,
        choices=form.choices(),
        files=stage_all(token, parts),
        client_key=form.key(),
        token=token,
    )
    job = intake.open_staged(order)
    return redirect("jobs:job-processing", token=job.token)


def stage_all(token: uuid.UUID, parts: list[SpooledPart]) -> list[intake.Incoming]:
    """Move every part within the limits to staging."""
    files = []
    try:
        for n, part in enumerate(parts):
            file = part.incoming()
            files.append(file)
            if part.spool is not None and part.spool.size:
                file.key = part.spool.stage(token, n)
    except StorageAway:
        intake.discard(files)
        raise
    return files


def _too_many(request: HttpRequest) -> bool:
    return any(
        isinstance(handler, SpoolingHandler) and handler.too_many
        for handler in request.upload_handlers
    )


def _whole_too_large(request: HttpRequest) -> HttpResponse:
    wire.drain_form(request)
    both = f"{sentence(Code.TOO_MANY_FILES)}. {sentence(Code.TOO_LARGE)}."
    return page(request, error=both, status=413)


def _storage_away(request: HttpRequest) -> HttpResponse:
    response = page(request, error=sentence(Code.STORAGE_UNAVAILABLE), status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def page(
    request: HttpRequest,
    *,
    form: ChoicesForm | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    hospitals = _hospitals(user)
    offered = {
        "hospitals": hospitals,
        "cameras": list(Camera.objects.filter(is_active=True).values("id", "name")),
        "diseases": list(Disease.objects.filter(is_active=True).values("id", "name")),
        "areas": [
            {"value": area.laterality, "label": area.label}
            for area in Area.objects.filter(is_active=True)
        ],
    }
    chosen = _posted(form) if form else _remembered(user, request.GET.get("retry"))
    context: dict[str, Any] = {
        **offered,
        "form": form or ChoicesForm(user=user),
        "form_error": error,
        "chosen": _single_choices(chosen, offered),
        "client_key": uuid.uuid4(),
        "upload_config": _config(user),
    }
    return render(request, "uploads/upload.html", context, status=status)


def _hospitals(user: User) -> list[dict[str, Any]]:
    hospitals: dict[int, dict[str, Any]] = {}
    for unit in LabUnit.objects.open_to(user).select_related("hospital"):
        entry = {"id": unit.hospital_id, "name": unit.hospital.name, "units": []}
        hospital = hospitals.setdefault(unit.hospital_id, entry)
        hospital["units"].append({"id": unit.pk, "name": unit.name})
    return list(hospitals.values())


def _posted(form: ChoicesForm) -> dict[str, Any]:
    names = ("hospital", "lab_unit", "camera", "disease", "area")
    chosen: dict[str, Any] = {name: str(form.data.get(name) or "") for name in names}
    flags = {name: is_on(form.data.get(name)) for name in ("mydriatic", "pregraded")}
    return chosen | flags


def _remembered(user: User, retry: str | None) -> dict[str, Any]:
    """What the job to be repeated, or else this user's last one, was uploaded with."""
    jobs = Job.objects.visible_to(user).filter(uploader=user)
    if retry:
        jobs = jobs.filter(token=_uuid(retry) or uuid.uuid4())
    batches = Batch.objects.filter(job__in=jobs).select_related("job__lab_unit")
    last = batches.order_by("-job_id").first()
    if last is None:
        return dict.fromkeys(("hospital", "lab_unit", "camera", "disease", "area"), "")
    return {
        "hospital": str(last.job.lab_unit.hospital_id),
        "lab_unit": str(last.job.lab_unit_id),
        "camera": str(last.camera_id),
        "disease": str(last.disease_id),
        "area": last.laterality,
        "mydriatic": last.mydriatic,
        "pregraded": bool(retry) and last.pregraded,
    }


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _single_choices(chosen: dict[str, Any], offered: dict[str, Any]) -> dict[str, Any]:
    """Where only one value is offered, it is chosen."""
    only = {
        "hospital": offered["hospitals"],
        "camera": offered["cameras"],
        "disease": offered["diseases"],
    }
    for name, values in only.items():
        if len(values) == 1:
            chosen[name] = str(values[0]["id"])
    units = [
        unit
        for hospital in offered["hospitals"]
        if str(hospital["id"]) == chosen["hospital"]
        for unit in hospital["units"]
    ]
    if len(units) == 1:
        chosen["lab_unit"] = str(units[0]["id"])
    return chosen


def _config(user: User) -> dict[str, Any]:
    limit = limits.current()
    return {
        "maxFiles": limit.max_files,
        "maxBytes": limit.max_file_bytes,
        "maxFileMb": limit.max_file_mb,
        "quotaLeft": user.quota_left,
        "checkUrl": reverse("uploads:hash-check"),
        "jobsUrl": reverse("uploads:job-create"),
        "recentUrl": reverse("jobs:job-list"),
        "lookupsPerMinute": limit.lookups_per_minute,
        "pregradedAllowed": may_mark_pregraded(user),
        "words": {"neutral": sorted(NEUTRAL), "first": sorted(FIRST_NAMES)},
        "sentences": {code: sentence(code) for code in Code.values},
    }

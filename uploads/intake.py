"""Receiving: one job with its items from what was announced, then the bytes of each.

Both ways in, the page's script and the plain form, end in `open_job`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit, origin, quota
from accounts.models import Action, LabUnit, User
from jobs import lifecycle
from jobs.codes import Code, sentence
from jobs.models import Job, JobItem
from jobs.queue import enqueue
from jobs.states import ItemState, JobState
from uploads import limits
from uploads.filenames import display_name
from uploads.models import Area, Batch, Camera, Disease, FundusImage
from uploads.spool import Spool

MISMATCHES_ALLOWED = 3


class TooManyLookups(Exception):
    def __init__(self, seconds: int) -> None:
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form asks about a whole batch."""

    lab_unit: LabUnit
    camera: Camera
    disease: Disease
    area: Area
    mydriatic: bool = False
    pregraded: bool = False

    def labels(self) -> dict[str, str | bool]:
        return {
            "hospital": self.lab_unit.hospital.name,
            "lab_unit": self.lab_unit.name,
            "camera": self.camera.name,
            "disease": self.disease.name,
            "area": self.area.label,
            "mydriatic": self.mydriatic,
        }


@dataclass(slots=True)
class Incoming:
    """One file announced or received. `key` is set once its bytes lie in staging; hashes are of
    the bytes themselves then, and only claimed by the sender before.
    """

    name: str
    size: int
    md5: str
    sha256: str = ""
    key: str = ""
    code: Code | None = None
    duplicate_of: uuid.UUID | None = None
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """Everything one upload asks for."""

    user: User
    choices: Choices
    files: list[Incoming]
    rejected: list[Incoming] = field(default_factory=list)
    client_key: uuid.UUID | None = None
    token: uuid.UUID = field(default_factory=uuid.uuid4)


def job_of(user: User, client_key: uuid.UUID | None) -> Job | None:
    """The job an earlier, identical sending made."""
    if client_key is None:
        return None
    return Job.objects.filter(uploader=user, client_key=client_key).first()


def open_job(order: Order, *, counts_as_lookup: bool) -> tuple[Job, bool]:
    """Make the job, its items and the quota reservation in one transaction.

    Returns the job and whether it is new: the same client key gives the first job again.
    Raises TooManyLookups; nothing is kept then.
    """
    earlier = job_of(order.user, order.client_key)
    if earlier:
        return earlier, False
    try:
        with transaction.atomic():
            return _open(order, counts_as_lookup=counts_as_lookup), True
    except IntegrityError:
        earlier = job_of(order.user, order.client_key)
        if earlier is None:
            raise
        return earlier, False


def open_staged(order: Order) -> Job:
    """Make the job of files whose bytes lie in staging already; drop those if none comes of it."""
    is_new = False
    try:
        job, is_new = open_job(order, counts_as_lookup=False)
        return job
    finally:
        if not is_new:
            discard(order.files)


def discard(files: list[Incoming]) -> None:
    """Drop the staged bytes of files that no item names."""
    for file in files:
        lifecycle.drop_staged(file.key)


def _open(order: Order, *, counts_as_lookup: bool) -> Job:
    if counts_as_lookup and order.files:
        wait = quota.take_lookup(order.user)
        if wait:
            raise TooManyLookups(wait)
    judge(order.user, order.files)
    _reserve(order.user, order.files)
    job = _write_job(order)
    items = _write_items(job, order)
    for item in items:
        if item.state == ItemState.QUEUED:
            enqueue(item.pk)
    _audit_opening(job, items)
    return job


def judge(user: User, files: list[Incoming]) -> None:
    """Give every file its verdict as far as one is possible before processing."""
    largest = limits.current().max_file_bytes
    known = visible_duplicates(user, {file.md5 for file in files if file.md5})
    seen: set[str] = set()
    for file in files:
        if file.code is not None:
            continue
        if file.size > largest:
            file.code = Code.TOO_LARGE
        elif file.size == 0:
            file.code = Code.CORRUPT
        elif file.md5 in known:
            file.code, file.duplicate_of = Code.DUPLICATE, known[file.md5].public_id
        elif file.md5 in seen:
            file.code = Code.DUPLICATE
        else:
            seen.add(file.md5)


def visible_duplicates(user: User, md5s: Iterable[str]) -> dict[str, FundusImage]:
    """Images with one of these hashes that the user may see; others stay unmentioned."""
    images = FundusImage.objects.of_keys(content_md5__in=list(md5s)).visible_to(user)
    return {image.content_md5: image for image in images.select_related("uploaded_by")}


def _reserve(user: User, files: list[Incoming]) -> None:
    wanted = [file for file in files if file.code is None]
    granted = quota.reserve(user, len(wanted))
    for file in wanted[granted:]:
        file.code = Code.QUOTA


def _write_job(order: Order) -> Job:
    who = origin.current()
    hopeless = all(file.code is not None for file in order.files)
    job = Job.objects.create(
        token=order.token,
        client_key=order.client_key,
        uploader=order.user,
        lab_unit=order.choices.lab_unit,
        labels=order.choices.labels(),
        state=JobState.ERROR if hopeless else JobState.QUEUED,
        finished_at=timezone.now() if hopeless else None,
        origin_ip=who.ip,
        origin_agent=who.user_agent,
    )
    Batch.objects.create(
        job=job,
        camera=order.choices.camera,
        disease=order.choices.disease,
        laterality=order.choices.area.laterality,
        mydriatic=order.choices.mydriatic,
        pregraded=order.choices.pregraded,
    )
    return job


def _write_items(job: Job, order: Order) -> list[JobItem]:
    files = [*order.files, *order.rejected]
    items = JobItem.objects.bulk_create(_item(job, n, file) for n, file in enumerate(files))
    dropped = [file.key for file in files if file.key and file.code is not None]
    for key in dropped:
        lifecycle.drop_staged_after_commit(key)
    return items


def _item(job: Job, n: int, file: Incoming) -> JobItem:
    item = JobItem(
        job=job,
        n=n,
        filename=display_name(file.name),
        rejected=file.rejected,
        declared_size=file.size,
        declared_md5=file.md5,
    )
    if file.key:
        item.size_bytes, item.content_md5, item.content_sha256 = file.size, file.md5, file.sha256
        item.received_at = timezone.now()
    if file.code is not None:
        item.state, item.code = ItemState.ERROR, file.code
        item.detail, item.duplicate_of = sentence(file.code), file.duplicate_of
        item.finished_at = timezone.now()
    elif file.key:
        item.state, item.enqueued_at = ItemState.QUEUED, timezone.now()
        item.file = file.key
    return item


def _audit_opening(job: Job, items: list[JobItem]) -> None:
    opened = audit.event(
        Action.JOB_CREATED,
        job,
        job_token=job.token,
        lab_unit_id=job.lab_unit_id,
        after={"files": len(items), "labels": job.labels},
    )
    received = [
        audit.event(
            Action.ITEM_RECEIVED,
            item,
            job_token=job.token,
            after={"md5": item.content_md5, "size_bytes": item.size_bytes},
        )
        for item in items
        if item.state == ItemState.QUEUED
    ]
    refused = [
        audit.event(
            Action.ITEM_REFUSED,
            item,
            succeeded=False,
            job_token=job.token,
            after={"code": item.code, "md5": item.declared_md5, "in_browser": item.rejected},
        )
        for item in items
        if item.state == ItemState.ERROR
    ]
    audit.record_all([opened, *received, *refused])


# --- Bytes --------------------------------------------------------------------------------


def receive(item: JobItem, chunks: Iterator[bytes]) -> JobItem:
    """Take the bytes of an awaiting item. The item returned tells what became of it.

    Raises what reading raises, and StorageAway; the item stays awaiting then.
    """
    with Spool() as spool:
        for chunk in chunks:
            spool.write(chunk)
        if spool.md5 != item.declared_md5:
            return _mismatched(item)
        key = spool.stage(item.job.token, item.n)
        received = lifecycle.receive(
            item, key=key, size=spool.size, md5=spool.md5, sha256=spool.sha256
        )
    if not received:
        lifecycle.drop_staged(key)
    return _fresh(item)


def refuse_too_large(item: JobItem) -> JobItem:
    lifecycle.refuse_awaiting(item, Code.TOO_LARGE)
    return _fresh(item)


def _mismatched(item: JobItem) -> JobItem:
    awaiting = JobItem.objects.filter(pk=item.pk, state=ItemState.AWAITING)
    awaiting.update(mismatches=F("mismatches") + 1)
    fresh = _fresh(item)
    if fresh.mismatches >= MISMATCHES_ALLOWED:
        lifecycle.refuse_awaiting(fresh, Code.CHANGED)
        return _fresh(item)
    return fresh


def _fresh(item: JobItem) -> JobItem:
    return JobItem.objects.select_related("job").get(pk=item.pk)

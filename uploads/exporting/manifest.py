"""The table: one row for an image, with both hashes, and without the file's name unless asked."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from accounts.models import User
from jobs import tables
from jobs.models import Job, JobItem
from uploads.exporting.order import Order
from uploads.exporting.walking import batches
from uploads.models import FundusImage, Grade

TOGETHER = 500  # images whose rows are fetched and sent at once
FORMATS = {"image/jpeg": "jpg", "image/png": "png"}
COLUMNS = (
    "image_id", "uploaded_at", "uploader", "hospital", "lab_unit", "camera", "disease", "area",
    "mydriatic", "pregraded", "graded", "grade_value", "grade_label", "grade_scale", "grader",
    "graded_at", "width", "height", "format", "content_md5", "content_sha256", "stored_sha256",
    "stored_size", "edited_sha256", "job_id",
)  # fmt: skip


class Entry(NamedTuple):
    """An image and its row's cells."""

    image: FundusImage
    cells: list[str]


def pieces(order: Order) -> Generator[bytes, None, None]:
    """The table as a file of its own, some hundred rows at a time."""
    yield (tables.BOM + tables.row(columns(order))).encode()
    for found in batches(order, TOGETHER):
        rows = (tables.row(entry.cells) for entry in entries(order, found))
        yield "".join(rows).encode()
        order.progress.sent += len(found)


def columns(order: Order) -> list[str]:
    names = ["filename"] if order.names else []
    return [COLUMNS[0], *names, *COLUMNS[1:]]


def entries(order: Order, images: Sequence[FundusImage]) -> list[Entry]:
    """Asks the database once for the grades and twice for the jobs of all these images."""
    grades, jobs = _latest_grades(images), _visible_jobs(order.user, images)
    return [
        Entry(image, _cells(order, image, grades.get(image.pk), jobs.get(image.source_item_id, "")))
        for image in images
    ]


def _cells(order: Order, image: FundusImage, grade: Grade | None, job: str) -> list[str]:
    names = [image.filename] if order.names else []
    return [str(image.public_id), *names, *_description(image), *_grade(grade), *_file(image, job)]


def _description(image: FundusImage) -> list[str]:
    return [
        _moment(image.created_at),
        image.uploaded_by.get_username(),
        image.lab_unit.hospital.name,
        image.lab_unit.name,
        image.camera.name,
        image.disease.name,
        image.laterality,
        _yes_no(image.mydriatic),
        _yes_no(image.pregraded),
        _yes_no(image.graded),
    ]


def _grade(grade: Grade | None) -> list[str]:
    if grade is None:
        return [""] * 5
    return [
        grade.level.value,
        grade.level.label,
        grade.scale.name,
        grade.grader.get_username(),
        _moment(grade.given_at),
    ]


def _file(image: FundusImage, job: str) -> list[str]:
    return [
        str(image.width),
        str(image.height),
        FORMATS[image.mime_type],
        image.content_md5,
        image.content_sha256,
        image.stored_sha256,
        str(image.stored_size),
        image.edited_sha256,
        job,
    ]


def _latest_grades(images: Sequence[FundusImage]) -> dict[int, Grade]:
    given = Grade.objects.filter(image__in=[image.pk for image in images])
    oldest_first = given.select_related("level", "scale", "grader").order_by("id")
    return {grade.image_id: grade for grade in oldest_first}


def _visible_jobs(user: User, images: Sequence[FundusImage]) -> dict[int, str]:
    """By item. Graders see images without the jobs they came with."""
    # In two steps: SQLite would begin a join with all jobs of the units.
    items = JobItem.objects.filter(pk__in=[image.source_item_id for image in images])
    job_of = dict(items.values_list("pk", "job_id"))
    jobs = Job.objects.visible_to(user).filter(pk__in=set(job_of.values()))
    tokens = dict(jobs.values_list("pk", "token"))
    return {item: str(tokens[job]) for item, job in job_of.items() if job in tokens}


def _moment(moment: datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds")


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"

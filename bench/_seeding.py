"""Rows of a large installation: `python -m bench._seeding [number of images]`.

Sixty lab units over four years of working days; every row is as the product would have written it,
counted and found by its name. The pictures are few, and many rows share them.
"""

from __future__ import annotations

import hashlib
import random
import sys
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any, NamedTuple

import django

UNITS_A_HOSPITAL = (9, 8, 7, 6, 6, 5, 5, 4, 4, 3, 2, 1)
YEARS, UPLOADERS_A_UNIT, SHARED_PICTURES = 4, 4, 24
LAST_DAY = date(2026, 11, 24)
LATERALITIES = ("OD", "OS", "OU")
ROWS_TOGETHER = 20_000


class Kind(NamedTuple):
    lab_unit: int
    uploaded_by: int
    camera: int
    disease: int
    laterality: str
    mydriatic: bool
    pregraded: bool
    graded: bool


class Upload(NamedTuple):
    """One job: its images agree in all but some of them being graded."""

    day: date
    unit: int
    uploader: int
    camera: int
    disease: int
    laterality: str
    mydriatic: bool
    pregraded: bool
    size: int


def main(wanted: int = 1_000_000) -> None:
    seed(wanted)
    print(f"{wanted:,} images written")


def seed(wanted: int) -> None:
    """Write `wanted` images and what they need into an empty, migrated database."""
    from django.db import transaction  # noqa: PLC0415 - settings are chosen by then

    rng = random.Random(1)
    with transaction.atomic():
        units, people = _places(rng)
        Writer(rng, _pictures()).write(_uploads(rng, wanted, units, people))


def _places(rng: random.Random) -> tuple[list[int], dict[int, list[int]]]:
    from django.contrib.auth.models import Group  # noqa: PLC0415

    from accounts.models import Hospital, LabUnit, User  # noqa: PLC0415

    uploader = Group.objects.get(name="Uploader")
    units: list[int] = []
    people: dict[int, list[int]] = {}
    for h, size in enumerate(UNITS_A_HOSPITAL, 1):
        hospital = Hospital.objects.create(name=f"Hospital {h:02}")
        for u in range(1, size + 1):
            unit = LabUnit.objects.create(hospital=hospital, name=f"Unit {h:02}-{u}")
            units.append(unit.pk)
            people[unit.pk] = []
            for n in range(UPLOADERS_A_UNIT):
                user = User(username=f"tech-{h:02}-{u}-{n}", password="!")
                user.save()
                user.groups.add(uploader)
                user.lab_units.add(unit)
                people[unit.pk].append(user.pk)
    rng.shuffle(units)
    return units, people


def _uploads(
    rng: random.Random, wanted: int, units: list[int], people: dict[int, list[int]]
) -> Iterator[Upload]:
    """Jobs in the order of time, until `wanted` images are there."""
    from uploads.models import Camera, Disease  # noqa: PLC0415

    cameras = list(Camera.objects.order_by("pk").values_list("pk", flat=True))
    diseases = list(Disease.objects.order_by("position").values_list("pk", flat=True))
    own_cameras = {unit: rng.sample(cameras, rng.randint(1, 3)) for unit in units}
    days = [LAST_DAY - timedelta(days=n) for n in range(YEARS * 365, -1, -1)]
    days = [day for day in days if day.weekday() < 5]
    written = 0
    for n, day in enumerate(days):
        target = wanted * (n + 1) // len(days)
        while written < target:
            unit = units[min(int(rng.expovariate(1 / 18)), len(units) - 1)]
            size = min(target - written, rng.randint(4, 30))
            yield Upload(
                day,
                unit,
                rng.choice(people[unit]),
                rng.choice(own_cameras[unit]),
                rng.choices(diseases, (80, 15, 5))[0],
                rng.choices(LATERALITIES, (47, 47, 6))[0],
                rng.random() < 0.4,
                rng.random() < 0.02,
                size,
            )
            written += size


def _pictures() -> list[tuple[str, str]]:
    """Stored originals and thumbnails, by their keys."""
    import numpy as np  # noqa: PLC0415
    from django.core.files.base import ContentFile  # noqa: PLC0415
    from django.core.files.storage import default_storage  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    y, x = np.mgrid[0:480, 0:640]
    disc = ((x - 320) ** 2 + (y - 240) ** 2) < 230**2
    pairs = []
    for n in range(SHARED_PICTURES):
        tint = np.stack([150 + n * 3 + x / 20, 60 + n * 2 + y / 30, 30 + n + 0 * x], axis=-1)
        spot = ((x - 200 - n * 9) ** 2 + (y - 230) ** 2) < 40**2
        pixels = (tint.clip(0, 255) * disc[..., None]).astype(np.uint8)
        pixels[spot] = (250, 220, 150)
        pair = []
        for folder, size in (("originals", (640, 480)), ("thumbnails", (400, 300))):
            out = BytesIO()
            Image.fromarray(pixels).resize(size).save(out, "JPEG", quality=80)
            key = f"{folder}/seed/{n:02}.jpg"
            pair.append(default_storage.save(key, ContentFile(out.getvalue())))
        pairs.append((pair[0], pair[1]))
    return pairs


class Writer:
    """Writes jobs with their items, images, words and counts in large pieces."""

    def __init__(self, rng: random.Random, pictures: list[tuple[str, str]]) -> None:
        self.rng = rng
        self.pictures = pictures
        self.number = 0
        self.totals: dict[Kind, int] = {}
        self.tallies: dict[tuple[date, Kind], int] = {}
        self.in_total: Counter[int] = Counter()
        self.in_tally: Counter[int] = Counter()

    def write(self, uploads: Iterable[Upload]) -> None:
        from uploads.models import ImageTally, ImageTotal  # noqa: PLC0415

        rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in ("item", "image", "word")}
        jobs: list[tuple[Any, ...]] = []
        self.kept_numbers: list[tuple[str, tuple[Any, ...]]] = []
        for job_id, upload in enumerate(uploads, 1):
            jobs.append(self._job(job_id, upload))
            for n in range(upload.size):
                self._image(job_id, n, upload, rows)
            if len(rows["image"]) >= ROWS_TOGETHER:
                self._flush(jobs, rows)
        self._flush(jobs, rows)
        for model, counts in ((ImageTotal, self.in_total), (ImageTally, self.in_tally)):
            _execute_many(
                f"UPDATE {model._meta.db_table} SET count = %s, stored_bytes = %s WHERE id = %s",
                [(count, count * 2_000_000, pk) for pk, count in counts.items()],
            )
        _restart_numbers()

    def _job(self, job_id: int, upload: Upload) -> tuple[Any, ...]:
        at = _moment(upload.day, 0)
        token = uuid.UUID(int=self.rng.getrandbits(128), version=4)
        return (job_id, token, upload.uploader, upload.unit, "{}", "done", "", at, at, upload)

    def _image(
        self, job_id: int, n: int, upload: Upload, rows: dict[str, list[tuple[Any, ...]]]
    ) -> None:
        from uploads.filenames import search_words  # noqa: PLC0415
        from uploads.tallying import spaced  # noqa: PLC0415

        self.number += 1
        number = self.number
        at = _moment(upload.day, number)
        graded = self.rng.random() < 0.3
        kind = Kind(
            upload.unit,
            upload.uploader,
            upload.camera,
            upload.disease,
            upload.laterality,
            upload.mydriatic,
            upload.pregraded,
            graded,
        )
        tally = self._tally(upload.day, kind)
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        public_id = uuid.UUID(int=self.rng.getrandbits(128), version=4)
        name = f"{10_000 + number // 4}_{upload.laterality}_{'macula' if n % 2 else 'disc'}.jpg"
        words = search_words(name)
        original, thumbnail = self.pictures[number % len(self.pictures)]
        rows["item"].append((number, uuid.UUID(int=number), job_id, n, name, public_id, at))
        what = (upload.unit, upload.camera, upload.disease, *kind[4:], upload.uploader)
        when = (tally, 1, at, upload.day, name, spaced(words))
        stored = (digest[:32], digest, 2_000_000, digest, 2_000_000, "image/jpeg", 640, 480)
        files = (1, "{}", original, thumbnail, "", "", "", "")
        rows["image"].append((number, public_id, number, *what, *when, *stored, *files))
        rows["word"].extend((word, number) for word in words)

    def _tally(self, day: date, kind: Kind) -> int:
        total = self.totals.setdefault(kind, len(self.totals) + 1)
        tally = self.tallies.setdefault((day, kind), len(self.tallies) + 1)
        if not self.in_total[total]:
            self.kept_numbers.append(("total", (total, *kind, 0, 0)))
        if not self.in_tally[tally]:
            self.kept_numbers.append(("tally", (tally, day, total, *kind, 0, 0)))
        self.in_total[total] += 1
        self.in_tally[tally] += 1
        return tally

    def _flush(self, jobs: list[tuple[Any, ...]], rows: dict[str, list[tuple[Any, ...]]]) -> None:
        counted = {
            name: [row for what, row in self.kept_numbers if what == name]
            for name in ("total", "tally")
        }
        self.kept_numbers.clear()
        kind = "lab_unit_id uploaded_by_id camera_id disease_id laterality mydriatic pregraded"
        kind += " graded count stored_bytes"
        _insert("uploads_imagetotal", f"id {kind}", counted["total"])
        _insert("uploads_imagetally", f"id day total_id {kind}", counted["tally"])
        _insert(
            "jobs_job",
            "id token uploader_id lab_unit_id labels state origin_agent created_at finished_at",
            [job[:9] for job in jobs],
        )
        _insert(
            "uploads_batch",
            "id job_id camera_id disease_id laterality mydriatic pregraded",
            [(job[0], job[0], *job[9][3:8]) for job in jobs],
        )
        _insert(
            "jobs_jobitem",
            "id uid job_id n filename image_id finished_at rejected declared_md5 file content_md5"
            " content_sha256 state code detail attempts mismatches leased_by image_deleted_by",
            [
                (*row, False, "", "", "", "", "completed", "", "", 1, 0, "", "")
                for row in rows["item"]
            ],
        )
        _insert(
            "uploads_fundusimage",
            "id public_id source_item_id lab_unit_id camera_id disease_id laterality mydriatic"
            " pregraded graded uploaded_by_id tally_id version created_at day filename name_words"
            " content_md5 content_sha256 size_bytes stored_sha256 stored_size mime_type width"
            " height orientation exposure original thumbnail edited edited_thumbnail"
            " edited_sha256 edited_mime_type",
            rows["image"],
        )
        _insert("uploads_nameword", "word image_id", rows["word"])
        jobs.clear()
        for part in rows.values():
            part.clear()


def _moment(day: date, number: int) -> datetime:
    """Between nine and five, later images later."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(
        seconds=number % 28_800, microseconds=number % 1_000_000
    )


def _insert(table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    from django.db import connection  # noqa: PLC0415

    names = columns.split()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(names))
        fitted = [tuple(_for_sqlite(value) for value in row) for row in rows]
        cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", fitted)


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if isinstance(value, date) else value


def _execute_many(statement: str, rows: list[tuple[Any, ...]]) -> None:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def _restart_numbers() -> None:
    from django.apps import apps  # noqa: PLC0415
    from django.core.management.color import no_style  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    models = [
        *apps.get_app_config("uploads").get_models(),
        *apps.get_app_config("jobs").get_models(),
    ]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")


if __name__ == "__main__":
    django.setup()
    main(*(int(argument) for argument in sys.argv[1:2]))

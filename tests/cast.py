"""The people the tests tell of, and their uploads, made by the product's own code.

alice uploads at North Screening, bob is her colleague, charlie uploads at South Imaging, dana
manages North Screening's data and erin South Imaging's, gina grades at North Screening, adam
administers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import md5
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.files.storage import Storage, storages
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import AuditEvent, Hospital, LabUnit, User
from accounts.roles import Role
from jobs import lifecycle
from jobs.codes import Code
from jobs.models import Job, JobItem
from tests import images
from uploads import intake
from uploads.models import Area, Camera, Disease, FundusImage
from uploads.tasks import process_item

PASSWORD = "grey-heron-waits-17"
Commits = Callable[..., AbstractContextManager[list[Callable[[], Any]]]]
_seeds = count(1)


class File(NamedTuple):
    name: str
    data: bytes

    @property
    def md5(self) -> str:
        return md5(self.data, usedforsecurity=False).hexdigest()

    @property
    def entry(self) -> dict[str, Any]:
        """As a manifest announces it."""
        return {"name": self.name, "size": len(self.data), "md5": self.md5}


def photo(name: str = "eye.jpg", **options: Any) -> File:
    """A sound photograph unlike every other one."""
    return File(name, images.jpeg(32, 24, **{"seed": next(_seeds), **options}))


def photos(number: int) -> list[File]:
    return [photo(f"eye-{n}.jpg") for n in range(number)]


# --- Places and people ---------------------------------------------------------------------


def unit(hospital: str, name: str) -> LabUnit:
    kept, _ = Hospital.objects.get_or_create(name=hospital)
    return LabUnit.objects.get_or_create(hospital=kept, name=name)[0]


def person(name: str, *roles: Role, units: list[LabUnit] | None = None, **fields: Any) -> User:
    user = User.objects.create_user(name, password=PASSWORD, **fields)
    # A test with transactions of its own has wiped what the migrations added.
    user.groups.set(Group.objects.get_or_create(name=role)[0] for role in roles)
    user.lab_units.set(units or [])
    return User.objects.get(pk=user.pk)


def again(user: User) -> User:
    """The user as the next request loads them."""
    return User.objects.get(pk=user.pk)


@pytest.fixture
def screening(db: None) -> LabUnit:
    return unit("North", "Screening")


@pytest.fixture
def outreach(db: None) -> LabUnit:
    """Another unit of the same hospital."""
    return unit("North", "Outreach")


@pytest.fixture
def imaging(db: None) -> LabUnit:
    return unit("South", "Imaging")


@pytest.fixture
def alice(screening: LabUnit) -> User:
    return person("alice", Role.UPLOADER, units=[screening], first_name="Alice", last_name="Ang")


@pytest.fixture
def bob(screening: LabUnit) -> User:
    return person("bob", Role.UPLOADER, units=[screening])


@pytest.fixture
def charlie(imaging: LabUnit) -> User:
    return person("charlie", Role.UPLOADER, units=[imaging])


@pytest.fixture
def dana(screening: LabUnit) -> User:
    return person("dana", Role.DATA_MANAGER, units=[screening])


@pytest.fixture
def erin(imaging: LabUnit) -> User:
    return person("erin", Role.DATA_MANAGER, units=[imaging])


@pytest.fixture
def gina(screening: LabUnit) -> User:
    return person("gina", Role.GRADER, units=[screening])


@pytest.fixture
def adam(db: None) -> User:
    return person("adam", Role.ADMINISTRATOR)


def signed_in(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


# --- Choices -------------------------------------------------------------------------------


def choices(at: LabUnit, **given: Any) -> intake.Choices:
    camera, _ = Camera.objects.get_or_create(
        name="Topcon TRC-NW400", defaults={"make": "TOPCON", "model": "TRC-NW400"}
    )
    disease, _ = Disease.objects.get_or_create(name="DR")
    area, _ = Area.objects.get_or_create(laterality="OD", defaults={"label": "Right eye"})
    return intake.Choices(
        **{"camera": camera, "disease": disease, "area": area, **given}, lab_unit=at
    )


def posted(at: LabUnit, **given: Any) -> dict[str, Any]:
    """The same choices as the fields of a form or a manifest."""
    made = choices(at)
    return {
        "hospital": at.hospital_id,
        "lab_unit": at.pk,
        "camera": made.camera.pk,
        "disease": made.disease.pk,
        "area": made.area.pk,
        **given,
    }


def post_json(client: Client, url: str, data: object, **options: Any) -> Any:
    body = data if isinstance(data, bytes) else json.dumps(data)
    return client.post(url, body, content_type="application/json", **options)


def announce(client: Client, at: LabUnit, *files: File, **given: Any) -> Any:
    """POST a manifest of these files."""
    listed = [file.entry for file in files]
    return post_json(client, "/api/upload-jobs", posted(at, **{"files": listed, **given}))


def put(client: Client, url: str, data: bytes, **options: Any) -> Any:
    return client.put(url, data, content_type="application/octet-stream", **options)


def chunked(data: bytes) -> dict[str, Any]:
    """What the server makes of a body whose length was not told."""
    return {
        "CONTENT_LENGTH": "",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": BytesIO(data),
        "wsgi.input_terminated": True,
    }


# --- Jobs ----------------------------------------------------------------------------------


def announced(user: User, at: LabUnit, *files: File, **given: Any) -> Job:
    """A job whose files are still awaited."""
    incoming = [intake.Incoming(file.name, len(file.data), file.md5) for file in files]
    order = intake.Order(user=user, choices=choices(at), files=incoming, **given)
    return intake.open_job(order, counts_as_lookup=False)[0]


def rejected(name: str, code: Code = Code.WRONG_TYPE) -> intake.Incoming:
    """A file that the browser refused to send."""
    return intake.Incoming(name, 9, "", code=code, rejected=True)


def received(user: User, at: LabUnit, *files: File, **given: Any) -> Job:
    """A job whose files lie in staging."""
    job = announced(user, at, *files, **given)
    for item, file in zip(items(job), files, strict=False):
        if item.state == "awaiting":
            intake.receive(item, iter([file.data]))
    return job


def uploaded(user: User, at: LabUnit, *files: File, **given: Any) -> Job:
    """A job whose files were processed."""
    job = received(user, at, *files, **given)
    work(job)
    return Job.objects.get(pk=job.pk)


def work(job: Job) -> None:
    for item in items(job):
        process_item(item.pk)


def image_of(job: Job, n: int = 0) -> FundusImage:
    return FundusImage.objects.get(source_item__job=job, source_item__n=n)


def stored(user: User, at: LabUnit, file: File | None = None) -> FundusImage:
    return image_of(uploaded(user, at, file or photo()))


def items(job: Job) -> list[JobItem]:
    return list(JobItem.objects.filter(job=job).select_related("job__uploader").order_by("n"))


def only(job: Job) -> JobItem:
    [item] = items(job)
    return item


def claimed(job: Job) -> JobItem:
    """The job's one item, under a lease of our own."""
    item = lifecycle.claim(only(job).pk)
    assert item is not None
    return item


def states(job: Job) -> list[str]:
    """Of each item, its state, or the code of what went wrong."""
    return [item.code or str(item.state) for item in items(job)]


# --- Traces --------------------------------------------------------------------------------


def audit(*actions: str) -> list[AuditEvent]:
    """Events of these actions, oldest first."""
    return list(AuditEvent.objects.filter(action__in=actions).order_by("id"))


def keys(alias: str) -> set[str]:
    """Everything a storage holds."""
    return set(_below(storages[alias], ""))


def _below(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}{name}" for name in files)
    for name in folders:
        yield from _below(storage, f"{folder}{name}/")


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Commits) -> Callable[[], Any]:
    """A context in which what waits for a commit happens at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


# --- Outages, all of them real -------------------------------------------------------------


@pytest.fixture
def full_disk(settings: Settings) -> None:
    """Less free space than must stay free."""
    settings.MIN_FREE_BYTES = 2**62


@pytest.fixture
def own_storage(settings: Settings) -> None:
    """A place where no other test has left anything."""
    default = settings.STORAGES["default"]
    place = {"location": f"{default['OPTIONS']['location']}/{uuid4().hex}"}
    own = {**default, "OPTIONS": {**default["OPTIONS"], **place}}
    settings.STORAGES = {**settings.STORAGES, "default": own}


@pytest.fixture
def break_storage(settings: Settings, tmp_path: Path) -> Callable[[str], None]:
    """Puts a file where the folder of a storage should be."""

    def break_it(alias: str) -> None:
        (tmp_path / alias).touch()
        options = {"location": str(tmp_path / alias / "folder")}
        broken = {"BACKEND": "jobs.storage.DurableFiles", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, alias: broken}

    return break_it


@pytest.fixture
def lose_bucket(settings: Settings) -> Callable[[str], None]:
    """Moves a storage into a bucket behind a port where nobody listens."""

    def lose(alias: str) -> None:
        options = {
            "bucket_name": "lost",
            "location": alias,
            "endpoint_url": "http://127.0.0.1:9",
            "access_key": "nobody",
            "secret_key": "nothing",
            "region_name": "us-east-1",
        }
        lost = {"BACKEND": "jobs.storage.PrivateBucket", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, alias: lost}

    return lose

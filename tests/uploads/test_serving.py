"""The bytes of images: from the disk, by a proxy, and from a bucket."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models.fields.files import FieldFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from accounts.models import LabUnit, User
from accounts.roles import Role
from fundus.environment import bucket_sources
from jobs.storage import PrivateBucket
from tests import cast, images
from tests.cast import File
from tests.edits import edited
from uploads import gates
from uploads.models import FundusImage

PARTS = ["/original", "/edited", "/thumbnail", "/edited-thumbnail"]
BYTES = ("image_viewed", "image_read", "image_downloaded")


@pytest.fixture
def disk(settings: Settings, tmp_path: Path) -> Path:
    options = {"location": str(tmp_path / "media")}
    kept = {"BACKEND": "jobs.storage.DurableFiles", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": kept}
    return tmp_path / "media"


@pytest.fixture
def bucket(settings: Settings, s3_env: dict[str, str]) -> str:
    """A bucket that holds what is stored; its address."""
    options = {
        "bucket_name": s3_env["AWS_STORAGE_BUCKET_NAME"],
        "location": "media",
        "endpoint_url": s3_env["AWS_S3_ENDPOINT_URL"],
        "access_key": s3_env["AWS_ACCESS_KEY_ID"],
        "secret_key": s3_env["AWS_SECRET_ACCESS_KEY"],
        "region_name": s3_env["AWS_S3_REGION_NAME"],
    }
    kept = {"BACKEND": "jobs.storage.PrivateBucket", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": kept}
    return s3_env["AWS_S3_ENDPOINT_URL"]


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


def stored(alice: User, at: LabUnit, file: File | None = None) -> FundusImage:
    return edited(cast.stored(alice, at, file or cast.photo("Smith.jpg")))


@pytest.fixture
def image(disk: Path, alice: User, screening: LabUnit) -> FundusImage:
    return stored(alice, screening)


@pytest.fixture
def far(bucket: str, alice: User, screening: LabUnit) -> FundusImage:
    """An image in the bucket."""
    return stored(alice, screening)


def url(image: FundusImage, part: str = "") -> str:
    return f"/direct/uploads/{image.public_id}{part}"


def body(answer: Any) -> bytes:
    return b"".join(answer) if answer.streaming else bytes(answer.content)


@pytest.mark.parametrize(
    ("part", "kind", "column"),
    [("/original", "image/jpeg", "stored_sha256"), ("/edited", "image/png", "edited_sha256")],
)
def test_a_version_is_the_stored_file(
    client: Client, image: FundusImage, part: str, kind: str, column: str
) -> None:
    answer = client.get(url(image, part))
    assert answer.headers["Content-Type"] == kind
    assert sha256(body(answer)).hexdigest() == getattr(image, column)


@pytest.mark.parametrize("part", ["/thumbnail", "/edited-thumbnail"])
def test_a_thumbnail_is_a_small_jpeg(client: Client, image: FundusImage, part: str) -> None:
    answer = client.get(url(image, part))
    assert answer.headers["Content-Type"] == "image/jpeg"
    with Image.open(BytesIO(body(answer))) as picture:
        assert max(picture.size) <= 400


@pytest.mark.parametrize("part", [*PARTS, "/original?download"])
def test_bytes_are_private_and_run_nothing(client: Client, image: FundusImage, part: str) -> None:
    headers = client.get(url(image, part)).headers
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("seed", "kind", "extension"), [(1, "JPEG", "jpg"), (2, "PNG", "png")])
def test_downloads_have_neutral_names(
    client: Client,
    disk: Path,
    alice: User,
    screening: LabUnit,
    seed: int,
    kind: str,
    extension: str,
) -> None:
    data = images.saved(images.photo(40, 30, 700 + seed), kind)
    image = cast.stored(alice, screening, File("Smith.tiff", data))
    shown = client.get(url(image, "/original")).headers["Content-Disposition"]
    saved = client.get(url(image, "/original?download")).headers["Content-Disposition"]
    assert saved == f'attachment; filename="{image.public_id}.{extension}"'
    assert shown == saved.replace("attachment", "inline")


def test_there_is_no_edited_version_before_there_is_one(
    client: Client, alice: User, screening: LabUnit
) -> None:
    image = cast.stored(alice, screening)
    parts = ("/edited", "/edited-thumbnail", "/edited?download")
    assert {client.get(url(image, part)).status_code for part in parts} == {404}


@pytest.mark.parametrize("place", ["image", "far"])
@pytest.mark.parametrize(
    ("part", "action", "version"),
    [
        ("/original", "image_read", "original"),
        ("/edited", "image_read", "edited"),
        ("/original?download", "image_downloaded", "original"),
        ("/edited?download", "image_downloaded", "edited"),
    ],
)
def test_looking_is_in_the_trail(
    request: pytest.FixtureRequest, alice: User, place: str, part: str, action: str, version: str
) -> None:
    image = request.getfixturevalue(place)
    answer = cast.signed_in(alice).get(url(image, part), REMOTE_ADDR="203.0.113.9")
    [event] = cast.audit(*BYTES)
    assert (event.action, event.after) == (action, {"version": version})
    assert (event.object_id, event.lab_unit_id) == (str(image.public_id), image.lab_unit_id)
    assert (event.actor_name, event.ip) == ("alice", "203.0.113.9")
    assert event.request_id == answer.headers["X-Request-ID"]


def test_thumbnails_are_not_in_the_trail(client: Client, image: FundusImage) -> None:
    for part in ("/thumbnail", "/edited-thumbnail"):
        client.get(url(image, part))
    assert cast.audit(*BYTES) == []


def test_looking_in_vain_is_not_in_the_trail(image: FundusImage, charlie: User) -> None:
    for part in PARTS:
        cast.signed_in(charlie).get(url(image, part))
    assert cast.audit(*BYTES) == []


@pytest.mark.parametrize("place", ["image", "far"])
@pytest.mark.parametrize("part", PARTS)
def test_a_missing_file_is_not_found_and_logged(
    request: pytest.FixtureRequest,
    client: Client,
    caplog: pytest.LogCaptureFixture,
    place: str,
    part: str,
) -> None:
    image = request.getfixturevalue(place)
    default_storage.delete(str(getattr(image, part[1:].replace("-", "_")).name))
    assert client.get(url(image, part)).status_code == 404
    assert f"image {image.public_id}: a stored file is missing" in caplog.text
    assert "Smith" not in caplog.text
    assert cast.audit(*BYTES) == []


@pytest.mark.parametrize("part", ["/edited", "/edited-thumbnail"])
def test_a_version_replaced_meanwhile_is_shown_as_it_is_now(
    client: Client, image: FundusImage, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Whoever read the row before another edit was rendered finds its files gone."""
    before = FundusImage.objects.select_related("source_item__job").get(pk=image.pk)
    for gone in (before.edited, before.edited_thumbnail):
        default_storage.delete(str(gone.name))
    now = moved(image.thumbnail)
    FundusImage.objects.update(edited=now, edited_thumbnail=now)
    monkeypatch.setattr(gates, "image_for", lambda *_: before)
    assert client.get(url(image, part)).status_code == 200


def moved(file: FieldFile) -> str:
    """A copy under another key, as each edit has its own."""
    with file.open("rb") as stored:
        return default_storage.save(f"edited/another-{file.name}", stored)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("outage", ["break_storage", "lose_bucket"])
def test_an_absent_storage_is_told(
    request: pytest.FixtureRequest, client: Client, image: FundusImage, outage: str, part: str
) -> None:
    away: Callable[[str], None] = request.getfixturevalue(outage)
    away("default")
    answer = client.get(url(image, part))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


@pytest.mark.parametrize("prefix", ["/media-inside/", "media-inside", "/media-inside"])
def test_a_proxy_in_front_can_send_the_file(
    client: Client, image: FundusImage, settings: Settings, prefix: str
) -> None:
    settings.MEDIA_ACCEL_PREFIX = prefix
    answer = client.get(url(image, "/original?download"))
    assert answer.headers["X-Accel-Redirect"] == f"/media-inside/{image.original.name}"
    assert (answer.headers["Content-Type"], body(answer)) == ("image/jpeg", b"")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_proxy_is_not_sent_for_what_is_missing(
    client: Client, image: FundusImage, settings: Settings
) -> None:
    settings.MEDIA_ACCEL_PREFIX = "/media-inside/"
    default_storage.delete(str(image.original.name))
    assert client.get(url(image, "/original")).status_code == 404


@pytest.mark.parametrize(("part", "kind"), [("/original", "jpeg"), ("/edited?download", "png")])
def test_a_bucket_sends_the_file_for_a_minute(
    client: Client, far: FundusImage, bucket: str, part: str, kind: str
) -> None:
    answer = client.get(url(far, part))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "private, no-store")
    address = answer.headers["Location"]
    assert address.startswith(bucket)
    sent = httpx.get(address)
    wanted = far.edited_sha256 if kind == "png" else far.stored_sha256
    assert sha256(sent.content).hexdigest() == wanted
    assert sent.headers["Content-Type"] == f"image/{kind}"
    assert sent.headers["Cache-Control"] == "private, no-store"
    told = parse_qs(urlsplit(address).query)
    assert told["X-Amz-Expires"] == ["60"]
    [named] = told["response-content-disposition"]
    assert named == sent.headers["Content-Disposition"]


def test_the_bucket_gives_nothing_to_who_changes_the_address(
    client: Client, far: FundusImage
) -> None:
    address = client.get(url(far, "/original")).headers["Location"]
    changed = address.replace(str(far.original.name), str(far.edited.name))
    assert httpx.get(changed).status_code == 403
    assert httpx.get(address.split("?")[0]).status_code == 403


@pytest.mark.parametrize("part", ["/thumbnail", "/edited-thumbnail"])
def test_thumbnails_in_a_bucket_come_from_us(client: Client, far: FundusImage, part: str) -> None:
    answer = client.get(url(far, part))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    with Image.open(BytesIO(body(answer))) as picture:
        assert max(picture.size) <= 400


@pytest.mark.parametrize("name", ["clinic", "clinic.images"])
@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:9000", "https://s3.example.org"])
@pytest.mark.parametrize("region", [None, "us-east-1", "eu-central-1", "cn-north-1"])
@pytest.mark.parametrize("style", [None, "path", "virtual"])
def test_the_content_policy_knows_where_a_bucket_is(
    name: str, endpoint: str | None, region: str | None, style: str | None
) -> None:
    options = {"endpoint_url": endpoint, "region_name": region, "addressing_style": style}
    keys = {"access_key": "a", "secret_key": "b"}
    storage = PrivateBucket(bucket_name=name, location="media", **options, **keys)
    address = storage.url("x.jpg").split("?")[0]
    sources = bucket_sources(name, endpoint, region)
    assert any(address.startswith(f"{source.rstrip('/')}/") for source in sources), sources


@pytest.mark.embedded  # a bucket sends pictures itself
@pytest.mark.django_db(transaction=True)
def test_a_slow_reader_holds_no_database_connection() -> None:
    unit = cast.unit("North", "Screening")
    alice = cast.person("alice", Role.UPLOADER, units=[unit])
    image = cast.stored(alice, unit)
    answer = cast.signed_in(alice).get(f"/direct/uploads/{image.public_id}/original")
    assert answer.streaming
    assert connection.connection is None

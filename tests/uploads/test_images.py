"""The list of images, the page of one, and its bytes."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.models import LabUnit, User
from tests import cast, images
from tests.cast import File
from uploads.models import FundusImage


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening, cast.photo("Smith.jpg"))


def url(image: FundusImage, part: str = "") -> str:
    return f"/direct/uploads/{image.public_id}{part}"


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_original_is_the_stored_file(client: Client, image: FundusImage) -> None:
    answer = client.get(url(image, "/original"))
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert sha256(body(answer)).hexdigest() == image.stored_sha256


def test_the_thumbnail_is_a_small_jpeg(client: Client, image: FundusImage) -> None:
    answer = client.get(url(image, "/thumbnail"))
    assert answer.headers["Content-Type"] == "image/jpeg"
    with Image.open(BytesIO(answer.content)) as picture:
        assert max(picture.size) <= 400


@pytest.mark.parametrize("part", ["/original", "/thumbnail", "/original?download"])
def test_bytes_are_private_and_run_nothing(client: Client, image: FundusImage, part: str) -> None:
    headers = client.get(url(image, part)).headers
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("seed", "kind", "extension"), [(1, "JPEG", "jpg"), (2, "PNG", "png")])
def test_downloads_have_neutral_names(
    client: Client, alice: User, screening: LabUnit, seed: int, kind: str, extension: str
) -> None:
    data = images.saved(images.photo(40, 30, 700 + seed), kind)
    image = cast.stored(alice, screening, File("Smith.tiff", data))
    shown = client.get(url(image, "/original")).headers["Content-Disposition"]
    saved = client.get(url(image, "/original?download")).headers["Content-Disposition"]
    assert saved == f'attachment; filename="{image.public_id}.{extension}"'
    assert shown == saved.replace("attachment", "inline")


def test_there_is_no_edited_version_yet(client: Client, image: FundusImage) -> None:
    parts = ("/edited", "/edited-thumbnail")
    assert {client.get(url(image, part)).status_code for part in parts} == {404}


@pytest.mark.parametrize(
    ("part", "action"),
    [
        ("", "image_viewed"),
        ("/original", "image_read"),
        ("/original?download", "image_downloaded"),
    ],
)
def test_looking_is_in_the_trail(
    client: Client, image: FundusImage, alice: User, part: str, action: str
) -> None:
    answer = client.get(url(image, part), REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT="Browser/1")
    [event] = cast.audit("image_viewed", "image_read", "image_downloaded")
    assert (event.action, event.object_id) == (action, str(image.public_id))
    assert (event.actor_id, event.actor_name, event.roles) == (alice.pk, "alice", "Uploader")
    assert (event.ip, event.user_agent) == ("203.0.113.9", "Browser/1")
    assert event.request_id == answer.headers["X-Request-ID"]
    assert (event.lab_unit_id, event.job_token) == (image.lab_unit_id, image.source_item.job.token)


def test_thumbnails_are_not_in_the_trail(client: Client, image: FundusImage) -> None:
    client.get(url(image, "/thumbnail"))
    assert cast.audit("image_viewed", "image_read", "image_downloaded") == []


def test_looking_in_vain_is_not_in_the_trail(image: FundusImage, charlie: User) -> None:
    cast.signed_in(charlie).get(url(image))
    assert cast.audit("image_viewed", "image_read") == []


@pytest.mark.parametrize("part", ["/original", "/thumbnail"])
def test_a_missing_file_is_not_found_and_logged(
    client: Client, image: FundusImage, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    default_storage.delete(str(getattr(image, part[1:]).name))
    assert client.get(url(image, part)).status_code == 404
    assert f"image {image.public_id}: a stored file is missing" in caplog.text
    assert "Smith" not in caplog.text


@pytest.mark.parametrize("outage", ["break_storage", "lose_bucket"])
def test_an_absent_storage_is_told(
    request: pytest.FixtureRequest, client: Client, image: FundusImage, outage: str
) -> None:
    away: Callable[[str], None] = request.getfixturevalue(outage)
    away("default")
    answer = client.get(url(image, "/original"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


def test_the_page_of_an_image_tells_what_is_known(client: Client, image: FundusImage) -> None:
    html = client.get(url(image)).content.decode()
    for fact in ("Smith.jpg", "Alice Ang", "North", "Screening", "Topcon TRC-NW400", "Right eye"):
        assert fact in html
    assert image.content_md5 in html
    assert f"/direct/upload/results/{image.source_item.job.token}" in html


def test_graders_see_no_job(image: FundusImage, gina: User) -> None:
    html = cast.signed_in(gina).get(url(image)).content.decode()
    assert "/direct/upload/results/" not in html


def test_names_do_no_harm_on_the_page(client: Client, alice: User, screening: LabUnit) -> None:
    image = cast.stored(alice, screening, cast.photo("<script>x</script><b>.jpg"))
    for page in (url(image), "/direct/dashboard"):
        html = client.get(page).content.decode()
        assert "<b>.jpg" not in html
        assert "script&gt;&lt;b&gt;.jpg" in html


@pytest.mark.parametrize(
    ("who", "seen"),
    [("alice", 1), ("bob", 0), ("charlie", 0), ("dana", 1), ("gina", 1), ("erin", 0), ("adam", 1)],
)
def test_the_dashboard_shows_what_one_may_see(
    request: pytest.FixtureRequest, image: FundusImage, who: str, seen: int
) -> None:
    html = cast.signed_in(request.getfixturevalue(who)).get("/direct/dashboard").content.decode()
    assert html.count(f'href="{url(image)}"') >= seen
    assert (url(image) in html) is bool(seen)


@pytest.mark.parametrize("page", ["", "1", "0", "-1", "999999999999", "x", "%00"])
def test_any_page_number_shows_a_page(client: Client, image: FundusImage, page: str) -> None:
    answer = client.get(f"/direct/dashboard?page={page}")
    assert (answer.status_code, url(image) in answer.content.decode()) == (200, True)


def test_the_dashboard_asks_the_database_as_often_for_many_as_for_one(
    client: Client, alice: User, screening: LabUnit, image: FundusImage
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get("/direct/dashboard")
        return len(counted)

    queries()  # the first request of a session writes it
    one = queries()
    cast.uploaded(alice, screening, *cast.photos(3))
    assert queries() == one

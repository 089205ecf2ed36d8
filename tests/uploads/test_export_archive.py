"""The archive of an export: what is in it, what it says of what is not, and how it breaks off."""

from __future__ import annotations

import csv
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO, StringIO
from itertools import count
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import LabUnit, User
from jobs.storage import StorageAway
from tests import cast, images
from uploads import exporting, tallying
from uploads.exporting import archive
from uploads.exporting.order import Kind
from uploads.models import FundusImage

URL = "/direct/dashboard/export?format=zip"


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening, cast.photo("Smith.jpg"))


@pytest.fixture
def three(alice: User, screening: LabUnit) -> list[FundusImage]:
    cast.uploaded(alice, screening, *cast.photos(3))
    return list(FundusImage.objects.order_by("-created_at", "-id"))


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "TOGETHER", 1)
    monkeypatch.setattr(archive, "PIECE", 1)


def opened(user: User, query: str = "") -> zipfile.ZipFile:
    answer = cast.signed_in(user).get(URL + query)
    assert answer.headers["Content-Type"] == "application/zip"
    whole = zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert whole.testzip() is None
    return whole


def table(whole: zipfile.ZipFile) -> list[dict[str, str]]:
    text = whole.read("manifest.csv").decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


def file_of(image: FundusImage) -> str:
    return str(image.original.name)


def overwrite(image: FundusImage, data: bytes) -> None:
    default_storage.save(file_of(image), ContentFile(data))


# --- What is in it -------------------------------------------------------------------------


def test_it_holds_every_image_and_the_table_last(dana: User, three: list[FundusImage]) -> None:
    whole = opened(dana)
    members = [f"images/{image.public_id}.jpg" for image in three]
    assert whole.namelist() == ["README.txt", *members, "manifest.csv"]
    digests = [sha256(whole.read(name)).hexdigest() for name in members]
    assert digests == [image.stored_sha256 for image in three]


def test_the_table_maps_rows_to_members(dana: User, image: FundusImage) -> None:
    [row] = table(opened(dana))
    assert row["member"] == f"images/{image.public_id}.jpg"
    assert (row["version"], row["problem"]) == ("original", "")
    assert "filename" not in row


def test_with_names_only_the_table_has_them(dana: User, image: FundusImage) -> None:
    whole = opened(dana, "&names=1")
    assert [row["filename"] for row in table(whole)] == ["Smith.jpg"]
    assert not any("Smith" in name for name in whole.namelist())


def test_pictures_are_stored_as_they_are(
    dana: User, alice: User, screening: LabUnit, image: FundusImage
) -> None:
    png = cast.File("a.png", images.saved(images.photo(40, 30, 5), "PNG"))
    other = cast.stored(alice, screening, png)
    whole = opened(dana)
    assert f"images/{other.public_id}.png" in whole.namelist()
    assert {info.compress_type for info in whole.infolist()} == {zipfile.ZIP_STORED}


def test_the_edited_version_is_taken_where_there_is_one(
    dana: User, three: list[FundusImage]
) -> None:
    first, *_ = three
    data = images.saved(images.photo(20, 20, 9), "PNG")
    first.edited = default_storage.save("edited/one.png", ContentFile(data))
    first.edited_sha256, first.edited_mime_type = sha256(data).hexdigest(), "image/png"
    first.save()
    whole = opened(dana, "&version=edited")
    assert whole.read(f"images/{first.public_id}.png") == data
    rows = table(whole)
    assert [row["version"] for row in rows] == ["edited", "original", "original"]
    assert {row["problem"] for row in rows} == {""}


def test_nothing_is_an_archive_too(dana: User) -> None:
    whole = opened(dana)
    assert whole.namelist() == ["README.txt", "manifest.csv"]
    assert table(whole) == []
    assert "0 images matched" in whole.read("README.txt").decode()


def test_the_readme_explains_what_it_finds(dana: User, image: FundusImage) -> None:
    text = opened(dana).read("README.txt").decode()
    assert all(word in text for word in ("1 images", "manifest.csv", "stored_sha256", "broken off"))


# --- What is not in it ---------------------------------------------------------------------


def test_a_missing_file_is_named(
    dana: User, three: list[FundusImage], caplog: pytest.LogCaptureFixture
) -> None:
    default_storage.delete(file_of(three[1]))
    whole = opened(dana)
    rows = table(whole)
    assert [row["problem"].split(":")[0] for row in rows] == ["", "missing", ""]
    assert rows[1]["member"] == ""
    assert len(whole.namelist()) == 4
    assert f"image {three[1].public_id}: a stored file is missing" in caplog.text


@pytest.mark.parametrize("data", [b"something else", b""])
def test_altered_bytes_are_named(
    dana: User, image: FundusImage, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    overwrite(image, data)
    [row] = table(opened(dana))
    assert row["problem"].startswith("altered: ")
    assert f"image {image.public_id}: its stored bytes are altered" in caplog.text
    end = cast.audit("exported")[-1]
    assert (end.after["sent"], end.after["problems"]) == (0, 1)


def test_an_image_deleted_after_it_was_listed_is_named(
    dana: User, three: list[FundusImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "PIECE", 1)
    answer = cast.signed_in(dana).get(URL)
    pieces = iter(answer.streaming_content)  # type: ignore[attr-defined]
    sent = [next(pieces) for _ in range(4)]  # the README, and the first image has begun
    tallying.remove([three[2]])
    default_storage.delete(file_of(three[2]))
    whole = zipfile.ZipFile(BytesIO(b"".join([*sent, *pieces])))
    assert table(whole)[2]["problem"] == "deleted while the export was running"


# --- How it breaks off ---------------------------------------------------------------------


def broken(pieces: Iterator[bytes]) -> bytes:
    """What came before the storage went away."""
    got: list[bytes] = []
    with pytest.raises(StorageAway):
        got.extend(pieces)
    return b"".join(got)


@pytest.mark.parametrize("outage", ["break_storage", "lose_bucket"])
def test_without_storage_no_archive_looks_whole(
    request: pytest.FixtureRequest,
    one_by_one: None,
    dana: User,
    three: list[FundusImage],
    outage: str,
) -> None:
    away: Callable[[str], None] = request.getfixturevalue(outage)
    stream = exporting.sent(exporting.Order(user=dana, query="", kind=Kind.ZIP, count=3))
    got = next(stream) + next(stream)
    away("default")
    got += broken(stream)
    assert not zipfile.is_zipfile(BytesIO(got))
    end = cast.audit("exported")[-1]
    assert (end.succeeded, end.after["reason"]) == (False, "StorageAway")


def test_a_client_that_leaves_lets_go_of_the_file(
    one_by_one: None, dana: User, image: FundusImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[Any] = []
    storage_open = type(default_storage._wrapped).open  # type: ignore[attr-defined]

    def noting(self: Any, *args: Any) -> Any:
        files.append(storage_open(self, *args))
        return files[-1]

    monkeypatch.setattr(type(default_storage._wrapped), "open", noting)  # type: ignore[attr-defined]
    stream = exporting.sent(exporting.Order(user=dana, query="", kind=Kind.ZIP, count=1))
    while not files:
        next(stream)
    stream.close()
    assert [file.closed for file in files] == [True]


# --- Without end ---------------------------------------------------------------------------


def test_small_parts_are_gathered() -> None:
    pieces = list(archive.gathered(b"x" * 100 for _ in range(10_000)))
    assert [len(piece) for piece in pieces][:-1] == [262_200] * (len(pieces) - 1)
    assert b"".join(pieces) == b"x" * 1_000_000


def test_rows_kept_for_the_end_take_little_memory() -> None:
    numbers = count()

    def row() -> str:
        digests = [sha256(f"{next(numbers)}".encode()).hexdigest() for _ in range(4)]
        return ",".join([*digests, *["the same for all"] * 20]) + "\r\n"

    tracemalloc.start()
    rows = archive.PackedRows()
    for _ in range(20_000):
        rows.add(row())
    total = sum(len(piece) for piece in rows.pieces())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 20_000 * (4 * 65 + 20 * 17 + 1)
    assert peak < 20_000 * 250

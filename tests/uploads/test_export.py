"""Exporting what the dashboard shows: the page, the table, who gets what, and the trail."""

from __future__ import annotations

import csv
import tracemalloc
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import LabUnit, User
from jobs import tables
from tests import cast
from uploads import exporting, tallying
from uploads.exporting import manifest
from uploads.exporting.order import Kind
from uploads.models import FundusImage, Grade, GradeLevel, GradeScale

URL = "/direct/dashboard/export"
CSV = f"{URL}?format=csv"


def saved(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def table(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(tables.BOM.encode())
    return list(csv.DictReader(StringIO(data.decode("utf-8-sig"), newline="")))


def rows(user: User, query: str = "") -> list[dict[str, str]]:
    return table(saved(cast.signed_in(user).get(CSV + query)))


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening, cast.photo("Smith.jpg"))


def graded(image: FundusImage, grader: User, value: str) -> None:
    scale, _ = GradeScale.objects.get_or_create(disease=image.disease, name="Test scale")
    level, _ = GradeLevel.objects.get_or_create(scale=scale, value=value, label=f"Level {value}")
    Grade.objects.create(
        image=image, disease=image.disease, scale=scale, level=level, grader=grader,
        seen_sha256=image.stored_sha256,
    )  # fmt: skip
    tallying.change(image, graded=True)


# --- The page ------------------------------------------------------------------------------


def test_the_page_tells_how_much_it_would_be(image: FundusImage, dana: User) -> None:
    html = cast.signed_in(dana).get(f"{URL}?camera={image.camera_id}").content.decode()
    assert "1 image, " in html
    assert "Camera: <bdi>Topcon TRC-NW400</bdi>" in html
    assert f'<input type="hidden" name="camera" value="{image.camera_id}">' in html
    assert 'name="names" id="names" value="1" aria-describedby="names-help">' in html


def test_nothing_to_export_is_said(dana: User) -> None:
    assert "Nothing to export" in cast.signed_in(dana).get(URL).content.decode()


@pytest.mark.parametrize("query", ["format=xls", "format=", "format=zip&version=both"])
def test_what_is_not_offered_is_refused(image: FundusImage, dana: User, query: str) -> None:
    answer = cast.signed_in(dana).get(f"{URL}?{query}")
    assert answer.status_code == 422
    assert "Choose one of the values offered" in answer.content.decode()
    assert cast.audit("exported") == []


def test_a_filter_that_cannot_be_applied_exports_nothing(image: FundusImage, dana: User) -> None:
    answer = cast.signed_in(dana).get(f"{CSV}&camera=99999")
    assert answer.status_code == 422
    assert cast.audit("exported") == []


# --- The table -----------------------------------------------------------------------------


def test_a_row_says_what_is_known_of_an_image(image: FundusImage, dana: User) -> None:
    [row] = rows(dana)
    assert (row["image_id"], row["uploader"]) == (str(image.public_id), "alice")
    assert (row["hospital"], row["lab_unit"], row["area"]) == ("North", "Screening", "OD")
    assert (row["content_md5"], row["content_sha256"]) == (image.content_md5, image.content_sha256)
    assert (row["stored_sha256"], row["stored_size"]) == (
        image.stored_sha256,
        str(image.stored_size),
    )
    assert (row["width"], row["height"], row["format"]) == ("32", "24", "jpg")
    assert row["uploaded_at"] == timezone.localtime(image.created_at).isoformat(timespec="seconds")
    assert row["job_id"] == str(image.source_item.job.token)


def test_every_column_is_there_in_order(image: FundusImage, dana: User) -> None:
    assert list(rows(dana)[0]) == list(manifest.COLUMNS)
    assert list(rows(dana, "&names=1")[0])[:2] == ["image_id", "filename"]


def test_names_are_left_out_unless_asked_for(image: FundusImage, dana: User) -> None:
    client = cast.signed_in(dana)
    assert b"Smith" not in saved(client.get(CSV))
    assert b"Smith" in saved(client.get(f"{CSV}&names=1"))


def test_the_latest_grade_counts(image: FundusImage, dana: User, gina: User) -> None:
    graded(image, gina, "1")
    graded(image, gina, "3")
    [row] = rows(dana)
    assert (row["graded"], row["grader"], row["grade_scale"]) == ("yes", "gina", "Test scale")
    assert (row["grade_value"], row["grade_label"]) == ("3", "Level 3")
    assert row["graded_at"]


def test_graders_get_no_jobs(image: FundusImage, gina: User) -> None:
    assert [row["job_id"] for row in rows(gina)] == [""]


def test_filters_narrow_the_table(image: FundusImage, dana: User, outreach: LabUnit) -> None:
    assert len(rows(dana, "&graded=no")) == 1
    assert rows(dana, "&graded=yes") == []


def test_nothing_gives_a_header_alone(dana: User) -> None:
    assert rows(dana) == []


@pytest.mark.parametrize(
    ("who", "seen"),
    [("alice", 1), ("bob", 0), ("charlie", 0), ("dana", 1), ("gina", 1), ("erin", 0), ("adam", 1)],
)
def test_one_exports_what_one_may_see(
    request: pytest.FixtureRequest, image: FundusImage, who: str, seen: int
) -> None:
    assert len(rows(request.getfixturevalue(who))) == seen


NASTY = [
    "=cmd|' !A0.jpg", "＝1+1.jpg", "+1.jpg", "－1.jpg", "@sum.jpg", "﹦1.jpg", "\u200f=rtl.jpg",
    'quo"te,comma;.jpg', "עין\u200f ימין.jpg", "été ☃ 眼.jpg", "'=x.jpg",
]  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_names_come_through_whole_and_harmless(
    alice: User, screening: LabUnit, dana: User, name: str
) -> None:
    image = cast.stored(alice, screening, cast.photo(name))
    [row] = rows(dana, "&names=1")
    assert row["filename"].removeprefix("'") == image.filename.removeprefix("'")
    assert row["filename"] == tables.harmless(image.filename)
    assert row["filename"].strip("\u200f")[0] not in "=+-@＝＋－＠﹦"


@pytest.mark.parametrize("cell", ["\t=1", "\r=1", "\n=1", "\0=1", " =1", "\u00a0=1", "⁼1", "=1"])
def test_hidden_beginnings_of_formulas_are_seen(cell: str) -> None:
    assert tables.harmless(cell) == f"'{cell}"


def test_lines_and_quotes_stay_inside_their_cells() -> None:
    cells = ['a "b"', "two\r\nlines", "x,y;z", ""]
    assert list(csv.reader(StringIO(tables.row(cells), newline=""))) == [cells]


# --- How it is sent ------------------------------------------------------------------------


def test_it_is_a_private_download_of_neutral_name(image: FundusImage, dana: User) -> None:
    headers = cast.signed_in(dana).get(CSV).headers
    day = timezone.localdate().isoformat()
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Disposition"] == f'attachment; filename="fundus-manifest-{day}.csv"'
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_only_get_exports(dana: User) -> None:
    client = cast.signed_in(dana)
    assert {client.post(CSV).status_code, client.head(CSV).status_code} == {405}


def test_many_images_cost_as_many_queries_as_one(
    image: FundusImage, alice: User, dana: User, screening: LabUnit
) -> None:
    client = cast.signed_in(dana)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            saved(client.get(CSV))
        return len(counted)

    queries()
    one = queries()
    cast.uploaded(alice, screening, *cast.photos(5))
    assert queries() == one


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "TOGETHER", 1)


@pytest.fixture
def three(alice: User, screening: LabUnit) -> None:
    cast.uploaded(alice, screening, *cast.photos(3))


def begun(client: Client, url: str = CSV) -> tuple[Any, Iterator[bytes]]:
    """An export whose header and first image have been sent."""
    answer = client.get(url)
    pieces = iter(answer)
    next(pieces), next(pieces)
    return answer, pieces


def lose_unit(user: User) -> None:
    user.lab_units.clear()


def lose_role(user: User) -> None:
    user.groups.clear()


def lose_account(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("lose", [lose_unit, lose_role, lose_account])
def test_losing_one_s_rights_breaks_it_off(
    one_by_one: None, three: None, dana: User, lose: Callable[[User], None]
) -> None:
    _, pieces = begun(cast.signed_in(dana))
    lose(dana)
    with pytest.raises(exporting.ExportBroken):
        list(pieces)
    [_, end] = cast.audit("exported")
    assert (end.succeeded, end.after["sent"], end.after["reason"]) == (False, 1, "ExportBroken")


def test_an_image_deleted_meanwhile_is_left_out(one_by_one: None, three: None, dana: User) -> None:
    _, pieces = begun(cast.signed_in(dana))
    tallying.remove([FundusImage.objects.earliest("id")])
    assert len(list(pieces)) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", Kind)
def test_no_connection_is_held_while_somebody_reads(alice: User, three: None, kind: Kind) -> None:
    for _ in exporting.sent(exporting.Order(user=alice, query="", kind=kind, count=3)):
        assert connection.connection is None


# --- The trail -----------------------------------------------------------------------------


def test_start_and_end_are_in_the_trail(image: FundusImage, dana: User) -> None:
    answer = cast.signed_in(dana).get(f"{CSV}&names=1&graded=no", REMOTE_ADDR="203.0.113.9")
    saved(answer)
    start, end = cast.audit("exported")
    assert start.after == {
        "phase": "started", "format": "csv", "filters": "graded=no", "count": 1, "names": True,
        "version": "original",
    }  # fmt: skip
    assert end.after == {"phase": "completed", "format": "csv", "sent": 1, "problems": 0}
    assert {(event.actor_name, event.ip) for event in (start, end)} == {("dana", "203.0.113.9")}
    assert start.request_id == end.request_id == answer.headers["X-Request-ID"]


def test_a_client_that_leaves_is_in_the_trail(one_by_one: None, three: None, dana: User) -> None:
    stream = exporting.sent(exporting.Order(user=dana, query="", kind=Kind.CSV, count=3))
    _header, _first = next(stream), next(stream)
    stream.close()
    [_, end] = cast.audit("exported")
    assert (end.succeeded, end.after["phase"], end.after["sent"]) == (False, "broken off", 0)
    assert end.after["reason"] == "GeneratorExit"


def test_the_page_alone_leaves_no_trace(image: FundusImage, dana: User) -> None:
    cast.signed_in(dana).get(URL)
    assert cast.audit("exported") == []


# --- Without end ---------------------------------------------------------------------------


def test_a_table_takes_no_memory_however_long(
    image: FundusImage, dana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "batches", lambda order, size: iter([[image] * 500] * 40))
    order = exporting.Order(user=dana, query="", kind=Kind.CSV, count=20_000)
    tracemalloc.start()
    sizes = [len(piece) for piece in manifest.pieces(order)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(sizes), sum(sizes) > 20_000 * 300) == (41, True)
    assert peak < 10 * max(sizes)

"""Grades from tables: which image each row means, and that all of it is saved or nothing."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import LabUnit, User
from accounts.roles import Role
from tests import cast
from tests.uploads.test_grade_sheets import xlsx
from tests.uploads.test_grading import given, scale
from uploads import tallying
from uploads.grading import giving, importing, matching
from uploads.models import (
    Disease,
    FundusImage,
    Grade,
    GradeLevel,
    GradeScale,
    ImageTally,
    ImageTotal,
)

URL = "/direct/grades/import"
__all__ = ["scale"]


@pytest.fixture
def client(dana: User, scale: GradeScale) -> Client:
    return cast.signed_in(dana)


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return pregraded(alice, screening, "eye-1.jpg")


def pregraded(user: User, at: LabUnit, name: str) -> FundusImage:
    image = cast.stored(user, at, cast.photo(name))
    with transaction.atomic():
        tallying.change(image, pregraded=True)
    return image


def send(client: Client, data: str | bytes, name: str = "grades.csv") -> Any:
    content = data.encode() if isinstance(data, str) else data
    return client.post(URL, {"file": SimpleUploadedFile(name, content)})


def preview(client: Client, *lines: str, header: str = "filename,grade,note") -> Any:
    return send(client, "\n".join([header, *lines]))


def proposal(page: Any) -> str:
    found = re.search(r'name="proposal" value="([^"]+)"', page.content.decode())
    assert found
    return found[1]


def save(client: Client, page: Any) -> Any:
    return client.post(URL, {"proposal": proposal(page)})


def faults(page: Any) -> list[tuple[int, str, str]]:
    """Row, kind and detail of each."""
    groups = page.context["groups"]
    found = [fault for group in groups for fault in group["faults"]]
    return [(fault.row.number, fault.kind.value, fault.detail) for fault in found]


# --- From preview to grades --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_table_becomes_grades(client: Client, image: FundusImage, dana: User, kind: str) -> None:
    table = xlsx(["filename", "grade", "note"], ["eye-1.jpg", 2.0, "as sent"])
    page = send(client, table if kind == "xlsx" else "grade;note;filename\n2;as sent;eye-1.jpg\n")
    assert (page.context["matched"], page.context["revisions"], Grade.objects.count()) == (1, 0, 0)
    assert save(client, page).headers["Location"] == URL
    grade = Grade.objects.get(image=image)
    assert (grade.level.value, grade.note, grade.grader) == ("2", "as sent", dana)
    assert (grade.imported, grade.seen_sha256) == (True, image.stored_sha256)
    assert grade.disease == image.disease


def test_imported_images_are_counted_as_graded_and_written_down(
    client: Client, image: FundusImage
) -> None:
    save(client, preview(client, "eye-1.jpg,2,"))
    image.refresh_from_db()
    assert (image.graded, image.tally.graded) == (True, True)
    assert ImageTally.objects.get(count__gt=0).graded
    [event] = cast.audit("grade_given")
    assert (event.actor_name, event.object_id) == ("dana", str(image.public_id))
    assert (event.after["grade"], event.after["imported"], event.before) == ("2", True, {})


def test_an_image_with_a_grade_gets_a_revision(
    client: Client, image: FundusImage, dana: User
) -> None:
    save(client, preview(client, "eye-1.jpg,1,first"))
    page = preview(client, "eye-1.jpg,3,second")
    assert page.context["revisions"] == 1
    assert "will be a revision" in page.content.decode()
    save(client, page)
    assert given(image) == [("3", "second", "dana"), ("1", "first", "dana")]
    assert [event.before.get("grade") for event in cast.audit("grade_given")] == [None, "1"]


# --- Which image, which grade ------------------------------------------------------------------


def test_names_match_as_they_are_or_else_in_any_case(
    client: Client, alice: User, screening: LabUnit
) -> None:
    lower, upper, accent = (
        pregraded(alice, screening, name) for name in ("scan.jpg", "SCAN.jpg", "Œil É.jpg")
    )
    page = preview(client, "SCAN.jpg,1", "scan.jpg,2", "œIL é.JPG,3", header="filename,grade")
    save(client, page)
    assert [given(image)[0][0] for image in (upper, lower, accent)] == ["1", "2", "3"]


def test_a_name_is_read_as_it_was_taken_down(
    client: Client, alice: User, screening: LabUnit
) -> None:
    pregraded(alice, screening, "-1 left.jpg")
    pregraded(alice, screening, "x" * 300 + ".jpg")
    page = preview(client, "'-1 left.jpg,1,", f"C:\\scans\\{'x' * 300}.jpg,2,")
    assert (page.context["matched"], faults(page)) == (2, [])


@pytest.mark.parametrize("cell", ["2", "2.0", "Moderate", "MODERATE", " moderate "])
def test_values_and_labels_are_grades(client: Client, image: FundusImage, cell: str) -> None:
    GradeLevel.objects.filter(value="2", scale__disease=image.disease).update(label="Moderate")
    save(client, preview(client, f"eye-1.jpg,{cell},"))
    assert given(image)[0][0] == "2"


def test_every_kind_of_problem_is_named_with_its_row(
    client: Client, alice: User, screening: LabUnit, image: FundusImage
) -> None:
    cast.stored(alice, screening, cast.photo("plain.jpg"))
    for name in ("twice.jpg", "twice.jpg", "eye-2.jpg", "eye-3.jpg"):
        pregraded(alice, screening, name)
    rows = ["plain.jpg,1,", "twice.jpg,1,", "eye-1.jpg,9,", "eye-2.jpg,1,", "EYE-2.jpg,2,"]
    page = preview(client, *rows, "eye-3.jpg,,", ",1,", f"eye-3.jpg,1,{'x' * 1001}", "eye 3,1,")
    found = {number: (kind, detail) for number, kind, detail in faults(page)}
    assert found[2] == ("unmatched", "None that you may change has this name")
    assert found[3] == ("ambiguous", "2 pre-graded images have this name")
    assert found[4][0] == "bad_grade"
    assert "Grades of DR are: 0 (" in found[4][1]
    assert (found[5], found[6]) == (
        ("duplicate", "Also in row 6"),
        ("duplicate", "Also in row 5"),
    )
    assert (found[7], found[8]) == (("missing", "Empty: grade"), ("missing", "Empty: filename"))
    assert found[9] == ("bad_note", "The note has 1001 characters; it may have up to 1000")
    assert found[10] == ("unmatched", "There is eye-3.jpg: write the name exactly so")


def test_a_disease_without_a_scale_is_told(client: Client, image: FundusImage) -> None:
    GradeScale.objects.update(is_active=False)
    [(_row, kind, detail)] = faults(preview(client, "eye-1.jpg,2,"))
    assert (kind, detail) == ("bad_grade", "DR has no scale to grade by")


def test_a_grade_that_two_scales_have_is_told(client: Client, image: FundusImage) -> None:
    other = GradeScale.objects.create(disease=image.disease, name="Local")
    GradeLevel.objects.create(scale=other, value="2", label="Two")
    [(_row, kind, detail)] = faults(preview(client, "eye-1.jpg,2,"))
    assert (kind, detail) == ("bad_grade", "Several scales of DR have this grade: keep one active")
    assert not faults(preview(client, "eye-1.jpg,two,"))


# --- All or none -------------------------------------------------------------------------------


def test_with_one_problem_nothing_can_be_saved(client: Client, image: FundusImage) -> None:
    page = preview(client, "eye-1.jpg,2,", "unknown.jpg,2,")
    assert "Nothing has been saved." in page.content.decode()
    assert save(client, page).status_code == 409
    assert not Grade.objects.exists()


def test_problems_can_be_taken_along(client: Client, image: FundusImage) -> None:
    page = preview(client, "=cmd|x.jpg,2,", "eye-1.jpg,9,")
    answer = client.post(URL, {"proposal": proposal(page), "problems": "on"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[1][:4] == ["2", "'=cmd|x.jpg", "2", "No such pre-graded image"]
    assert lines[2][0] == "3"


def test_what_changed_since_the_preview_is_shown_and_not_saved(
    client: Client, image: FundusImage, gina: User
) -> None:
    page = preview(client, "eye-1.jpg,2,")
    level = GradeLevel.objects.get(scale__disease=image.disease, value="1")
    judgement = giving.Judgement(level, "", image.stored_sha256, None)
    giving.give(image_id=image.pk, grader=gina, judgement=judgement)
    answer = save(client, page)
    assert answer.status_code == 409
    assert "Something has changed since the preview" in answer.content.decode()
    assert len(given(image)) == 1
    save(client, answer)
    assert [value for value, _note, _who in given(image)] == ["2", "1"]


def test_an_image_that_left_the_scope_is_not_graded(
    client: Client, image: FundusImage, dana: User, outreach: LabUnit
) -> None:
    page = preview(client, "eye-1.jpg,2,")
    dana.lab_units.set([outreach])
    answer = save(client, page)
    assert (answer.status_code, faults(answer)[0][1]) == (409, "unmatched")
    assert not Grade.objects.exists()


def test_saving_twice_writes_once(client: Client, image: FundusImage) -> None:
    page = preview(client, "eye-1.jpg,2,x")
    save(client, page)
    answer = client.post(URL, {"proposal": proposal(page)}, follow=True)
    assert "Nothing was saved twice." in answer.content.decode()
    assert len(given(image)) == 1


def test_a_preview_is_good_for_its_person_and_a_day(
    client: Client, image: FundusImage, adam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = preview(client, "eye-1.jpg,2,")
    others = cast.signed_in(adam).post(URL, {"proposal": proposal(page)})
    forged = client.post(URL, {"proposal": proposal(page)[:-1] + "_"})
    monkeypatch.setattr(importing, "GOOD_FOR", timedelta(seconds=-1))
    late = save(client, page)
    assert {answer.status_code for answer in (others, forged, late)} == {422}
    assert "Choose the file again" in late.content.decode()
    assert not Grade.objects.exists()


# --- Who, and what is refused ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "matched"), [("dana", 1), ("adam", 1), ("erin", 0), ("bob", None), ("gina", None)]
)
def test_data_managers_import_for_their_units(
    request: pytest.FixtureRequest, image: FundusImage, scale: GradeScale, who: str, matched: Any
) -> None:
    client = cast.signed_in(request.getfixturevalue(who))
    page = preview(client, "eye-1.jpg,2,")
    assert page.status_code == (403 if matched is None else 200)
    assert matched is None or page.context["matched"] == matched


def test_an_uploader_who_also_manages_elsewhere_imports_only_there(
    image: FundusImage, scale: GradeScale, outreach: LabUnit
) -> None:
    both = cast.person("zoe", Role.UPLOADER, Role.DATA_MANAGER, units=[outreach])
    assert preview(cast.signed_in(both), "eye-1.jpg,2,").context["matched"] == 0


def test_no_file_and_a_bad_one_are_told(client: Client) -> None:
    empty = client.post(URL, {})
    assert (empty.status_code, "No selected file" in empty.content.decode()) == (422, True)
    bad = send(client, "name,grade\n")
    assert bad.status_code == 422
    assert "The first row must name the columns" in bad.content.decode()


def test_a_file_beyond_the_limit_is_told(client: Client) -> None:
    little, much = send(client, bytes(2 * 2**20 + 1)), send(client, bytes(3 * 2**20))
    assert (little.status_code, much.status_code) == (422, 413)
    assert "may have up to 2 MB" in little.content.decode()
    assert "may have up to 2 MB" in much.content.decode()


def test_forms_of_other_sites_are_refused(dana: User) -> None:
    client = cast.signed_in(dana, enforce_csrf_checks=True)
    assert preview(client, "eye-1.jpg,2,").status_code == 403


def test_notes_that_do_not_fit_a_form_are_told(
    client: Client, image: FundusImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MAX_SIGNED", 100)
    page = preview(client, "eye-1.jpg,2,")
    assert page.status_code == 422
    assert "Split it into several files" in page.content.decode()


# --- Many --------------------------------------------------------------------------------------


def copies(image: FundusImage, number: int) -> list[str]:
    """Rows like the image's, as if so many had been uploaded; their names."""
    names = [f"many-{n}.jpg" for n in range(number)]
    items = type(image.source_item).objects
    base = items.get(pk=image.source_item_id)
    made = items.bulk_create(
        type(base)(job_id=base.job_id, n=1000 + n, filename=name) for n, name in enumerate(names)
    )
    fields = {
        field.attname: getattr(image, field.attname)
        for field in FundusImage._meta.fields
        if field.name not in {"id", "public_id", "content_md5"}
    }
    FundusImage.objects.bulk_create(
        FundusImage(
            **fields
            | {
                "source_item_id": item.pk,
                "content_md5": f"{item.pk:032x}",
                "filename": name,
                "name_words": tallying.spaced(["many", name[5:-4]]),
            }
        )
        for item, name in zip(made, names, strict=True)
    )
    ImageTally.objects.filter(pk=image.tally_id).update(count=number + 1)
    ImageTotal.objects.filter(pk=image.tally.total_id).update(count=number + 1)
    return names


def test_many_rows_ask_the_database_little_more_than_few(
    client: Client, image: FundusImage, django_assert_max_num_queries: Any
) -> None:
    names = copies(image, 400)

    def queries(number: int) -> int:
        lines = [f"{name},2," for name in names[:number]]
        with CaptureQueriesContext(connection) as counted:
            save(client, preview(client, *lines))
        return len(counted)

    queries(1)
    few, many = queries(3), queries(400)
    assert many - few < 40
    assert Grade.objects.count() == 404
    assert Disease.objects.get(pk=image.disease_id).images.filter(graded=True).count() == 400


@pytest.mark.embedded
def test_names_are_looked_up_by_their_index(image: FundusImage, dana: User) -> None:
    with CaptureQueriesContext(connection) as caught:
        list(matching._candidates(dana, {"eye-1.jpg"}))
    [query] = [each["sql"] for each in caught if "SUBSTR" in each["sql"]]
    with connection.cursor() as cursor:
        plan = cursor.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    assert "image_pregraded_name" in str(plan)

"""Giving grades: who may, what is kept, and what happens when two do so at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import LabUnit, User
from accounts.roles import Role
from tests import cast
from uploads import tallying
from uploads.grading import giving
from uploads.models import Disease, FundusImage, Grade, GradeLevel, GradeScale, ImageTally


@pytest.fixture
def scale(db: None) -> GradeScale:
    disease, _ = Disease.objects.get_or_create(name="DR")
    scale, _ = GradeScale.objects.get_or_create(disease=disease, name="ICDR")
    for position, label in enumerate(("None", "Mild", "Moderate", "Severe", "Proliferative")):
        GradeLevel.objects.get_or_create(
            scale=scale, value=str(position), defaults={"label": label, "position": position}
        )
    return scale


@pytest.fixture
def image(alice: User, screening: LabUnit, scale: GradeScale) -> FundusImage:
    return cast.stored(alice, screening)


@pytest.fixture
def client(gina: User) -> Client:
    return cast.signed_in(gina)


def url(image: FundusImage, query: str = "") -> str:
    return f"/direct/uploads/{image.public_id}/grade{query}"


def level(image: FundusImage, value: str) -> GradeLevel:
    return GradeLevel.objects.get(scale__disease=image.disease, value=value)


def post(client: Client, image: FundusImage, value: str = "2", **given: Any) -> Any:
    newest = Grade.objects.filter(image=image).first()
    fields = {
        "level": level(image, value).pk,
        "seen": image.stored_sha256,
        "newest": newest.pk if newest else "",
        "note": "",
    }
    return client.post(url(image, given.pop("query", "")), fields | given)


def given(image: FundusImage) -> list[tuple[str, str, str]]:
    """Value, note and grader, newest first."""
    return [(each.level.value, each.note, each.grader.username) for each in giving.grades(image)]


def edit(image: FundusImage) -> FundusImage:
    """As if the picture had been edited."""
    hashed = {"edited_sha256": "e" * 64, "edited_mime_type": "image/jpeg"}
    FundusImage.objects.filter(pk=image.pk).update(edited="edited/key.jpg", **hashed)
    return FundusImage.objects.get(pk=image.pk)


# --- One grade -------------------------------------------------------------------------------


def test_a_grade_is_kept_with_what_was_seen(client: Client, image: FundusImage, gina: User) -> None:
    answer = post(client, image, "2", note="Haemorrhages\r\nin two quadrants")
    assert answer.headers["Location"] == f"/direct/uploads/{image.public_id}"
    grade = Grade.objects.get()
    assert grade.note == "Haemorrhages\nin two quadrants"
    assert (grade.disease, grade.scale, grade.grader) == (image.disease, grade.level.scale, gina)
    assert (grade.seen_sha256, grade.imported) == (image.stored_sha256, False)


def test_the_image_is_counted_as_graded(client: Client, image: FundusImage) -> None:
    post(client, image)
    post(client, image, "3", note="Looked again")
    image.refresh_from_db()
    assert (image.graded, image.version, image.tally.graded) == (True, 2, True)
    assert dict(ImageTally.objects.values_list("graded", "count")) == {False: 0, True: 1}


def test_a_grade_is_written_down(client: Client, image: FundusImage) -> None:
    post(client, image, "2")
    post(client, image, "3", note="Looked again")
    first, second = cast.audit("grade_given")
    assert (first.before, first.after["grade"], first.lab_unit_id) == ({}, "2", image.lab_unit_id)
    assert (second.before["grade"], second.after["note"]) == ("2", "Looked again")
    assert {first.object_id, second.object_id} == {str(image.public_id)}


def test_the_page_offers_the_scale_of_the_disease(client: Client, image: FundusImage) -> None:
    page = client.get(url(image))
    html = page.content.decode()
    assert f'src="/direct/uploads/{image.public_id}/original"' in html
    assert f'value="{level(image, "4").pk}" data-key="4"' in html
    assert [each["value"] for each in page.context["scales"][0]["levels"]][:5] == list("01234")


def test_words_are_chosen_by_the_digits_that_are_left(client: Client, image: FundusImage) -> None:
    GradeLevel.objects.create(scale=level(image, "0").scale, value="X", label="Other", position=99)
    levels = client.get(url(image)).context["scales"][0]["levels"]
    keys = {each["value"]: each["key"] for each in levels}
    assert keys["3"] == "3"
    assert keys["X"] not in "01234"
    letters = {each["value"]: each["letter"] for each in levels}
    assert (letters["X"], letters["3"]) == ("x", "")


def test_without_a_choice_nothing_typed_is_lost(client: Client, image: FundusImage) -> None:
    answer = post(client, image, level="", note="Typed already")
    assert answer.status_code == 422
    assert "Choose a grade" in answer.content.decode()
    assert "Typed already</textarea>" in answer.content.decode()
    assert not Grade.objects.exists()


def test_a_note_too_long_is_counted(client: Client, image: FundusImage) -> None:
    answer = post(client, image, note="x" * 1001)
    assert answer.status_code == 422
    assert "The note has 1001 characters; it may have up to 1000." in answer.content.decode()
    assert post(client, image, note="x\r\n" * 500).status_code == 302


@pytest.mark.parametrize("of", ["scale", "level"])
def test_what_is_switched_off_is_not_offered(client: Client, image: FundusImage, of: str) -> None:
    step = level(image, "2")
    row = step.scale if of == "scale" else step
    type(row).objects.filter(pk=row.pk).update(is_active=False)
    assert f'name="level" value="{step.pk}"' not in client.get(url(image)).content.decode()
    assert post(client, image, "2").status_code == 422


def test_without_a_scale_the_page_says_whom_to_ask(
    client: Client, image: FundusImage, settings: Any
) -> None:
    settings.SUPPORT_CONTACT = "Ward 7, ext. 123"
    GradeScale.objects.update(is_active=False)
    html = client.get(url(image)).content.decode()
    assert "There is no scale to grade DR by." in html
    assert "Ward 7, ext. 123" in html
    assert "data-save" not in html


# --- Revisions -------------------------------------------------------------------------------


def test_a_revision_needs_a_reason_and_overwrites_nothing(
    client: Client, image: FundusImage
) -> None:
    post(client, image, "2")
    assert post(client, image, "3").status_code == 422
    assert post(client, image, "3", note="Venous beading").status_code == 302
    assert given(image) == [("3", "Venous beading", "gina"), ("2", "", "gina")]


def test_the_page_of_a_revision_shows_what_was_given(client: Client, image: FundusImage) -> None:
    assert "Revise grade" not in client.get(url(image)).content.decode()
    post(client, image, "2", note="First look")
    html = client.get(url(image)).content.decode()
    assert "Revise grade" in html
    assert "First look" in html


def test_of_two_graders_at_once_the_second_is_told_and_may_still_save(
    client: Client, image: FundusImage, screening: LabUnit
) -> None:
    post(cast.signed_in(cast.person("guy", Role.GRADER, units=[screening])), image, "1")
    answer = post(client, image, "3", newest="", note="As I see it")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "guy has graded this image meanwhile: 1 · " in html
    assert "You chose: 3 · " in html
    assert "As I see it</textarea>" in html
    assert len(given(image)) == 1
    again = {"newest": answer.context["newest"], "note": "As I see it"}
    assert post(client, image, "3", **again).status_code == 302
    assert given(image)[0] == ("3", "As I see it", "gina")


def test_the_second_of_two_first_grades_is_told_even_without_a_note(
    client: Client, image: FundusImage, adam: User
) -> None:
    post(cast.signed_in(adam), image, "1")
    assert post(client, image, "3", newest="").status_code == 409
    assert len(given(image)) == 1


# --- Versions --------------------------------------------------------------------------------


def test_the_edited_version_is_shown_first(client: Client, image: FundusImage) -> None:
    image = edit(image)
    shown = {
        query: client.get(url(image, query)).content.decode().count(f'value="{sha256}"')
        for query, sha256 in (("", "e" * 64), ("?version=original", image.stored_sha256))
    }
    assert shown == {"": 1, "?version=original": 1}


def test_what_was_seen_is_told_of_old_grades(client: Client, image: FundusImage) -> None:
    post(client, image)
    assert [each.seen for each in giving.history(image)] == [""]
    image = edit(image)
    post(client, image, "3", seen=image.edited_sha256, note="Clearer")
    seen = [each.seen for each in giving.history(image)]
    assert seen == ["given on the edited version", "given on the original"]


@pytest.mark.parametrize("seen", ["", "f" * 64])
def test_a_picture_that_changed_meanwhile_is_looked_at_again(
    client: Client, image: FundusImage, seen: str
) -> None:
    answer = post(client, image, "3", seen=seen, note="As I saw it")
    assert answer.status_code == 409
    assert "The picture has changed" in answer.content.decode()
    assert "As I saw it</textarea>" in answer.content.decode()
    assert f'name="seen" value="{image.stored_sha256}"' in answer.content.decode()


def test_an_image_filed_otherwise_meanwhile_is_told(
    client: Client, image: FundusImage, gina: User
) -> None:
    other = Disease.objects.create(name="ROP", position=9)
    step = GradeLevel.objects.create(
        scale=GradeScale.objects.create(disease=other, name="ICROP"), value="1", label="Stage 1"
    )
    judgement = giving.Judgement(step, "", image.stored_sha256, None)
    with pytest.raises(giving.DiseaseChanged):
        giving.give(image_id=image.pk, grader=gina, judgement=judgement)


# --- Who, and what next ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [("alice", 403), ("dana", 403), ("gina", 302), ("adam", 302), ("charlie", 404), ("erin", 404)],
)
def test_graders_of_the_unit_grade(
    request: pytest.FixtureRequest, image: FundusImage, who: str, status: int
) -> None:
    answer = post(cast.signed_in(request.getfixturevalue(who)), image)
    assert (answer.status_code, Grade.objects.count()) == (status, int(status == 302))


def test_somebody_who_may_not_grade_is_written_down(image: FundusImage, alice: User) -> None:
    cast.signed_in(alice).get(url(image))
    [event] = cast.audit("access_denied")
    assert (event.object_id, event.after) == (str(image.public_id), {"needs": "grade"})


def test_a_pregraded_image_is_graded_as_any_other(client: Client, image: FundusImage) -> None:
    tallying.change(image, pregraded=True)
    post(client, image, "2")
    post(client, image, "3", note="Looked again")
    assert [value for value, _note, _who in given(image)] == ["3", "2"]


def test_next_is_the_next_ungraded_image_of_the_list(
    client: Client, alice: User, screening: LabUnit, scale: GradeScale
) -> None:
    oldest, graded, current = (cast.stored(alice, screening) for _ in range(3))
    post(client, graded)
    answer = post(client, current, next="on", query="?area=OD&version=original")
    assert answer.headers["Location"] == url(oldest, "?area=OD")
    answer = client.get(url(oldest, "?sort=oldest&skip"))
    assert answer.headers["Location"] == "/direct/dashboard?sort=oldest"


def test_at_the_end_of_the_list_the_dashboard_says_so(client: Client, image: FundusImage) -> None:
    answer = client.post(
        url(image, "?disease=" + str(image.disease_id)),
        {"level": level(image, "1").pk, "seen": image.stored_sha256, "next": "on"},
        follow=True,
    )
    assert answer.redirect_chain[-1][0] == f"/direct/dashboard?disease={image.disease_id}"
    assert "That was the last image to grade in this list." in answer.content.decode()

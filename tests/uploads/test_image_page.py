"""The page of one image: what it tells, offers, and asks the database."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import audit, origin
from accounts.models import Action, LabUnit, User
from tests import cast
from tests.cast import File
from tests.edits import edited
from tests.images import exif, jpeg, segment, with_segments
from tests.uploads.judging import grade
from uploads.changing import bulk, metadata, undo
from uploads.models import Camera, FundusImage
from uploads.timeline import NEWEST


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening, cast.photo("Smith.jpg"))


def url(image: FundusImage, query: str = "") -> str:
    return f"/direct/uploads/{image.public_id}{query}"


def page(client: Client, image: FundusImage, query: str = "") -> str:
    answer = client.get(url(image, query))
    assert answer.status_code == 200
    return str(answer.content.decode())


def text(html: str) -> str:
    """What is read, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def part(html: str, title: str) -> str:
    """The text of a card of the page."""
    return text(html.partition(f'aria-labelledby="{title}"')[2].partition("</section>")[0])


def acting(user: User) -> Any:
    return origin.acting(origin.Origin(actor=user))


# --- What it tells -------------------------------------------------------------------------


def test_the_page_tells_what_is_known(client: Client, image: FundusImage) -> None:
    html = page(client, image)
    for fact in ("Smith.jpg", "Alice Ang", "North", "Screening", "Topcon TRC-NW400", "Right eye"):
        assert fact in html
    for fact in (image.content_md5, image.stored_sha256, "32 × 24 px", "JPEG"):
        assert fact in html


def test_the_page_tells_what_the_file_says_of_itself(
    client: Client, alice: User, screening: LabUnit
) -> None:
    Camera.objects.create(name="Canon CR-2", make="Canon", model="CR-2")
    block = segment(0xE1, b"Exif\0\0" + exif(Make="Canon", Model="CR-2"))
    image = cast.stored(alice, screening, File("a.jpg", with_segments(jpeg(), block)))
    image.exposure = {"exposure_time_s": 0.0125, "f_number": 5.6, "iso": 200}
    image.save()
    html = text(page(client, image))
    assert "Camera named in the file Canon CR-2" in html
    assert "1/80 s" in html
    assert "f/5.6" in html
    assert "ISO 200" in html


def test_looking_is_in_the_trail(client: Client, image: FundusImage, charlie: User) -> None:
    page(client, edited(image), "?version=edited")
    cast.signed_in(charlie).get(url(image))
    [event] = cast.audit("image_viewed")
    assert (event.actor_name, event.object_id) == ("alice", str(image.public_id))
    assert event.after == {"version": "edited"}
    assert event.job_token == image.source_item.job.token


def test_the_job_is_for_those_who_may_see_it(
    client: Client, image: FundusImage, gina: User
) -> None:
    link = f"/direct/upload/results/{image.source_item.job.token}"
    assert link in page(client, image)
    assert link not in page(cast.signed_in(gina), image)


def test_grades_stand_newest_first(client: Client, image: FundusImage, gina: User) -> None:
    grade(gina, image, note="at first sight")
    grade(gina, image, note="on second thoughts")
    told = part(page(client, image), "grades-title")
    assert told.index("on second thoughts") < told.index("at first sight")
    assert "1 · Mild" in told
    assert "given on the original" not in told


def test_grades_of_an_image_edited_later_say_so(
    client: Client, image: FundusImage, gina: User
) -> None:
    grade(gina, image)
    assert "given on the original" in part(page(client, edited(image)), "grades-title")


def test_the_history_tells_what_changed(
    client: Client, image: FundusImage, dana: User, screening: LabUnit
) -> None:
    with acting(dana):
        wanted = {"laterality": "OS", "mydriatic": True}
        metadata.save(user=dana, public_id=image.public_id, version=1, wanted=wanted)
    told = part(page(client, image), "timeline-title")
    assert "Area: Right eye → became Left eye" in told
    assert "Pupils: Non Mydriatic → became Mydriatic" in told
    assert told.index("dana") < told.index("Alice Ang")


def test_the_history_tells_bulk_edits_and_their_undoing(
    client: Client, image: FundusImage, alice: User
) -> None:
    with acting(alice):
        versions = {image.public_id: image.version}
        edit = bulk.apply(user=alice, versions=versions, wanted={"laterality": "OS"})
        assert edit is not None
        undo.undo(user=alice, edit=edit)
    told = part(page(client, image), "timeline-title")
    assert told.index("Bulk edit undone") < told.index("Changed in a bulk edit")
    assert told.index("Changed in a bulk edit") < told.index("Stored")


def test_the_history_tells_of_grades_and_not_of_looks(
    client: Client, image: FundusImage, gina: User
) -> None:
    page(client, image)
    with acting(gina):
        grade(gina, image)
        grade(gina, image)
    told = part(page(client, image), "timeline-title")
    assert told.index("Grade revised 1 · Mild") < told.index("Graded 1 · Mild")
    assert "view" not in told


def test_long_histories_are_cut(client: Client, image: FundusImage) -> None:
    for _ in range(NEWEST):
        audit.record(Action.IMAGE_CHANGED, image, object_id=str(image.public_id))
    told = part(page(client, image), "timeline-title")
    assert told.count("Changed") == NEWEST
    assert "Stored" not in told
    assert "The newest 50 changes are shown." in told


# --- What it offers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("alice", {"edit", "delete"}),
        ("dana", {"edit", "delete"}),
        ("gina", {"grade"}),
        ("adam", {"edit", "delete", "grade"}),
    ],
)
def test_everybody_is_offered_what_they_may_do(
    request: pytest.FixtureRequest, image: FundusImage, who: str, offered: set[str]
) -> None:
    html = page(cast.signed_in(request.getfixturevalue(who)), image)
    links = {what for what in ("edit", "delete", "grade") if f'href="{url(image)}/{what}' in html}
    assert links == offered
    assert f"{url(image)}/original?download" in html
    assert (f"{url(image)}/edit-image" in html) == ("edit" in offered)


def test_deleting_a_graded_image_is_offered_to_managers_only(
    client: Client, image: FundusImage, gina: User, dana: User
) -> None:
    grade(gina, image)
    assert f"{url(image)}/delete" not in page(client, image)
    assert f"{url(image)}/delete" in page(cast.signed_in(dana), image)


def test_a_graded_image_is_offered_for_revision(image: FundusImage, gina: User) -> None:
    client = cast.signed_in(gina)
    assert "Revise grade" not in page(client, image)
    grade(gina, image)
    assert "Revise grade" in page(client, image)


def test_neighbours_stay_within_the_filter(client: Client, alice: User, screening: LabUnit) -> None:
    files = [cast.photo(f"{name}.jpg") for name in ("macula-1", "disc", "macula-2", "macula-3")]
    job = cast.uploaded(alice, screening, *files)
    oldest, disc, middle, newest = (cast.image_of(job, n) for n in range(4))
    html = page(client, middle, "?filename=macula&hospital=")
    assert f'rel="prev" href="{url(newest, "?filename=macula")}"' in html
    assert f'rel="next" href="{url(oldest, "?filename=macula")}"' in html
    assert 'href="/direct/dashboard?filename=macula"' in html
    assert url(disc) not in html


def test_neighbours_follow_the_order(client: Client, alice: User, screening: LabUnit) -> None:
    job = cast.uploaded(alice, screening, *cast.photos(2))
    older, newer = cast.image_of(job, 0), cast.image_of(job, 1)
    html = page(client, older, "?sort=oldest")
    assert f'rel="next" href="{url(newer, "?sort=oldest")}"' in html
    assert 'rel="prev"' not in html


def test_neighbours_are_in_scope(client: Client, image: FundusImage, bob: User) -> None:
    cast.stored(bob, image.lab_unit)
    html = page(client, image)
    assert 'rel="prev"' not in html
    assert 'rel="next"' not in html


# --- Its versions --------------------------------------------------------------------------


def test_without_an_edit_there_is_nothing_to_switch(client: Client, image: FundusImage) -> None:
    html = page(client, image, "?version=edited")
    assert f'src="{url(image)}/original"' in html
    assert "data-version=" not in html


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", "original"), ("?version=edited", "edited"), ("?version=x", "original")],
)
def test_the_version_asked_for_is_shown(
    client: Client, image: FundusImage, query: str, shown: str
) -> None:
    html = page(client, edited(image), query)
    assert f'src="{url(image)}/{shown}"' in html
    assert f'href="{url(image)}/{shown}?download"' in html
    assert html.count("<img class=") == 1


def test_the_switch_stays_within_the_filter(client: Client, image: FundusImage) -> None:
    html = page(client, edited(image), "?sort=oldest")
    assert f'href="{url(image)}?sort=oldest&amp;version=edited"' in html


# --- What it costs -------------------------------------------------------------------------


def test_the_database_is_asked_as_often_for_much_as_for_little(
    adam: User, image: FundusImage, gina: User, alice: User
) -> None:
    client = cast.signed_in(adam)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            page(client, image)
        return len(counted)

    queries()  # the first request of a session writes it
    few = queries()
    for n in range(30):
        with acting(gina if n % 2 else alice):
            grade(gina, image)
            audit.record(Action.IMAGE_CHANGED, image, object_id=str(image.public_id))
    cast.uploaded(alice, image.lab_unit, *cast.photos(2))
    assert queries() <= few + 1  # with somebody after it, and nobody before, there is one more walk
    assert few < 40

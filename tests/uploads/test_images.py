"""The list of images."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import LabUnit, User
from tests import cast
from uploads.models import FundusImage


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


@pytest.fixture
def image(alice: User, screening: LabUnit) -> FundusImage:
    return cast.stored(alice, screening, cast.photo("Smith.jpg"))


def url(image: FundusImage, part: str = "") -> str:
    return f"/direct/uploads/{image.public_id}{part}"


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

"""The dashboard as it is served: whose images, in how many queries, with which figures."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import LabUnit, User
from tests import cast, filing
from uploads.models import FundusImage, Grade, GradeScale


def served(user: User, query: str = "") -> Any:
    answer = cast.signed_in(user).get(f"/direct/dashboard?{query}")
    assert answer.status_code == 200
    return answer.context


def names(context: Any) -> list[str]:
    return [card["filename"] for card in context["cards"]]


def queries(user: User, query: str) -> int:
    client = cast.signed_in(user)
    client.get("/direct/dashboard")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(f"/direct/dashboard?{query}").status_code == 200
    return len(captured)


QUERIES = ["", "area=OD", "date_from=2026-01-01", "sort=oldest", "filename=eye", "area=OU"]


@pytest.mark.parametrize("query", QUERIES)
def test_more_images_need_no_more_queries(
    dana: User, alice: User, screening: LabUnit, outreach: LabUnit, query: str
) -> None:
    dana.lab_units.add(outreach)
    filing.filed(alice, screening)
    few = queries(dana, query)
    filing.all_filed(alice, screening, filing.some(60))
    filing.all_filed(alice, outreach, filing.some(60, laterality="OS"))
    grade_all()
    assert queries(dana, query) <= few + 1
    assert few <= 32


def grade_all() -> None:
    scale = GradeScale.objects.get(disease__name="DR")
    level = scale.levels.all()[0]
    for image in FundusImage.objects.all():
        Grade.objects.create(
            image=image,
            disease=scale.disease,
            scale=scale,
            level=level,
            seen_sha256=image.stored_sha256,
            grader=image.uploaded_by,
        )


def test_one_filter_is_one_click_away_and_back(dana: User, alice: User, screening: LabUnit) -> None:
    filing.all_filed(alice, screening, filing.some(2) + filing.some(1, laterality="OS"))
    areas = served(dana)["figures"]["facets"][2]
    assert [(row["label"], row["count"]) for row in areas["top"]] == [
        ("Right eye", 2),
        ("Left eye", 1),
    ]
    chosen = served(dana, areas["top"][1]["url"].partition("?")[2])
    assert (chosen["figures"]["total"], chosen["figures"]["filtered"]) == (3, 1)
    [chip] = chosen["active"]
    assert (chip["label"], chip["value"], chip["remove_url"]) == (
        "Area",
        "Left eye",
        "/direct/dashboard",
    )


def test_links_carry_what_is_chosen(dana: User, alice: User, screening: LabUnit) -> None:
    image = filing.filed(alice, screening)
    [card] = served(dana, "area=OD&sort=oldest&junk=1")["cards"]
    assert card["detail_url"] == f"/direct/uploads/{image.public_id}?area=OD&sort=oldest"


def test_links_lead_back_to_the_very_page(alice: User, screening: LabUnit) -> None:
    filing.all_filed(alice, screening, filing.some(60))
    query = served(alice)["pager"]["older_url"].partition("?")[2]
    second = served(alice, f"{query}&before={'9' * 65}")
    assert {card["detail_url"].partition("?")[2] for card in second["cards"]} == {query}
    image = cast.signed_in(alice).get(second["cards"][0]["detail_url"])
    assert image.context["links"]["back"] == f"/direct/dashboard?{query}"


def test_a_hundred_images_make_three_pages(alice: User, screening: LabUnit) -> None:
    made = filing.all_filed(alice, screening, filing.some(100))
    first = served(alice)
    second = served(alice, first["pager"]["older_url"].partition("?")[2])
    third = served(alice, second["pager"]["older_url"].partition("?")[2])
    shown = names(first) + names(second) + names(third)
    assert shown == [image.filename for image in reversed(made)]
    assert (third["pager"]["older_url"], first["pager"]["newer_url"]) == ("", "")


def test_who_may_change_and_grade(alice: User, dana: User, gina: User, screening: LabUnit) -> None:
    filing.filed(alice, screening)
    offered = {
        user.username: [bool(served(user)["cards"][0][key]) for key in ("edit_url", "grade_url")]
        for user in (alice, dana, gina)
    }
    assert offered == {"alice": [True, False], "dana": [True, False], "gina": [False, True]}


def test_three_ways_of_showing_nothing(alice: User, screening: LabUnit) -> None:
    assert served(alice)["state"] == "empty"
    filing.filed(alice, screening)
    assert served(alice)["state"] == "some"
    assert served(alice, "filename=unheard-of")["state"] == "nothing"


def test_importing_grades_is_offered_to_managers(alice: User, dana: User) -> None:
    assert (served(alice)["import_url"], served(dana)["import_url"]) == (
        "",
        "/direct/grades/import",
    )

"""What can be chosen, what it shows, and what the figures say of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import LabUnit, User
from tests import cast, filing
from uploads.listing import figures
from uploads.models import Camera, Disease, FundusImage

CHOICES = {
    "area": ["OD", "OS"],
    "mydriatic": ["yes", "no"],
    "pregraded": ["yes", "no"],
    "graded": ["yes", "no"],
    "date_from": ["2026-03-02", "2026-03-04"],
    "date_to": ["2026-03-03", "2026-03-05"],
    "filename": ["one", "two three", "o"],
}

OPTIONAL = {name: st.sampled_from(values) for name, values in CHOICES.items()}


@pytest.fixture
def varied(alice: User, screening: LabUnit) -> list[FundusImage]:
    """One image of each of many kinds."""
    wanted = [
        {
            "created_at": filing.NOON + timedelta(days=n % 6),
            "laterality": ("OD", "OS")[n % 2],
            "mydriatic": n % 3 == 0,
            "pregraded": n % 5 == 0,
            "graded": n % 7 == 0,
            "filename": ("one.jpg", "two_three.png", "onetwo.jpg")[n % 3],
        }
        for n in range(30)
    ]
    return filing.all_filed(alice, screening, wanted)


def fits(image: FundusImage, chosen: dict[str, str]) -> bool:
    """The filters said once more, for one image."""
    words = chosen.get("filename", "").split()
    return all(
        (
            chosen.get("area") in (None, image.laterality),
            *(
                chosen.get(name) in (None, "yes" if getattr(image, name) else "no")
                for name in ("mydriatic", "pregraded", "graded")
            ),
            chosen.get("date_from", "") <= image.day.isoformat(),
            image.day.isoformat() <= chosen.get("date_to", "9"),
            *(any(w.startswith(word) for w in image.name_words.split()) for word in words),
        )
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    chosen=st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in CHOICES.items()})
)
def test_list_and_figures_agree_with_the_filters(
    alice: User, varied: list[FundusImage], chosen: dict[str, str]
) -> None:
    query = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in chosen.items())
    selection = filing.selection(alice, query)
    wanted = {image.pk for image in varied if fits(image, chosen)}
    assert set(selection.images().values_list("pk", flat=True)) == wanted
    assert figures.figures(selection).shown.total == len(wanted)


def test_the_hospital_filter_takes_in_its_units(
    dana: User, alice: User, screening: LabUnit, outreach: LabUnit, imaging: LabUnit
) -> None:
    dana.lab_units.add(outreach, imaging)
    near = [filing.filed(alice, screening), filing.filed(alice, outreach)]
    filing.filed(alice, imaging)
    found = filing.selection(dana, f"hospital={screening.hospital_id}").images()
    assert set(found) == set(near)


def test_camera_disease_and_uploader(
    dana: User, alice: User, bob: User, screening: LabUnit
) -> None:
    kowa, _ = Camera.objects.get_or_create(name="Kowa VX-10α")
    amd, _ = Disease.objects.get_or_create(name="AMD")
    mine = filing.filed(alice, screening, camera=kowa)
    his = filing.filed(bob, screening, disease=amd)
    assert list(filing.selection(dana, f"camera={kowa.pk}").images()) == [mine]
    assert list(filing.selection(dana, f"disease={amd.pk}").images()) == [his]
    assert list(filing.selection(dana, f"uploader={bob.pk}").images()) == [his]


def test_only_what_one_may_see_is_offered(
    alice: User, charlie: User, screening: LabUnit, imaging: LabUnit
) -> None:
    kowa, _ = Camera.objects.get_or_create(name="Kowa VX-10α")
    filing.filed(alice, screening)
    filing.filed(charlie, imaging, camera=kowa)
    form = filing.selection(alice).form
    shown = form.as_p()
    assert "Screening" in shown
    assert "Topcon" in shown
    assert not [name for name in ("Imaging", "South", "Kowa", "charlie") if name in shown]


@pytest.mark.parametrize(
    "query",
    ["lab_unit={imaging}", "hospital={south}", "uploader={charlie}", "camera=999", "area=XX"],
)
def test_what_is_not_offered_is_refused_like_nonsense(
    dana: User, charlie: User, imaging: LabUnit, query: str
) -> None:
    filing.filed(charlie, imaging)
    ids = {"imaging": imaging.pk, "south": imaging.hospital_id, "charlie": charlie.pk}
    selection = filing.selection(dana, query.format(**ids))
    assert not selection.is_valid
    assert list(selection.images()) == []
    assert figures.figures(selection).shown.total == 0


def test_uploaders_filter_by_nobody(alice: User, bob: User, screening: LabUnit) -> None:
    mine = filing.filed(alice, screening)
    selection = filing.selection(alice, f"uploader={bob.pk}")
    assert "uploader" not in selection.form.fields
    assert list(selection.images()) == [mine]


@pytest.mark.parametrize("query", ["uploaded_by__password__startswith=a", "ordering=id", "page=3"])
def test_other_parameters_mean_nothing(alice: User, screening: LabUnit, query: str) -> None:
    image = filing.filed(alice, screening)
    selection = filing.selection(alice, query)
    assert list(selection.images()) == [image]
    assert (selection.is_filtered, selection.query) == (False, "")


def test_an_impossible_date_shows_nothing_and_says_so(alice: User, screening: LabUnit) -> None:
    filing.filed(alice, screening)
    selection = filing.selection(alice, "date_from=2026-02-30")
    assert list(selection.images()) == []
    assert "date_from" in selection.form.errors


def test_the_query_is_canonical(alice: User, screening: LabUnit) -> None:
    filing.filed(alice, screening)
    selection = filing.selection(alice, "x=1&area=OD&sort=newest&filename=&after=9&graded=no")
    assert selection.query == "area=OD&graded=no"
    assert selection.query_with(area=None, sort="oldest") == "graded=no&sort=oldest"


def test_figures_are_of_all_and_of_what_is_chosen(alice: User, screening: LabUnit) -> None:
    filing.all_filed(alice, screening, filing.some(3) + filing.some(2, laterality="OS"))
    found = figures.figures(filing.selection(alice, "area=OS"))
    assert (found.everything.total, found.shown.total) == (5, 2)
    assert (found.everything.stored_bytes, found.shown.stored_bytes) == (4500, 1800)
    assert dict(found.shown.areas) == {"OS": 2}


def test_names_too_many_to_count_are_left_out_and_said_to_be(
    alice: User, screening: LabUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uploads.listing.names.FEW", 2)
    monkeypatch.setattr("uploads.listing.figures.FEW", 2)
    filing.all_filed(alice, screening, filing.some(4) + filing.some(1, laterality="OS"))
    found = figures.figures(filing.selection(alice, "filename=eye"))
    assert (found.names_left_out, found.shown.total) == (True, 5)
    counted = figures.figures(filing.selection(alice, "filename=eye&area=OS"))
    assert (counted.names_left_out, counted.shown.total) == (False, 1)


def test_an_administrator_counts_everything(
    adam: User, alice: User, charlie: User, screening: LabUnit, imaging: LabUnit
) -> None:
    filing.filed(alice, screening)
    filing.filed(charlie, imaging)
    assert figures.figures(filing.selection(adam)).everything.total == 2
    assert figures.figures(filing.selection(cast.again(alice))).everything.total == 1

"""Upload limits and counts from the command line."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper

from accounts.models import LabUnit, User
from accounts.progress import Progress
from tests import cast


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=out)
    return out.getvalue()


def spend(count: int, *users: User, held: int = 0) -> None:
    chosen = User.objects.filter(pk__in=[user.pk for user in users])
    chosen.update(file_upload_count=count, file_upload_held=held)


def counts(*users: User) -> list[int]:
    return [cast.again(user).file_upload_count for user in users]


# --- set_upload_quota ------------------------------------------------------------------------


def test_a_limit_is_set_and_told(alice: User) -> None:
    spend(12, alice)
    told = run("set_upload_quota", "alice", "200")
    assert cast.again(alice).upload_quota == 200
    assert told == "alice may upload 200 images in all; 12 are used, 188 left.\n"


def test_default_takes_the_own_limit_away(alice: User) -> None:
    run("set_upload_quota", "alice", "200")
    assert "may upload 50 (default) images" in run("set_upload_quota", "alice", "default")
    assert cast.again(alice).upload_quota is None


def test_the_trail_says_that_a_command_did_it(alice: User) -> None:
    run("set_upload_quota", "alice", "200")
    [event] = cast.audit("quota_changed")
    assert (event.actor_name, event.actor_id) == ("command set_upload_quota", None)
    assert (event.before, event.after) == ({"upload_quota": None}, {"upload_quota": 200})


@pytest.mark.parametrize("limit", ["many", "1.5", "١٢", str(2**31), "", "Default"])
def test_what_is_no_number_of_images_is_refused(alice: User, limit: str) -> None:
    with pytest.raises(CommandError, match="neither a number of images nor the word default"):
        run("set_upload_quota", "alice", limit)
    assert cast.again(alice).upload_quota is None


def test_a_mistyped_name_is_answered_with_what_is_near(alice: User, bob: User) -> None:
    with pytest.raises(CommandError, match=r"There is no user “alise”. There is: alice\.$"):
        run("set_upload_quota", "alise", "5")


def test_an_unknown_name_is_answered_with_what_there_is(alice: User, bob: User) -> None:
    with pytest.raises(CommandError, match="There is: alice, bob"):
        run("set_upload_quota", "xxxxxxxx", "5")


# --- reset_upload_quotas ---------------------------------------------------------------------


def test_one_person_is_reset(alice: User, bob: User) -> None:
    spend(30, alice, bob)
    assert (
        run("reset_upload_quotas", "--user", "alice") == "alice: 30 to 0\n1 upload counts reset.\n"
    )
    assert counts(alice, bob) == [0, 30]


@pytest.mark.parametrize(
    ("whom", "left"),
    [
        (["--hospital", "North"], [0, 0, 30]),
        (["--lab-unit", "North/Screening"], [0, 0, 30]),
        (["--lab-unit", "imaging"], [30, 30, 0]),
        (["--all"], [0, 0, 0]),
    ],
)
def test_those_of_a_place_are_reset(
    alice: User, bob: User, charlie: User, whom: list[str], left: list[int]
) -> None:
    spend(30, alice, bob, charlie)
    run("reset_upload_quotas", *whom)
    assert counts(alice, bob, charlie) == left


def test_somebody_in_two_units_of_a_hospital_is_reset_once(alice: User, outreach: LabUnit) -> None:
    alice.lab_units.add(outreach)
    spend(30, alice)
    assert "1 upload counts reset." in run("reset_upload_quotas", "--hospital", "North")
    assert len(cast.audit("quota_reset")) == 1


def test_what_open_files_hold_stays(alice: User) -> None:
    spend(30, alice, held=4)
    run("reset_upload_quotas", "--all")
    assert counts(alice) == [4]


def test_a_dry_run_tells_and_changes_nothing(alice: User, bob: User) -> None:
    spend(30, alice)
    told = run("reset_upload_quotas", "--all", "--dry-run")
    assert told == "alice: 30 to 0\n1 upload counts would be reset.\n"
    assert counts(alice) == [30]
    assert cast.audit("quota_reset") == []


def test_each_reset_is_written_down(alice: User, bob: User) -> None:
    spend(30, alice, bob)
    run("reset_upload_quotas", "--all")
    events = cast.audit("quota_reset")
    assert {event.actor_name for event in events} == {"command reset_upload_quotas"}
    assert {event.object_id for event in events} == {str(alice.pk), str(bob.pk)}


@pytest.mark.parametrize("whom", [[], ["--all", "--user", "alice"]])
def test_it_must_be_said_once_whose(alice: User, whom: list[str]) -> None:
    with pytest.raises(CommandError):
        run("reset_upload_quotas", *whom)


@pytest.mark.parametrize("option", ["--user", "--hospital", "--lab-unit"])
def test_an_empty_name_is_nobodys(alice: User, option: str) -> None:
    spend(30, alice)
    with pytest.raises(CommandError, match="There is no"):
        run("reset_upload_quotas", option, "")
    assert counts(alice) == [30]


def test_a_units_name_that_two_hospitals_have_is_not_guessed(screening: LabUnit) -> None:
    cast.unit("South", "Screening")
    with pytest.raises(CommandError, match="North/Screening, South/Screening"):
        run("reset_upload_quotas", "--lab-unit", "Screening")


def test_a_unit_is_known_by_its_id(alice: User, screening: LabUnit) -> None:
    spend(30, alice)
    run("reset_upload_quotas", "--lab-unit", str(screening.pk))
    assert counts(alice) == [0]


@pytest.mark.parametrize(
    ("whom", "near"),
    [(["--hospital", "Nort"], "North"), (["--lab-unit", "North/Screning"], "North/Screening")],
)
def test_mistyped_places_are_answered_with_what_is_near(
    screening: LabUnit, whom: list[str], near: str
) -> None:
    with pytest.raises(CommandError, match=f"There is: {near}"):
        run("reset_upload_quotas", *whom)


# --- The progress line -----------------------------------------------------------------------


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("out", "drawn"), [(Terminal(), True), (StringIO(), False)])
def test_progress_is_drawn_where_somebody_watches(out: Any, drawn: bool) -> None:
    progress = Progress(OutputWrapper(out), 4)
    progress.step()
    progress.say("a line")
    assert ("1 of 4" in out.getvalue()) is drawn
    assert "a line\n" in out.getvalue()

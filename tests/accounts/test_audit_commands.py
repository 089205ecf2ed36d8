"""Every command and the worker leave their traces."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from pytest_django.fixtures import Settings

from accounts import origin
from accounts.models import AuditEvent, LabUnit, User
from accounts.roles import Role
from jobs import sweeper
from jobs.worker.rounds import Duty, Rounds
from tests import cast
from tests.live.waiting import wait_until


def events_by(name: str) -> set[str]:
    return set(AuditEvent.objects.filter(actor_name=name).values_list("action", flat=True))


def test_making_an_administrator_by_command_is_in_the_trail(db: None) -> None:
    Group.objects.get_or_create(name=Role.ADMINISTRATOR)
    given = {"username": "zoe", "email": "", "interactive": False}
    call_command("createsuperuser", **given, stdout=StringIO())
    [event] = cast.audit("record_added")
    assert event.actor_name == "command createsuperuser"
    assert event.after == {"username": "zoe", "groups": ["Administrator"]}


def test_setting_a_password_by_command_is_in_the_trail(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt="": "violet-otter-leaves-23")
    call_command("changepassword", "alice", stdout=StringIO())
    [event] = cast.audit("password_changed")
    assert (event.actor_name, event.object_id) == ("command changepassword", str(alice.pk))
    assert "violet" not in str(event.after)


def test_the_demonstrations_people_are_in_the_trail(db: None, settings: Settings) -> None:
    settings.FUNDUS_DEMO_PASSWORD = cast.PASSWORD
    call_command("demo", stdout=StringIO())
    assert events_by("command demo") == {"record_added"}


def test_what_the_clock_does_is_done_for_the_uploader(
    alice: User, screening: LabUnit, settings: Settings
) -> None:
    cast.announced(alice, screening, cast.photo())
    settings.JOBS_NOT_RECEIVED_AFTER = timedelta(seconds=-5)
    with origin.acting(origin.Origin(actor_name="worker")):
        sweeper.sweep()
    [event] = cast.audit("item_refused")
    assert (event.actor_name, event.on_behalf_of) == ("worker", "alice")


def test_rounds_act_as_the_worker() -> None:
    seen: list[str] = []
    note = Duty("noting", lambda: seen.append(origin.current().actor_name), timedelta(hours=1))
    rounds = Rounds("noting", [note])
    rounds.start()
    wait_until(lambda: seen, what="a turn")
    rounds.end(patience=10)
    assert seen == ["worker"]

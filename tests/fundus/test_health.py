"""What /healthz says, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as live
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from jobs.models import Heartbeat

ALL_WELL = {"database": "ok", "storage": "ok", "worker": "ok"}


@pytest.fixture
def beating(db: None) -> None:
    Heartbeat.objects.create(host="here", at=timezone.now())


@pytest.mark.usefixtures("beating")
def test_all_is_well(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, ALL_WELL)


def test_no_worker_ever(client: Client, db: None) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {**ALL_WELL, "worker": "failing"})


def test_a_worker_that_has_fallen_silent(client: Client, beating: None) -> None:
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=4))
    assert client.get("/healthz").json() == {**ALL_WELL, "worker": "failing"}


@pytest.mark.usefixtures("beating", "full_disk")
def test_a_full_disk(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {**ALL_WELL, "storage": "failing"})


@pytest.mark.usefixtures("beating")
def test_a_lost_bucket(client: Client, lose_bucket: Callable[[str], None]) -> None:
    lose_bucket("staging")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {**ALL_WELL, "storage": "failing"})


@pytest.mark.usefixtures("beating")
def test_a_data_directory_that_is_gone(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "gone"
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {**ALL_WELL, "storage": "failing"})


def test_asking_needs_no_session_and_makes_none(client: Client, beating: None) -> None:
    assert "sessionid" not in client.get("/healthz").cookies
    assert client.post("/healthz").status_code == 405


def test_nothing_else_is_told(client: Client, beating: None) -> None:
    text = client.get("/healthz").content.decode()
    assert str(live.DATA_DIR) not in text
    assert set(Client().get("/healthz").json()) == set(ALL_WELL)

"""What follows a commit may fail: the commit stands, and nobody is told otherwise."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import LabUnit, User
from jobs import lifecycle, queue
from jobs.storage import DurableFiles
from tests import cast


def broken(*_: Any, **__: Any) -> None:
    raise ConnectionError


def test_a_queue_that_is_away_is_left_to_the_sweeper(
    db: None, commits: cast.Commits, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.QUEUE_BROKER = "redis://127.0.0.1:1"
    monkeypatch.setattr(queue, "async_task", broken)
    with commits():
        queue.enqueue(1)


def test_staged_bytes_that_cannot_be_removed_stay_behind(
    alice: User, screening: LabUnit, commits: cast.Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = cast.claimed(cast.received(alice, screening, cast.photo()))
    monkeypatch.setattr(DurableFiles, "delete", broken)
    with commits():
        lifecycle.drop_staged_after_commit(item.file.name or "")

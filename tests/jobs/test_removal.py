"""Files that are given up go, now or later, and what cannot be removed is kept in mind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from pytest_django.fixtures import Settings

from jobs import removal, sweeper
from jobs.models import Removal
from tests import cast
from tests.live.system import System
from tests.live.waiting import wait_until

KEYS = ["originals/aa/one.jpg", "thumbnails/aa/one.jpg"]
Commits = Callable[[], Any]


@pytest.fixture(autouse=True)
def files(db: None) -> Iterable[None]:
    for key in KEYS:
        storages["default"].save(key, ContentFile(b"eye"))
    yield
    for key in KEYS:
        storages["default"].delete(key)


@pytest.fixture
def away(settings: Settings, break_storage: Callable[[str], None]) -> Callable[[], None]:
    """The storage is away, until what this returns is called."""
    usual = settings.STORAGES

    def come_back() -> None:
        settings.STORAGES = usual

    break_storage("default")
    return come_back


def later(**by: float) -> None:
    Removal.objects.update(next_try_at=F("next_try_at") - timedelta(**by))


def lie_there() -> bool:
    return set(KEYS) <= cast.keys("default")


def test_files_go_with_the_commit_and_not_before(commits: Commits) -> None:
    with commits():
        removal.remove_after_commit(KEYS)
        assert lie_there()
    assert not set(KEYS) & cast.keys("default")
    assert not Removal.objects.exists()


def test_without_a_commit_nothing_goes(commits: Commits) -> None:
    with commits(), transaction.atomic():
        removal.remove_after_commit(KEYS)
        transaction.set_rollback(True)
    assert lie_there()
    assert not Removal.objects.exists()


def test_what_a_crash_left_queued_is_removed_by_the_worker() -> None:
    removal.remove_after_commit(KEYS)
    assert sweeper.remove_deleted() == {"removed": 2}
    assert not set(KEYS) & cast.keys("default")
    assert sweeper.remove_deleted() == {"removed": 0}


def test_a_storage_that_is_away_loses_no_key(commits: Commits, away: Callable[[], None]) -> None:
    with commits():
        removal.remove_after_commit(KEYS)
    assert set(Removal.objects.values_list("key", flat=True)) == set(KEYS)
    away()
    later(seconds=11)
    assert removal.remove_due() == 2
    assert not set(KEYS) & cast.keys("default")


def test_tries_grow_rarer(away: Callable[[], None]) -> None:
    removal.remove_after_commit(KEYS[:1])
    waits = []
    for _ in range(12):
        later(hours=2)
        removal.remove_due()
        wait = Removal.objects.get().next_try_at - timezone.now()
        waits.append(round(wait.total_seconds(), -1))
    assert waits[:4] == [10, 20, 40, 80]
    assert waits[-1] == 3600


def test_a_file_that_is_not_due_waits(away: Callable[[], None]) -> None:
    removal.remove_after_commit(KEYS[:1])
    removal.remove_due()
    removal.remove_due()
    assert Removal.objects.get().attempts == 1


def test_a_storage_that_is_away_is_not_asked_for_every_file(away: Callable[[], None]) -> None:
    removal.remove_after_commit(f"originals/zz/{n}.jpg" for n in range(30))
    removal.remove_due()
    assert Removal.objects.filter(attempts__gt=0).count() == removal.TROUBLES


@pytest.mark.embedded
def test_one_stubborn_file_holds_up_no_other(settings: Settings) -> None:
    stubborn = "originals/aa/folder"
    storages["default"].save(f"{stubborn}/full.jpg", ContentFile(b"eye"))
    removal.remove_after_commit([stubborn, *KEYS])
    assert removal.remove_due() == 2
    assert Removal.objects.get().key == stubborn
    storages["default"].delete(f"{stubborn}/full.jpg")


def test_the_command_does_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    removal.remove_after_commit(KEYS)
    call_command("sweep_jobs")
    assert "2 files of deleted images removed" in capsys.readouterr().out


def test_the_worker_does_it_on_a_timer(system: System) -> None:
    key = "originals/zz/given-up.jpg"
    system.shell(
        "from django.core.files.base import ContentFile;"
        "from django.db.models.functions import Now;"
        "from django.core.files.storage import default_storage; from jobs.models import Removal;"
        f"default_storage.save('{key}', ContentFile(b'eye'));"
        f"Removal.objects.create(key='{key}', next_try_at=Now())"
    )
    queued = "SELECT 1 FROM jobs_removal"
    wait_until(lambda: not system.rows(queued), timeout=60, what="the file is removed")
    assert not (system.data_dir / "media" / key).exists()

"""Verifying all stored files: interrupted, resumed, sampled, and by the clock."""

from __future__ import annotations

import errno
import logging
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import LabUnit, User
from tests import cast
from uploads import verification, verifying
from uploads.models import FileCheck, FundusImage

on_disk = pytest.mark.embedded


@pytest.fixture(autouse=True)
def place(settings: Settings) -> None:
    """A place where no other test has left anything."""
    default = settings.STORAGES["default"]
    place = {"location": f"{default['OPTIONS']['location']}/{uuid4().hex}"}
    own = {**default, "OPTIONS": {**default["OPTIONS"], **place}}
    settings.STORAGES = {**settings.STORAGES, "default": own}


@pytest.fixture
def photos(alice: User, screening: LabUnit, monkeypatch: pytest.MonkeyPatch) -> list[FundusImage]:
    """Five, verified two at a time; the second and the last are gone."""
    monkeypatch.setattr(verifying, "PIECE", 2)
    cast.uploaded(alice, screening, *cast.photos(5))
    images = list(FundusImage.objects.order_by("pk"))
    for lost in (images[1], images[4]):
        default_storage.delete(str(lost.original))
    return images


def run(*arguments: str) -> tuple[int, list[str]]:
    """Exit code, and the lines of the output with the error at the end."""
    out = StringIO()
    try:
        call_command("verify_uploads", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, [*out.getvalue().splitlines(), str(error)]
    return 0, out.getvalue().splitlines()


def missing(image: FundusImage) -> str:
    return f"missing: {image.original} (image {image.public_id})"


# --- Interrupted and resumed -----------------------------------------------------------------


@pytest.fixture
def stopped_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, signal.Signals], None]:
    """Sends this process a signal while the image of this number is being verified."""

    def stop(number: int, what: signal.Signals) -> None:
        damaged, seen = verification.damaged, list[FundusImage]()

        def interrupting(image: FundusImage) -> list[Any]:
            seen.append(image)
            if len(seen) == number:
                os.kill(os.getpid(), what)
            return damaged(image)

        monkeypatch.setattr(verification, "damaged", interrupting)

    return stop


@pytest.mark.parametrize("what", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order_and_resume_goes_on(
    photos: list[FundusImage], stopped_at: Any, what: signal.Signals
) -> None:
    handler = signal.getsignal(what)
    stopped_at(1, what)
    code, told = run()
    assert (code, told[0]) == (2, missing(photos[1]))
    assert told[1].startswith("Interrupted. 2 images verified: 1 missing")
    assert signal.getsignal(what) is handler
    code, told = run("--resume")
    assert (code, told[:1]) == (1, [missing(photos[4])])
    assert told[1] == "5 images verified: 2 missing, 0 altered, 0 orphaned."


def test_without_resume_it_begins_anew(photos: list[FundusImage], stopped_at: Any) -> None:
    stopped_at(3, signal.SIGTERM)
    run()
    assert run()[1][:2] == [missing(photos[1]), missing(photos[4])]


def test_resume_after_a_finished_one_begins_anew(photos: list[FundusImage]) -> None:
    run()
    assert run("--resume")[1][:2] == [missing(photos[1]), missing(photos[4])]


def test_strays_are_looked_for_in_pieces_too(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["a/b.jpg", "a.jpg", "a/b/c.jpg", "a0.jpg", "b.jpg"]
    for name in names:
        default_storage.save(name, ContentFile(b"stray"))
    monkeypatch.setattr(verification, "TOGETHER", 1)
    code, told = run()
    assert (code, told[:-1]) == (1, [f"orphaned: {name}" for name in sorted(names)])


@on_disk
def test_names_that_are_no_text_are_told(db: None) -> None:
    folder = Path(default_storage.path(""))
    folder.mkdir(parents=True)
    for name in (b"a\xff.jpg", b"b\n.jpg", b"c.jpg"):
        (folder / os.fsdecode(name)).write_bytes(b"stray")
    assert run() == (
        1,
        [
            "orphaned: 'a\\udcff.jpg'",
            "orphaned: 'b\\n.jpg'",
            "orphaned: c.jpg",
            "0 images verified: 0 missing, 0 altered, 3 orphaned.",
        ],
    )


# --- One bad file --------------------------------------------------------------------------------


@on_disk
def test_a_bad_sector_is_a_finding_and_no_end(
    photos: list[FundusImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_it = FileSystemStorage.open

    def broken(self: Any, name: str, mode: str = "rb") -> Any:
        if name == photos[0].original.name:
            raise OSError(errno.EIO, "Input/output error")
        return open_it(self, name, mode)

    monkeypatch.setattr(FileSystemStorage, "open", broken)
    code, told = run()
    assert (code, told[0]) == (1, f"unreadable: {photos[0].original} (image {photos[0].public_id})")
    assert told[-1] == "5 images verified: 2 missing, 0 altered, 0 orphaned, 1 unreadable."


@on_disk
def test_a_key_that_leads_elsewhere_is_a_finding_and_no_end(photos: list[FundusImage]) -> None:
    FundusImage.objects.filter(pk=photos[0].pk).update(original="../../etc/passwd")
    assert run()[1][0] == f"missing: ../../etc/passwd (image {photos[0].public_id})"


# --- Samples -------------------------------------------------------------------------------------


def test_a_sample_verifies_some(photos: list[FundusImage], monkeypatch: pytest.MonkeyPatch) -> None:
    chances = iter([0.1, 0.9, 0.1, 0.9, 0.9])
    monkeypatch.setattr("random.random", lambda: next(chances))
    assert run("--sample", "50%") == (0, ["2 images verified: 0 missing, 0 altered, 0 orphaned."])


@pytest.mark.parametrize("sample", ["0", "101", "x", "-5%"])
def test_what_is_no_part_is_refused(db: None, sample: str) -> None:
    with pytest.raises(CommandError, match="sample"):
        call_command("verify_uploads", f"--sample={sample}")


# --- What remains of it --------------------------------------------------------------------------


def test_findings_are_in_the_trail_with_their_image(photos: list[FundusImage]) -> None:
    run()
    found = cast.audit("file_damaged")
    assert [event.object_id for event in found] == [str(photos[n].public_id) for n in (1, 4)]
    assert found[0].after == {"kind": "missing", "key": photos[1].original.name}
    [done] = cast.audit("files_verified")
    assert (done.actor_name, done.succeeded) == ("command verify_uploads", False)
    assert (done.after["images"], done.after["missing"]) == (5, 2)


def test_a_lost_disk_does_not_fill_the_trail(
    photos: list[FundusImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "NAMED", 1)
    code, told = run()
    assert (code, len(told)) == (1, 3)
    assert len(cast.audit("file_damaged")) == 1


def test_administrators_see_when_files_were_last_verified(
    adam: User, photos: list[FundusImage]
) -> None:
    run()
    page = cast.signed_in(adam).get("/admin/uploads/filecheck/").content.decode()
    assert "5 of 5" in page


# --- By the clock --------------------------------------------------------------------------------


def scheduled() -> FileCheck:
    return FileCheck.objects.get(scheduled=True)


def test_the_clock_verifies_everything_and_then_rests(
    photos: list[FundusImage], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        verifying.work()
    assert scheduled().finished_at
    assert (scheduled().images, scheduled().missing, scheduled().lease_until) == (5, 2, None)
    assert [
        record.getMessage() for record in caplog.records if record.levelno == logging.ERROR
    ] == [f"image {photos[n].public_id}: its original is missing" for n in (1, 4)]


def test_a_turn_is_short_and_the_next_goes_on(
    photos: list[FundusImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "BUSY", 0)
    seen = []
    for _ in range(5):
        verifying.work()
        seen.append((scheduled().images, scheduled().finished_at is not None))
    assert seen == [(2, False), (4, False), (5, False), (5, False), (5, True)]


def test_a_week_later_it_is_due_again(photos: list[FundusImage], settings: Settings) -> None:
    verifying.work()
    FileCheck.objects.update(started_at=timezone.now() - timedelta(days=6, hours=23))
    verifying.work()
    assert FileCheck.objects.count() == 1
    FileCheck.objects.update(started_at=timezone.now() - timedelta(days=7, hours=1))
    verifying.work()
    assert FileCheck.objects.count() == 2


def test_it_can_be_switched_off(photos: list[FundusImage], settings: Settings) -> None:
    settings.JOBS_CHECK_DAYS = 0
    verifying.work()
    assert not FileCheck.objects.exists()


def test_another_host_at_it_is_left_alone(photos: list[FundusImage]) -> None:
    check = verifying.begin(scheduled=True)
    assert verifying._taken(FileCheck.objects.get(pk=check.pk))
    verifying.work()
    assert scheduled().images == 0


def test_of_two_hosts_one_begins(db: None) -> None:
    verifying.begin(scheduled=True)
    assert verifying._begun() is None
    assert FileCheck.objects.count() == 1


def test_a_storage_that_is_away_ends_the_turn_and_finds_nothing(
    photos: list[FundusImage], lose_bucket: Callable[[str], None], settings: Settings
) -> None:
    whole = settings.STORAGES
    lose_bucket("default")
    verifying.work()
    assert (scheduled().found, scheduled().images) == (0, 0)
    settings.STORAGES = whole
    FileCheck.objects.update(lease_until=None)
    verifying.work()
    assert scheduled().missing == 2


def test_the_commands_own_is_not_taken_for_the_clocks(photos: list[FundusImage]) -> None:
    run()
    verifying.work()
    assert scheduled().finished_at

"""A folder of this machine, imported by the same rules as through the browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from pytest_django.fixtures import Settings

from accounts.models import LabUnit, User
from accounts.progress import Progress
from jobs.models import Job, JobItem
from jobs.storage import StorageAway
from tests import cast
from uploads import folders, importing
from uploads.models import FundusImage

CHOICES = ("--camera", "topcon trc-nw400", "--disease", "DR", "--area", "OD")


@pytest.fixture
def folder(tmp_path: Path, screening: LabUnit) -> Path:
    cast.choices(screening)
    (tmp_path / "eyes").mkdir()
    return tmp_path / "eyes"


def fill(folder: Path, *files: cast.File) -> list[cast.File]:
    for file in files:
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    return list(files)


def bring(folder: Path, *more: str, user: str = "alice", unit: str = "North/Screening") -> str:
    out = StringIO()
    given = [*CHOICES, *more] if "--camera" not in more else list(more)
    arguments = [str(folder), "--as", user, "--lab-unit", unit, *given]
    call_command("import_images", *arguments, stdout=out)
    return out.getvalue()


def failing(folder: Path, *more: str) -> tuple[str, str]:
    """What was printed and the summary, of an import that cannot succeed."""
    out = StringIO()
    arguments = [str(folder), "--as", "alice", "--lab-unit", "Screening", *CHOICES, *more]
    with pytest.raises(CommandError) as failed:
        call_command("import_images", *arguments, stdout=out)
    assert failed.value.returncode == 1
    return out.getvalue(), str(failed.value)


# --- What is taken ---------------------------------------------------------------------------


def test_every_file_becomes_an_image(alice: User, folder: Path, screening: LabUnit) -> None:
    files = fill(folder, *cast.photos(3), cast.photo("deep/er/eye.jpg"))
    assert bring(folder).endswith("4 files chosen: 4 stored, 0 failed.\n")
    images = FundusImage.objects.filter(uploaded_by=alice, lab_unit=screening)
    assert {image.content_md5 for image in images} == {file.md5 for file in files}
    assert images.get(filename="eye.jpg").camera.name == "Topcon TRC-NW400"


def test_the_choices_are_the_jobs(alice: User, folder: Path) -> None:
    fill(folder, cast.photo())
    bring(folder, "--mydriatic")
    image = FundusImage.objects.get()
    assert (image.laterality, image.disease.name, image.mydriatic) == ("OD", "DR", True)


def test_it_counts_against_the_quota_and_holds_nothing(alice: User, folder: Path) -> None:
    fill(folder, *cast.photos(3))
    bring(folder)
    alice = cast.again(alice)
    assert (alice.file_upload_count, alice.file_upload_held) == (3, 0)


def test_many_files_become_jobs_of_at_most_a_hundred(
    alice: User, folder: Path, settings: Settings
) -> None:
    settings.DIRECT_UPLOAD_MAX_FILES = 3
    fill(folder, *cast.photos(7))
    told = bring(folder)
    assert sorted(job.items.count() for job in Job.objects.all()) == [1, 3, 3]
    assert told.count("Job ") == 3


def test_who_did_it_for_whom_is_written_down(alice: User, folder: Path) -> None:
    fill(folder, cast.photo())
    bring(folder)
    [event] = cast.audit("job_created")
    assert (event.actor_name, event.on_behalf_of) == ("command import_images", "alice")


def test_what_systems_hide_in_folders_is_left_out(alice: User, folder: Path) -> None:
    for name in (".DS_Store", "Thumbs.db", "__MACOSX/eye.jpg", ".git/config"):
        fill(folder, cast.File(name, b"anything"))
    fill(folder, cast.photo())
    assert "1 files chosen: 1 stored" in bring(folder)


def test_any_name_a_disk_allows_is_taken(alice: User, folder: Path) -> None:
    data = [cast.photo().data for _ in range(3)]
    names = [b"\xff\xfe.jpg", "œil\nd\u202eroit.jpg".encode(), b"-rf.jpg"]
    for name, content in zip(names, data, strict=True):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(content)
    bring(folder)
    assert {image.filename for image in FundusImage.objects.all()} == {
        ".jpg",
        "œildroit.jpg",
        "-rf.jpg",
    }


# --- What is not -----------------------------------------------------------------------------


def test_failures_are_named_and_everything_adds_up(alice: User, folder: Path) -> None:
    fill(folder, cast.photo("a.jpg"), cast.File("b/notes.jpg", b"no picture"))
    fill(folder, cast.File("c.jpg", b""))
    printed, summary = failing(folder)
    assert summary == "3 files chosen: 1 stored, 2 failed."
    assert "b/notes.jpg: Invalid file type: text/plain. Only JPG/PNG allowed.\n" in printed
    assert "c.jpg: Corrupted or unreadable image\n" in printed


def test_duplicates_cost_nothing(alice: User, folder: Path) -> None:
    file = cast.photo("a.jpg")
    fill(folder, file, cast.File("b.jpg", file.data))
    printed, summary = failing(folder)
    assert summary == "2 files chosen: 1 stored, 1 failed."
    assert "b.jpg: Duplicate file" in printed
    assert failing(folder)[1] == "2 files chosen: 0 stored, 2 failed."
    assert cast.again(alice).file_upload_count == 1


def test_a_file_beyond_the_limit_is_not_read_to_its_end(alice: User, folder: Path) -> None:
    with (folder / "huge.jpg").open("wb") as sparse:
        sparse.truncate(5 * 1024**3)
    staged = cast.keys("staging")
    printed, _summary = failing(folder)
    assert "huge.jpg: File too large (max 5MB)" in printed
    assert cast.keys("staging") == staged


def test_a_file_of_exactly_the_limit_is_taken(
    alice: User, folder: Path, settings: Settings
) -> None:
    settings.DIRECT_UPLOAD_MAX_FILE_SIZE_MB = 1
    data = cast.photo().data
    fill(folder, cast.File("full.jpg", data + bytes(1024**2 - len(data))))
    assert "1 stored" in bring(folder)


def test_beyond_the_quota_nothing_is_taken(alice: User, folder: Path) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=2)
    fill(folder, *cast.photos(4))
    printed, summary = failing(folder)
    assert summary == "4 files chosen: 2 stored, 2 failed."
    assert printed.count("Upload quota exceeded") == 2


def test_without_any_quota_no_job_is_made(alice: User, folder: Path) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=0)
    fill(folder, *cast.photos(2))
    assert failing(folder)[1] == "2 files chosen: 0 stored, 2 failed."
    assert not Job.objects.exists()


def test_links_are_named_and_not_followed(alice: User, folder: Path, tmp_path: Path) -> None:
    fill(tmp_path / "outside", cast.photo("secret.jpg"))
    (folder / "file.jpg").symlink_to(tmp_path / "outside/secret.jpg")
    (folder / "place").symlink_to(tmp_path / "outside")
    (folder / "gone.jpg").symlink_to(tmp_path / "nowhere")
    printed, summary = failing(folder)
    assert summary == "3 files chosen: 0 stored, 3 failed."
    for name in ("file.jpg", "place", "gone.jpg"):
        assert f"{name}: A link: links are not followed.\n" in printed


def test_the_folder_itself_may_be_a_link(alice: User, folder: Path, tmp_path: Path) -> None:
    fill(folder, cast.photo())
    (tmp_path / "link").symlink_to(folder)
    assert "1 stored" in bring(tmp_path / "link")


def test_pipes_are_named_and_not_waited_for(alice: User, folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")
    fill(folder, cast.photo())
    printed, summary = failing(folder)
    assert summary == "2 files chosen: 1 stored, 1 failed."
    assert "pipe.jpg: Neither a file nor a folder." in printed


def test_a_folder_swapped_for_a_link_meanwhile_is_not_followed(
    alice: User, folder: Path, tmp_path: Path
) -> None:
    fill(folder, cast.photo("in/eye.jpg"))
    [entry] = folders.entries(folder)
    (folder / "in").rename(tmp_path / "out")
    (folder / "in").symlink_to(tmp_path / "out")
    with pytest.raises(folders.Unreadable, match="A link"):
        list(folders.chunks(entry.path))


# --- Who may, and what there is --------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "unit", "said"),
    [
        ("alise", "Screening", "There is no user “alise”. There is: alice."),
        ("gina", "Screening", "gina is no Uploader."),
        ("alice", "Screning", "There is no lab unit “Screning”. There is: North/Screening."),
        (
            "alice",
            "South/Imaging",
            "You don't have access to the selected lab unit. alice may upload to: North/Screening.",
        ),
    ],
)
def test_what_is_not_allowed_is_refused_before_anything_is_read(
    alice: User, gina: User, imaging: LabUnit, folder: Path, user: str, unit: str, said: str
) -> None:
    with pytest.raises(CommandError) as refused:
        bring(folder, user=user, unit=unit)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("option", "value", "near"),
    [
        ("--camera", "Topcon TRC", "Topcon TRC-NW400"),
        ("--disease", "Glaukoma", "Glaucoma"),
        ("--area", "Rigt eye", "OD"),
    ],
)
def test_unknown_choices_are_answered_with_what_is_near(
    alice: User, folder: Path, option: str, value: str, near: str
) -> None:
    chosen = dict(zip(CHOICES[::2], CHOICES[1::2], strict=True)) | {option: value}
    with pytest.raises(CommandError, match=f"There is: {near}"):
        bring(folder, *(text for pair in chosen.items() for text in pair))


def test_the_deactivated_upload_nothing(alice: User, folder: Path) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(CommandError, match="alice is deactivated"):
        bring(folder)


def test_a_deactivated_unit_takes_nothing(alice: User, folder: Path, screening: LabUnit) -> None:
    LabUnit.objects.filter(pk=screening.pk).update(is_active=False)
    with pytest.raises(CommandError, match="You don't have access"):
        bring(folder)


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_files_is_a_mistake(alice: User, folder: Path, name: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(CommandError, match=r"is not a folder|There are no files"):
        bring(folder / name)


# --- Troubles --------------------------------------------------------------------------------


def test_a_full_disk_ends_it_and_nothing_stays_in_staging(
    alice: User, folder: Path, full_disk: None
) -> None:
    fill(folder, *cast.photos(2))
    staged = cast.keys("staging")
    _printed, summary = failing(folder)
    assert summary.startswith("2 files chosen: 0 stored, 0 failed. The storage is not available: 2")
    assert (cast.keys("staging"), Job.objects.count()) == (staged, 0)


def test_what_was_stored_before_the_trouble_counts(
    alice: User, folder: Path, screening: LabUnit, settings: Settings
) -> None:
    settings.DIRECT_UPLOAD_MAX_FILES = 1
    fill(folder, *cast.photos(2))
    tally = importing.Tally(chosen=2)
    progress = Progress(OutputWrapper(StringIO()), 2)

    def files() -> Iterator[folders.Entry]:
        first, second = folders.entries(folder)
        yield first
        settings.MIN_FREE_BYTES = 2**62
        yield second

    with pytest.raises(StorageAway):
        importing.Import(alice, cast.choices(screening), progress, tally).run(files())
    assert (tally.completed, tally.failed) == (1, [])


def test_what_another_worker_had_and_lost_is_taken_over(
    alice: User, screening: LabUnit, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOBS_LEASE = timedelta(seconds=0.3)
    monkeypatch.setattr(importing, "POLL_EVERY", 0.05)
    job = cast.received(alice, screening, cast.photo())
    cast.claimed(job)
    progress = Progress(OutputWrapper(StringIO()), 1)
    tally = importing.Tally(chosen=1)
    importing.Import(alice, cast.choices(screening), progress, tally)._work(job)
    assert cast.states(job) == ["completed"]
    assert JobItem.objects.get().attempts == 2


def test_bytes_are_dropped_once_stored(
    alice: User, folder: Path, commits: Callable[[], AbstractContextManager[Any]]
) -> None:
    fill(folder, *cast.photos(2), cast.File("notes.jpg", b"no picture"))
    staged = cast.keys("staging")
    with commits():
        failing(folder)
    assert cast.keys("staging") == staged

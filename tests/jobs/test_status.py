"""What is said of a job: status, results, errors as CSV, Recent Jobs. The numbers always add up."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import LabUnit, User
from jobs import lifecycle
from jobs.codes import Code
from jobs.models import Job, JobItem
from jobs.tables import harmless
from tests import cast
from tests.cast import File
from uploads import intake

BROKEN = File("broken.jpg", b"\xff\xd8\xff\xe0 no picture")


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


@pytest.fixture
def mixed(alice: User, screening: LabUnit) -> Job:
    """Four files chosen: one completed, one broken, one rejected, one still awaited."""
    files = [good := cast.photo("good.jpg"), BROKEN, cast.photo()]
    job = cast.announced(alice, screening, *files, rejected=[cast.rejected("=1+1.pdf")])
    for item, file in zip(cast.items(job), (good, BROKEN), strict=False):
        intake.receive(item, iter([file.data]))
    return job


@pytest.fixture
def finished(alice: User, screening: LabUnit) -> Job:
    """Three files chosen: one completed, one broken, one rejected."""
    rejected = [cast.rejected("=1+1.pdf")]
    return cast.uploaded(alice, screening, cast.photo(), BROKEN, rejected=rejected)


def status(client: Client, job: Job) -> dict[str, Any]:
    return dict(client.get(f"/api/upload-jobs/{job.token}/status").json())


def test_a_waiting_job_key_by_key(client: Client, alice: User, screening: LabUnit) -> None:
    job = cast.announced(alice, screening, file := cast.photo())
    said = status(client, job)
    assert said.pop("badge")["word"] == "Queued"
    [item] = said.pop("items")
    assert item.pop("badge")["word"] == "Waiting for file"
    assert said == {
        "job_id": str(job.token),
        "job_token": str(job.token),
        "job_status": "queued",
        "error": None,
        "progress": {"total": 1, "finished": 0, "completed": 0, "failed": 0, "percent": 0},
        "rejected_count": 0,
        "uploader": {"username": "alice", "name": "Alice Ang"},
        "hospital": "North",
        "lab_unit": "Screening",
        "camera": "Topcon TRC-NW400",
        "disease": "DR",
        "area": "Right eye",
        "mydriatic": False,
        "created_at": job.created_at.isoformat(),
        "started_at": None,
        "finished_at": None,
        "results_url": f"/direct/upload/results/{job.token}",
    }
    assert item == {
        "n": 0,
        "filename": "eye.jpg",
        "size": len(file.data),
        "md5": file.md5,
        "rejected": False,
        "state": "awaiting",
        "code": None,
        "detail": None,
        "started_at": None,
        "finished_at": None,
        "image_id": None,
        "image_url": None,
    }


def test_a_finished_job(client: Client, finished: Job) -> None:
    said = status(client, finished)
    assert (said["job_status"], said["error"]) == ("error", "One or more files failed")
    assert said["rejected_count"] == 1
    assert said["progress"] == {
        "total": 2,
        "finished": 2,
        "completed": 1,
        "failed": 1,
        "percent": 100,
    }
    times = [said[f"{what}_at"] for what in ("created", "started", "finished")]
    assert times == sorted(times, key=datetime.fromisoformat)


def test_the_items_of_a_finished_job(client: Client, finished: Job) -> None:
    good, broken, rejected = status(client, finished)["items"]
    image = cast.image_of(finished)
    assert (good["state"], good["image_id"]) == ("completed", str(image.public_id))
    assert good["image_url"] == f"/direct/uploads/{image.public_id}"
    assert (broken["state"], broken["code"]) == ("error", "corrupt")
    assert broken["detail"].startswith("Corrupted or unreadable image")
    assert (rejected["n"], rejected["rejected"], rejected["state"]) == (2, True, "error")


def test_a_job_all_of_whose_files_became_images(
    client: Client, alice: User, screening: LabUnit
) -> None:
    job = cast.uploaded(alice, screening, *cast.photos(2))
    said = status(client, job)
    assert (said["job_status"], said["error"]) == ("done", None)


def test_a_job_under_way(client: Client, alice: User, screening: LabUnit) -> None:
    job = cast.received(alice, screening, *cast.photos(3))
    lifecycle.claim(cast.items(job)[0].pk)
    said = status(client, job)
    assert (said["job_status"], said["finished_at"]) == ("processing", None)
    assert said["started_at"] is not None
    assert [item["state"] for item in said["items"]] == ["processing", "queued", "queued"]


def test_a_job_of_nothing_but_rejected_files(
    client: Client, alice: User, screening: LabUnit
) -> None:
    job = cast.announced(alice, screening, rejected=[cast.rejected("a.pdf")])
    said = status(client, job)
    assert (said["job_status"], said["rejected_count"]) == ("error", 1)
    assert said["progress"] == {
        "total": 0,
        "finished": 0,
        "completed": 0,
        "failed": 0,
        "percent": 100,
    }


def test_labels_stay_as_they_were_chosen(
    client: Client, alice: User, screening: LabUnit, finished: Job
) -> None:
    screening.name = "Renamed"
    screening.save()
    assert status(client, finished)["lab_unit"] == "Screening"


# --- The numbers ---------------------------------------------------------------------------


def counts_of_page(html: str) -> dict[str, int]:
    rows = re.findall(r"<dt>(?:<i[^>]*></i>)?([^<]+)</dt><dd[^>]*>(\d+)</dd>", html)
    return {name.lower(): int(number) for name, number in rows}


def rows_of_csv(client: Client, job: Job) -> list[dict[str, str]]:
    answer = client.get(f"/direct/upload/results/{job.token}/errors.csv")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_status_page_and_csv_account_for_every_file(client: Client, finished: Job) -> None:
    said = status(client, finished)
    progress = said["progress"]
    html = client.get(f"/direct/upload/results/{finished.token}").content.decode()
    page, stages = counts_of_page(html), [row["stage"] for row in rows_of_csv(client, finished)]
    assert page == {"chosen": 3, "completed": 1, "failed": 1, "rejected before sending": 1}
    assert (progress["completed"], progress["failed"], said["rejected_count"]) == (1, 1, 1)
    assert stages == ["failed", "rejected"]


def test_the_verdict_accounts_for_every_file(client: Client, mixed: Job) -> None:
    cast.work(mixed)
    html = client.get(f"/direct/upload/results/{mixed.token}").content.decode()
    chosen = counts_of_page(html)["chosen"]
    verdict = re.findall(r"<h1>(.*?)</h1>", html)[0]
    assert sum(int(number) for number in re.findall(r"\d+", verdict)) == chosen == 4


def test_duplicates_of_rejected_and_failed_files_add_up(
    client: Client, alice: User, screening: LabUnit
) -> None:
    one = cast.photo()
    rejected = [cast.rejected("c.jpg", Code.DUPLICATE)]
    job = cast.uploaded(alice, screening, one, File("b.jpg", one.data), rejected=rejected)
    html = client.get(f"/direct/upload/results/{job.token}").content.decode()
    assert "1 image stored, 2 duplicates." in html


# --- CSV -----------------------------------------------------------------------------------


def test_the_csv_names_stage_code_and_reason(client: Client, finished: Job) -> None:
    failed, rejected = rows_of_csv(client, finished)
    assert (failed["n"], failed["filename"], failed["code"]) == ("1", "broken.jpg", "corrupt")
    assert failed["reason"].startswith("Corrupted or unreadable image")
    assert (rejected["filename"], rejected["code"]) == ("'=1+1.pdf", "wrong_type")


def test_the_csv_is_a_download_of_neutral_name(client: Client, finished: Job) -> None:
    answer = client.get(f"/direct/upload/results/{finished.token}/errors.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    expected = f'attachment; filename="errors-{finished.token}.csv"'
    assert answer.headers["Content-Disposition"] == expected


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_nothing_in_the_csv_is_a_formula(start: str) -> None:
    assert harmless(f"{start}SUM(A1)") == f"'{start}SUM(A1)"


@pytest.mark.parametrize("text", ["eye.jpg", "1", "", "a=b", "été.jpg"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


# --- Recent Jobs and pages -----------------------------------------------------------------


def test_recent_jobs_are_the_newest_hundred(
    client: Client, alice: User, screening: LabUnit
) -> None:
    jobs = [Job(uploader=alice, lab_unit=screening) for _ in range(102)]
    Job.objects.bulk_create(jobs)
    html = client.get("/direct/jobs").content.decode()
    tokens = re.findall(r"/direct/upload/results/([0-9a-f-]{36})", html)
    assert tokens == [str(job.token) for job in reversed(jobs[2:])]


def test_recent_jobs_tell_the_counts(client: Client, finished: Job) -> None:
    html = client.get("/direct/jobs").content.decode()
    counts = dict(re.findall(r'data-count="(\w+)">(\d+)<', html))
    assert counts == {"completed": "1", "total": "2", "failed": "1"}
    assert re.search(r'job-rejected">1<', html)


@pytest.mark.parametrize(("who", "named"), [("alice", False), ("dana", True), ("adam", True)])
def test_managers_see_who_uploaded(
    request: pytest.FixtureRequest, finished: Job, who: str, named: bool
) -> None:
    html = cast.signed_in(request.getfixturevalue(who)).get("/direct/jobs").content.decode()
    assert ("Alice Ang" in html.split("<tbody>")[1]) is named


def test_new_jobs_are_marked(client: Client, finished: Job) -> None:
    html = client.get(f"/direct/jobs?new={uuid4()},{finished.token}").content.decode()
    assert html.count("job-new") == 1


@pytest.mark.parametrize("new", ["x", "<script>", "%00", ",,,"])
def test_junk_in_the_address_marks_nothing(client: Client, finished: Job, new: str) -> None:
    answer = client.get(f"/direct/jobs?new={new}")
    assert answer.status_code == 200
    assert "job-new" not in answer.content.decode()


def test_the_processing_page_refreshes_itself_without_javascript(
    client: Client, mixed: Job, finished: Job
) -> None:
    page = "/direct/upload/processing/"
    assert (
        'http-equiv="refresh" content="3">' in client.get(f"{page}{mixed.token}").content.decode()
    )
    html = client.get(f"{page}{finished.token}").content.decode()
    assert f'content="3; url=/direct/upload/results/{finished.token}"' in html


def test_after_half_an_hour_the_page_names_whom_to_ask(
    client: Client, alice: User, screening: LabUnit, settings: Any
) -> None:
    settings.SUPPORT_CONTACT = "help@clinic.example"
    job = cast.received(alice, screening, cast.photo())
    cast.claimed(job)
    notice = re.compile(r"<div[^>]*data-slow [^>]*>")
    url = f"/direct/upload/processing/{job.token}"
    assert " hidden" in notice.findall(client.get(url).content.decode())[0]
    Job.objects.update(started_at=datetime.fromisoformat("2020-01-01T00:00:00+00:00"))
    html = client.get(url).content.decode()
    assert " hidden" not in notice.findall(html)[0]
    assert "help@clinic.example" in html


def test_a_double_is_linked_for_those_who_may_see_the_image(
    alice: User, dana: User, screening: LabUnit
) -> None:
    image = cast.stored(alice, screening, one := cast.photo())
    job = cast.uploaded(alice, screening, one)
    for user in (alice, dana):
        html = cast.signed_in(user).get(f"/direct/upload/results/{job.token}").content.decode()
        assert f"/direct/uploads/{image.public_id}" in html


def test_a_double_is_not_linked_for_others(
    client: Client, alice: User, screening: LabUnit, charlie: User, imaging: LabUnit
) -> None:
    image = cast.stored(charlie, imaging, one := cast.photo())
    job = cast.uploaded(alice, screening, one)
    assert cast.only(job).duplicate_of == image.public_id
    for url in (f"/direct/upload/results/{job.token}", f"/api/upload-jobs/{job.token}/status"):
        assert str(image.public_id) not in client.get(url).content.decode()


def test_a_deleted_image_is_said_to_be_deleted(client: Client, finished: Job) -> None:
    items = JobItem.objects.filter(job=finished, n=0)
    items.update(image_deleted_at=finished.created_at, image_deleted_by="dana")
    html = client.get(f"/direct/upload/results/{finished.token}").content.decode()
    assert "Deleted" in html
    assert "by dana" in html


@pytest.mark.parametrize("page", ["processing", "results"])
def test_pages_answer_get_only(client: Client, finished: Job, page: str) -> None:
    send: Callable[..., Any] = client.post
    assert send(f"/direct/upload/{page}/{finished.token}").status_code == 405

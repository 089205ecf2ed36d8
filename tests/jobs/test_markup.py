"""What the pages of a job say before any script runs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import LabUnit, User
from jobs.models import Job
from tests import cast

SLOW = 'data-slow data-slow-after="30">'


@pytest.fixture
def job(alice: User, screening: LabUnit) -> Job:
    return cast.received(alice, screening, *cast.photos(2))


def processing(user: User, job: Job) -> str:
    return read(user, f"/direct/upload/processing/{job.token}")


def results(user: User, job: Job) -> str:
    return read(user, f"/direct/upload/results/{job.token}")


def read(user: User, url: str) -> str:
    answer = cast.signed_in(user).get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_while_open_the_page_reloads_itself_without_scripts(alice: User, job: Job) -> None:
    page = processing(alice, job)
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page


def test_at_the_end_it_goes_on_to_the_results(alice: User, job: Job) -> None:
    cast.work(job)
    assert f'content="3; url=/direct/upload/results/{job.token}"' in processing(alice, job)


@pytest.mark.parametrize(("minutes", "told"), [(29, False), (31, True)])
def test_after_half_an_hour_the_administrator_is_named(
    alice: User, job: Job, minutes: int, told: bool
) -> None:
    began = timezone.now() - timedelta(minutes=minutes)
    Job.objects.filter(pk=job.pk).update(state="processing", started_at=began)
    assert (SLOW in processing(alice, job)) is told


def test_a_job_not_yet_begun_is_not_called_slow(alice: User, job: Job) -> None:
    assert SLOW not in processing(alice, job)


def test_file_names_are_text(alice: User, screening: LabUnit) -> None:
    job = cast.uploaded(alice, screening, cast.File("<b>eye</b>.jpg", b"no picture"))
    assert "<b>eye" not in processing(alice, job) + results(alice, job)


def test_results_begin_with_the_verdict(alice: User, job: Job) -> None:
    cast.work(job)
    assert "<h1>2 images stored.</h1>" in results(alice, job)


def test_results_of_an_open_job_lead_back_to_its_progress(alice: User, job: Job) -> None:
    link = f'<a href="/direct/upload/processing/{job.token}">'
    assert link in results(alice, job)
    cast.work(job)
    assert link not in results(alice, job)


def test_a_failed_file_stands_with_reason_and_remedy(alice: User, screening: LabUnit) -> None:
    page = results(alice, cast.uploaded(alice, screening, cast.File("eye.jpg", b"no picture")))
    assert "Invalid file type: text/plain. Only JPG/PNG allowed." in page
    assert "Export the image from the camera software as JPG or PNG." in page


def test_a_duplicate_leads_to_the_image_it_repeats(alice: User, screening: LabUnit) -> None:
    file = cast.photo()
    image = cast.stored(alice, screening, file)
    page = results(alice, cast.uploaded(alice, screening, file))
    assert f'href="/direct/uploads/{image.public_id}"' in page
    assert 'src="/direct/thumbnails/' in page


def test_a_duplicate_out_of_sight_stays_so(
    alice: User, charlie: User, screening: LabUnit, imaging: LabUnit
) -> None:
    file = cast.photo()
    image = cast.stored(alice, screening, file)
    page = results(charlie, cast.uploaded(charlie, imaging, file))
    assert "Duplicate file" in page
    assert str(image.public_id) not in page


def test_new_jobs_are_marked_in_the_list(alice: User, job: Job, screening: LabUnit) -> None:
    cast.received(alice, screening, cast.photo())
    page = read(alice, f"/direct/jobs?new={job.token}")
    assert page.count('class="job-row job-new"') == 1


def test_an_empty_list_teaches(alice: User) -> None:
    assert "No uploads yet" in read(alice, "/direct/jobs")

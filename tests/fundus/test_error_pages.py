"""Fault pages look like the product, offer a way on, and need nothing that may be broken."""

import pytest
from django.template.loader import render_to_string

from accounts.models import User
from jobs.models import Job
from tests import cast

CODES = ["400", "403", "403_csrf", "404", "413", "429", "500", "503"]


@pytest.mark.parametrize("code", CODES)
def test_a_fault_page_needs_neither_request_nor_database(code: str) -> None:
    page = render_to_string(f"{code}.html")
    assert "<h1>" in page
    assert 'href="/' in page


def test_a_fault_of_ours_has_a_number_for_support() -> None:
    assert "f00d-cafe" in render_to_string("500.html", {"request_id": "f00d-cafe"})


def test_a_job_out_of_scope_looks_like_one_that_is_not_there(
    alice: User, charlie: User, screening: object
) -> None:
    job = Job.objects.create(uploader=alice, lab_unit=alice.lab_units.get())
    client = cast.signed_in(charlie)
    hidden = client.get(f"/direct/upload/results/{job.token}")
    missing = client.get("/direct/upload/results/00000000-0000-4000-8000-000000000000")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.content == missing.content


def test_a_page_that_is_not_there_keeps_the_menu(alice: User) -> None:
    page = cast.signed_in(alice).get("/nothing-here").content.decode()
    assert 'href="/direct/upload"' in page

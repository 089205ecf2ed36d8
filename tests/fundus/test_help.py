"""Help speaks of this installation: its limits, its messages, its administrator."""

from html import unescape

import pytest
from pytest_django.fixtures import Settings

from accounts.models import User
from jobs.codes import Code, explained
from tests import cast

PAGES = ["direct-uploads", "dashboard", "editing", "quotas", "account", "troubleshooting"]
WITH_MESSAGES = ["direct-uploads", "troubleshooting"]
ON_THE_FORM = [
    "All fields are required",
    "You don't have access to the selected lab unit",
    "The selected lab unit does not belong to the selected hospital",
    "Duplicate file detected",
    "File size exceeds limit",
    "File format not supported",
    "One or more files failed",
]


def read(user: User, slug: str) -> str:
    answer = cast.signed_in(user).get(f"/help/{slug}")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_help_home_leads_to_every_page(alice: User) -> None:
    home = cast.signed_in(alice).get("/help").content.decode()
    assert all(f'href="/help/{slug}"' in home for slug in PAGES)


@pytest.mark.parametrize("slug", PAGES)
def test_every_page_says_what_support_needs(alice: User, slug: str, settings: Settings) -> None:
    settings.SUPPORT_CONTACT = "eyes@clinic.example"
    page = read(alice, slug)
    assert "mailto:eyes@clinic.example" in page
    assert "job id" in page


@pytest.mark.parametrize("slug", WITH_MESSAGES)
@pytest.mark.parametrize("code", Code)
def test_every_message_stands_with_its_code_and_remedy(alice: User, slug: str, code: Code) -> None:
    page, entry = read(alice, slug), explained(code)
    assert all(str(part) in page for part in entry.values())


@pytest.mark.parametrize("sentence", ON_THE_FORM)
def test_every_message_of_the_form_is_explained(alice: User, sentence: str) -> None:
    assert f"“{sentence}”" in read(alice, "troubleshooting")


def test_limits_are_those_of_the_settings(alice: User, settings: Settings) -> None:
    settings.DIRECT_UPLOAD_MAX_FILE_SIZE_MB, settings.DIRECT_UPLOAD_MAX_FILES = 7, 33
    settings.DIRECT_UPLOAD_MAX_MEGAPIXELS = 81
    page = read(alice, "direct-uploads")
    assert all(text in page for text in ("up to 7 MB", "up to 33;", "up to 81 megapixels"))


def test_quotas_speaks_of_the_reader_s_own(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=120, file_upload_count=20)
    assert "<strong>100</strong> are left" in read(alice, "quotas")


def test_privacy_says_what_stays(alice: User) -> None:
    assert "Text that is part of the picture." in read(alice, "direct-uploads")


def test_a_page_that_is_none_is_not_found(alice: User) -> None:
    assert cast.signed_in(alice).get("/help/base").status_code == 404


def test_time_outs_are_those_of_the_settings(alice: User, settings: Settings) -> None:
    settings.SESSION_IDLE_MINUTES = 17
    page = read(alice, "account")
    assert all(text in page for text in ("After 17 minutes", "after 12 hours", "within 72 hours"))

"""The help pages, and the limits and sentences they print."""

import html

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from jobs.codes import EXPLANATIONS, Code, explained, remedy, sentence
from tests import cast

PAGES = ["", "/direct-uploads", "/dashboard", "/editing", "/quotas", "/troubleshooting"]


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


def page(client: Client, name: str) -> str:
    return html.unescape(client.get(f"/help{name}").content.decode())


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_there_and_linked(client: Client, name: str) -> None:
    assert client.get(f"/help{name}").status_code == 200
    assert f'href="/help{name}"' in page(client, "")


@pytest.mark.parametrize("name", ["/nothing", "/base", "/partials", "/../base"])
def test_other_pages_are_not_found(client: Client, name: str) -> None:
    assert client.get(f"/help{name}").status_code == 404


def test_limits_are_those_in_force(client: Client, settings: Settings) -> None:
    settings.DIRECT_UPLOAD_MAX_FILE_SIZE_MB, settings.DIRECT_UPLOAD_MAX_FILES = 7, 83
    settings.DIRECT_UPLOAD_MAX_MEGAPIXELS = 61
    text = page(client, "/direct-uploads")
    assert "File too large (max 7MB)" in text
    assert "Too many files (max 83)" in text
    assert "Image dimensions too large (max 61 megapixels)" in text


@pytest.mark.parametrize("code", Code)
def test_every_code_is_explained(client: Client, code: Code) -> None:
    text = page(client, "/direct-uploads")
    said = explained(code)
    for part in ("code", "sentence", "meaning", "remedy"):
        assert said[part] in text


def test_no_code_is_forgotten() -> None:
    assert set(EXPLANATIONS) == set(Code)


SENTENCES = {
    "no_file": "No selected file",
    "too_many_files": "Too many files (max 100)",
    "too_large": "File too large (max 5MB)",
    "corrupt": "Corrupted or unreadable image",
    "too_many_pixels": "Image dimensions too large (max 100 megapixels)",
    "duplicate": "Duplicate file",
    "quota": "Upload quota exceeded",
    "not_received": "Not received. Send it again.",
}


@pytest.mark.parametrize(("code", "said"), SENTENCES.items())
def test_sentences(code: str, said: str) -> None:
    assert sentence(code) == said


def test_the_type_found_is_named() -> None:
    said = "Invalid file type: image/gif. Only JPG/PNG allowed."
    assert sentence("wrong_type", mime_type="image/gif") == said


def test_what_has_no_sentence_reads_as_itself() -> None:
    assert (sentence("unheard_of"), remedy("")) == ("unheard_of", "")


def test_whom_to_ask_is_named(client: Client, settings: Settings) -> None:
    settings.SUPPORT_CONTACT = "help@clinic.example"
    assert "help@clinic.example" in page(client, "/troubleshooting")

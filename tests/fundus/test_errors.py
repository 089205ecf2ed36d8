"""Faults: JSON below /api/, a page elsewhere, and 503 for what is away."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import LabUnit, User
from tests import cast

pytestmark = pytest.mark.urls("tests.fundus.faulty")
CODES = {
    "broken": (500, "server_error"),
    "database": (503, "storage_unavailable"),
    "storage": (503, "storage_unavailable"),
    "bad": (400, "bad_request"),
    "forbidden": (403, "forbidden"),
    "missing": (404, "not_found"),
}


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice, raise_request_exception=False)


@pytest.mark.parametrize(("fault", "expected"), CODES.items())
def test_scripts_get_json(client: Client, fault: str, expected: tuple[int, str]) -> None:
    answer = client.get(f"/api/fail/{fault}")
    assert (answer.status_code, answer.json()["code"]) == expected
    assert answer.json()["error"]


@pytest.mark.parametrize(("fault", "expected"), CODES.items())
def test_people_get_a_page(client: Client, fault: str, expected: tuple[int, str]) -> None:
    answer = client.get(f"/fail/{fault}")
    assert answer.status_code == expected[0]
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<h1>" in answer.content.decode()


@pytest.mark.parametrize("fault", ["database", "storage"])
@pytest.mark.parametrize("place", ["", "/api"])
def test_what_is_away_comes_back_soon(client: Client, place: str, fault: str) -> None:
    assert client.get(f"{place}/fail/{fault}").headers["Retry-After"] == "10"


@pytest.mark.parametrize("place", ["", "/api"])
def test_a_fault_of_ours_tells_its_number_and_nothing_else(client: Client, place: str) -> None:
    answer = client.get(f"{place}/fail/broken")
    assert answer.headers["X-Request-ID"] in answer.content.decode()
    assert "Smith" not in answer.content.decode()


@pytest.mark.parametrize(
    ("url", "kind"),
    [("/api/uploads/check", "application/json"), ("/direct/jobs", "text/html; charset=utf-8")],
)
def test_methods_that_are_not_allowed(client: Client, url: str, kind: str) -> None:
    answer = client.delete(url)
    assert (answer.status_code, answer.headers["Content-Type"]) == (405, kind)
    assert int(answer.headers["Content-Length"]) == len(answer.content) > 0
    assert answer.headers["Allow"]


@pytest.mark.parametrize("url", ["/api/nothing", "/api/upload-jobs/x/status"])
def test_unknown_addresses_below_api_are_json(client: Client, url: str) -> None:
    answer = client.get(url)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_another_host_is_refused(client: Client) -> None:
    assert client.get("/help", HTTP_HOST="evil.example").status_code == 400


def test_a_token_out_of_date_is_told(alice: User, screening: LabUnit) -> None:
    client = cast.signed_in(alice, enforce_csrf_checks=True)
    page, script = client.post("/direct/uploads/bulk-edit"), client.post("/api/uploads/check")
    assert (page.status_code, script.status_code) == (403, 403)
    assert "The form was too old to be accepted" in page.content.decode()
    assert script.json()["code"] == "csrf"


@pytest.mark.parametrize(
    ("url", "kind"), [("/api/upload-jobs", "application/json"), ("/accounts/logout", "text/html")]
)
def test_a_body_beyond_all_measure_is_refused(client: Client, url: str, kind: str) -> None:
    body = bytes(3 * 1024 * 1024)
    answer = client.post(url, body, content_type="application/json")
    assert answer.status_code == 413
    assert answer.headers["Content-Type"].startswith(kind)


def test_files_nobody_asked_for_are_stored_nowhere(client: Client, alice: User) -> None:
    files = {"file": SimpleUploadedFile("x.jpg", bytes(10_000))}
    request = client.post("/accounts/logout", files).wsgi_request
    assert not request.FILES


# --- The database is away, really ----------------------------------------------------------

ASK = """
import json, sys
import django
django.setup()
from django.test import Client
client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
if "signed-in" in sys.argv:
    client.cookies["sessionid"] = "a" * 32
said = {}
for method, url in (pair.split(" ") for pair in sys.argv[2:]):
    answer = getattr(client, method)(url)
    said[url] = [answer.status_code, answer.headers.get("Retry-After"), answer.content.decode()]
print(json.dumps(said))
"""
TOKEN = "00000000-0000-4000-8000-000000000000"


def ask_without_database(who: str, *requests: str) -> dict[str, list[object]]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": "postgres://nobody:x@127.0.0.1:9/nothing",
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK, who, *requests],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_without_a_database_everything_is_unavailable_and_nothing_is_broken() -> None:
    said = ask_without_database(
        "signed-in", "get /direct/jobs", "get /", f"put /api/upload-jobs/{TOKEN}/items/0"
    )
    assert [answer[:2] for answer in said.values()] == [[503, "10"]] * 3
    assert "storage_unavailable" in str(said[f"/api/upload-jobs/{TOKEN}/items/0"][2])


def test_without_a_database_strangers_cannot_sign_in_but_are_told() -> None:
    said = ask_without_database("stranger", "post /accounts/login", "get /healthz")
    assert said["/accounts/login"][0] == 503
    assert said["/healthz"][0] == 503
    assert json.loads(str(said["/healthz"][2]))["database"] == "failing"

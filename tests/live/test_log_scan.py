"""Names, notes and secrets planted wherever the running product takes something in: no log has any.

Every other test's system is searched in the same way when it ends.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.images import jpeg
from tests.live.client import Client, File
from tests.live.secrecy import leaks
from tests.live.system import System
from tests.live.waiting import HOST, wait_until

MARK = "Zzplanted"
NAME = f"{MARK}_Anna_1956-03-12"
QUERY = f"?filename={NAME}&q={NAME}&token={NAME}"
_seeds = count(9000)
MALFORMED = [
    f"{MARK} / HTTP/1.1\r\nHost: x\r\n\r\n",
    f"GET /{MARK}\r\n\r\n",
    f"GET /{MARK} HTTP/9.{MARK}\r\nHost: x\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: x\r\n{MARK} : x\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: x\r\nCookie {MARK}\r\n\r\n",
    f"POST /accounts/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {MARK}\r\n\r\n",
    f"POST /accounts/login HTTP/1.1\r\nHost: x\r\nContent-Length: {MARK}\r\n\r\n",
    f"GET /{'x' * 9000}{MARK} HTTP/1.1\r\nHost: x\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: x\r\nX: {'y' * 9000}{MARK}\r\n\r\n",
    f"GET /healthz HTTP/1.1\r\nHost: {MARK}.example\r\n\r\n",
]


def photo(name: str = f"{NAME}.jpg") -> File:
    return File(name, jpeg(64, 48, seed=next(_seeds)))


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """Of our own: it is broken on purpose."""
    with System() as running:
        yield running.start()


@pytest.fixture
def uploader(system: System) -> Iterator[Client]:
    with Client(system, "uploader") as client:
        yield client


@pytest.fixture(autouse=True)
def nothing_told(system: System) -> Iterator[None]:
    yield
    log = system.log_text()
    assert re.findall(f".*{MARK}.*", log, re.IGNORECASE) == []
    assert leaks(system) == []


def test_files_that_are_stored_refused_and_rejected(uploader: Client) -> None:
    files = [photo(), File(f"{NAME}.png", jpeg()[:400]), File(f"{NAME}.exe", b"MZ" * 99)]
    rejected = [{"name": f"{NAME}.txt", "size": 1, "code": "wrong_type"}]
    job = uploader.upload(files, rejected=rejected)
    items = uploader.wait(job)["items"]
    assert [item["state"] for item in items] == ["completed", *["error"] * 3]
    uploader.wait(uploader.upload_form([photo(), *files]))


def test_bytes_that_are_not_those_announced(uploader: Client) -> None:
    manifest = uploader.manifest([photo(), photo()])
    first, second = uploader.create_job(manifest).json()["items"]
    assert uploader.put(first["upload_url"], b"x" * 100).status_code == 409
    assert uploader.put(second["upload_url"], b"x" * (6 * 2**20)).status_code == 413


@pytest.mark.parametrize("where", ["/direct/dashboard", "/direct/jobs", "/help", "/direct/upload"])
def test_what_is_asked_for(uploader: Client, where: str) -> None:
    assert uploader.http.get(f"{where}{QUERY}").status_code == 200
    assert uploader.http.get(f"{where}/{NAME}{QUERY}").status_code == 404
    assert uploader.http.delete(f"{where}{QUERY}").status_code in {403, 405}


def test_what_is_asked_of_scripts_and_in_bad_form(uploader: Client) -> None:
    post, headers = uploader.http.post, uploader.headers
    assert post("/api/uploads/check", content=NAME, headers=headers).status_code == 400
    assert post("/api/upload-jobs", json={"files": NAME}, headers=headers).status_code == 422
    assert post(f"/api/upload-jobs{QUERY}", content=NAME).status_code == 403
    broken = {**headers, "Content-Type": f"multipart/form-data; boundary={MARK}"}
    assert post("/direct/upload", content=NAME, headers=broken).status_code in {400, 422}
    many = "&".join(f"{NAME}{n}=1" for n in range(1100))
    form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    assert post("/accounts/logout", content=many, headers=form).status_code == 400
    assert uploader.http.get(f"/direct/thumbnails/{NAME}").status_code == 404
    assert uploader.http.get(f"/help/{quote(chr(0))}{NAME}").status_code == 404


def test_headers(system: System, uploader: Client) -> None:
    planted = dict.fromkeys(("User-Agent", "Referer", "X-Forwarded-For", "Origin"), NAME)
    for path in ("/", "/direct/jobs", "/nothing"):
        uploader.http.get(path, headers=planted)
    answer = uploader.http.post("/accounts/logout", headers=planted, data={"x": NAME})
    assert answer.status_code == 403
    assert httpx.get(system.url, headers={"Host": f"{MARK}.example"}).status_code == 400


def test_signing_in_with_planted_names_and_passwords(system: System) -> None:
    with httpx.Client(base_url=system.url) as client:
        client.get(f"/accounts/login?next=/{NAME}")
        for field in ("login", "password"):
            wrong = {"login": "uploader", "password": "wrong", field: NAME}
            token = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
            assert client.post("/accounts/login", data=wrong | token).status_code == 200


def test_grades_with_notes(system: System, uploader: Client) -> None:
    [item] = uploader.wait(uploader.upload([photo()]))["items"]
    with Client(system, "admin") as admin:
        page = admin.http.get(f"{item['image_url']}/grade").text
        level = re.findall(r'name="level"[^>]*value="(\d+)"', page)[0]
        seen = re.findall(r'name="seen"[^>]*value="([^"]+)"', page)
        data = {"csrfmiddlewaretoken": admin.token, "level": level, "note": NAME}
        admin.http.post(f"{item['image_url']}/grade", data=data | {"seen": seen[0] if seen else ""})
        table = f"filename,grade,note\n{NAME}.jpg,0,{NAME}\n".encode()
        admin.http.post(
            "/direct/grades/import",
            data={"csrfmiddlewaretoken": admin.token},
            files={"file": (f"{NAME}.csv", table)},
        )
    assert system.rows("SELECT note FROM uploads_grade") == [(NAME,)]


def test_the_administration(system: System) -> None:
    with Client(system, "admin") as admin:
        for table in ("accounts/user", "accounts/auditevent", "jobs/job", "uploads/fundusimage"):
            assert admin.http.get(f"/admin/{table}/?q={NAME}").status_code == 200
            admin.http.get(f"/admin/{table}/{NAME}/change/")
        token = {"csrfmiddlewaretoken": admin.token}
        admin.http.post("/admin/accounts/hospital/add/", data=token | {"name": NAME})
        admin.http.post("/admin/accounts/user/", data=token | {"action": NAME})


def test_commands(system: System, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.jpg").write_bytes(photo().content)
    (tmp_path / f"{NAME}.png").write_bytes(b"no picture")
    where = ["--as", "uploader", "--lab-unit", "North/Retina Clinic", "--area", "OD"]
    what = ["--camera", "Topcon TRC-NW400", "--disease", "DR"]
    done = system.manage("import_images", str(tmp_path), *where, *what, check=False)
    assert "1 stored, 1 failed" in done.stderr
    assert MARK not in done.stderr
    assert system.manage("set_upload_quota", NAME, "5", check=False).returncode == 1


def test_requests_that_are_none(system: System) -> None:
    for request in MALFORMED:
        with socket.create_connection((HOST, system.port), timeout=10) as line:
            line.sendall(request.encode())
            assert line.recv(100).startswith(b"HTTP/1.1 ")
    assert "malformed request" in system.log_text("web")


def test_faults_of_our_own(system: System, uploader: Client) -> None:
    [item] = uploader.wait(uploader.upload([photo()]))["items"]
    bad = f'{{"iso": "{NAME}"}}'
    system.rows("UPDATE uploads_fundusimage SET exposure = %s", bad)
    answer = uploader.http.get(f"{item['image_url']}{QUERY}")
    assert answer.status_code == 500
    assert MARK not in answer.text
    assert "ValueError" in system.log_text("web")


def test_files_that_vanish_under_the_worker(system: System, uploader: Client) -> None:
    system.stop_worker()
    job = uploader.upload([photo()])
    system.rows("UPDATE jobs_jobitem SET file = %s WHERE state = 'queued'", f"gone/{NAME}")
    system.start_worker()
    wait_until(
        lambda: (
            uploader.status(job)["items"][0]["state"] in {"error", "queued"}
            and "attempt" in system.log_text("worker")
        ),
        timeout=90,
        what="the worker complains",
    )

"""Headers as they leave the real server: of files, of pictures, of refusals and of errors."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.images import jpeg
from tests.live.client import Client, File
from tests.live.system import System

GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def guarded(answer: httpx.Response) -> bool:
    told = {name: answer.headers.get(name) for name in GUARDS}
    policy = answer.headers.get("Content-Security-Policy", "unsafe")
    assert told == GUARDS
    assert "unsafe" not in policy, (answer.request, answer.status_code)
    assert "Server" not in answer.headers or "gunicorn/" not in answer.headers["Server"]
    return True


def test_static_files(system: System) -> None:
    page = httpx.get(f"{system.url}/accounts/login").text
    style = re.findall(r'href="(/static/[^"]+\.css)"', page)[0]
    for path in (style, "/static/nothing.css", "/static/../manage.py"):
        assert guarded(httpx.get(system.url + path))
        assert guarded(httpx.head(system.url + path))
    assert "immutable" in httpx.get(system.url + style).headers["Cache-Control"]


def test_redirects_health_and_methods(system: System) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "TRACE", "DELETE", "PROPFIND"):
        for path in ("/", "/healthz", "/direct/upload", "/nothing", "/accounts/login"):
            assert guarded(httpx.request(method, system.url + path)), (method, path)


def test_a_foreign_host_and_a_body_beyond_measure(system: System) -> None:
    foreign = httpx.get(system.url, headers={"Host": "evil.example"})
    large = httpx.post(f"{system.url}/accounts/login", content=bytes(3 * 2**20))
    assert (foreign.status_code, large.status_code) == (400, 413)
    assert guarded(foreign)
    assert guarded(large)


@pytest.mark.parametrize("part", ["/original", "/thumbnail", "/original?download"])
def test_pictures_and_streams(system: System, part: str) -> None:
    with Client(system, "uploader") as uploader:
        job = uploader.upload([File("eye.jpg", jpeg(64, 48, seed=hash(part) % 9999))])
        url = uploader.wait(job)["items"][0]["image_url"]
        answer = uploader.http.get(url + part, follow_redirects=False)
        if answer.status_code == 200:
            assert guarded(answer)
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert guarded(uploader.http.get("/direct/dashboard/export?format=csv"))

"""Headers every answer carries, whoever asks and whatever comes of it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import LabUnit, User
from tests import cast

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
PAGES = [
    "/", "/accounts/login", "/accounts/profile", "/direct/upload", "/direct/dashboard",
    "/direct/jobs", "/help", "/help/direct-uploads", "/healthz", "/nothing", "/api/nothing",
    "/api/uploads/check",
]  # fmt: skip


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("who", ["stranger", "alice"])
def test_every_answer_carries_them(alice: User, url: str, who: str) -> None:
    client = cast.signed_in(alice) if who == "alice" else Client()
    headers = client.get(url).headers
    assert {name: headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert headers["Permissions-Policy"].startswith("camera=()")
    assert "no-store" in headers["Cache-Control"]
    assert re.fullmatch("[0-9a-f]{32}", headers["X-Request-ID"])


def test_pages_run_nothing_but_our_own_files(client: Client, db: None) -> None:
    policy = client.get("/accounts/login").headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert (rules["script-src"], rules["style-src"]) == ("'self'", "'self'")
    assert (rules["frame-ancestors"], rules["base-uri"]) == ("'none'", "'none'")
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "url", ["/accounts/login", "/direct/upload", "/direct/jobs", "/direct/dashboard", "/help"]
)
def test_pages_hold_no_code_or_style_of_their_own(alice: User, url: str) -> None:
    client = Client() if "login" in url else cast.signed_in(alice)
    html = client.get(url).content.decode()
    assert not re.findall(r"<script(?![^>]*(src=|application/json))[^>]*>", html)
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", html)


def test_cookies_are_kept_from_scripts_and_other_sites(alice: User) -> None:
    client = Client()
    client.get("/accounts/login")
    client.post("/accounts/login", {"login": "alice", "password": cast.PASSWORD})
    session = client.cookies["sessionid"]
    assert (session["httponly"], session["samesite"]) == (True, "Lax")
    assert client.cookies["csrftoken"]["samesite"] == "Lax"


def test_redirects_name_no_host(alice: User, screening: LabUnit) -> None:
    client = Client()
    places = [client.get(url).headers["Location"] for url in ("/", "/direct/jobs")]
    client.force_login(alice)
    places.append(client.get("/").headers["Location"])
    assert all(place.startswith("/") and not place.startswith("//") for place in places)


@pytest.mark.parametrize("url", ["/direct/upload/", "/direct/jobs/", "/help/"])
def test_our_addresses_have_no_slash_at_their_end(alice: User, url: str) -> None:
    assert cast.signed_in(alice).get(url).status_code == 404

"""A real installation behind a proxy with TLS, as its environment makes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

REAL = {
    "DJANGO_SETTINGS_MODULE": "fundus.settings",
    "FUNDUS_ENV_FILE": "",
    "SECRET_KEY": "s" * 50,
    "AUDIT_KEY": "a" * 50,
    "ALLOWED_HOSTS": "fundus.example",
    "PUBLIC_BASE_URL": "https://fundus.example",
    "TRUSTED_PROXY_COUNT": "1",
    "DATABASE_URL": "sqlite://:memory:",
}
ASK = """
import json, django
from django.conf import settings
settings.STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
call_command("createcachetable")
client = Client(SERVER_NAME="fundus.example", raise_request_exception=False)
tls = {"HTTP_X_FORWARDED_PROTO": "https"}
answers = {
    "page": client.get("/accounts/login", **tls),
    "missing": client.get("/nothing", **tls),
    "bad": client.get("/help", HTTP_HOST="evil.example", **tls),
    "plain": client.get("/accounts/login"),
    "health": client.get("/healthz"),
}
print(json.dumps({
    name: [answer.status_code, dict(answer.headers), answer.cookies.output(header="")]
    for name, answer in answers.items()
}))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    data = tmp_path_factory.mktemp("real")
    (data / "static").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env={"PATH": os.environ["PATH"], "FUNDUS_DATA_DIR": str(data), **REAL},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", ["page", "missing", "bad"])
def test_browsers_are_told_to_use_tls_for_a_year(answers: dict[str, list[Any]], name: str) -> None:
    told = answers[name][1]["Strict-Transport-Security"]
    assert told == "max-age=31536000; includeSubDomains; preload"


def test_cookies_belong_to_this_host_and_to_tls(answers: dict[str, list[Any]]) -> None:
    cookies = answers["page"][2]
    assert "__Host-csrftoken=" in cookies
    for attribute in ("Secure", "SameSite=Lax", "Path=/"):
        assert attribute in cookies
    assert "Domain" not in cookies


def test_plain_http_is_sent_to_tls_but_for_the_health_check(
    answers: dict[str, list[Any]],
) -> None:
    status, headers, _ = answers["plain"]
    assert (status, headers["Location"]) == (301, "https://fundus.example/accounts/login")
    assert answers["health"][0] in {200, 503}


def test_another_host_is_refused(answers: dict[str, list[Any]]) -> None:
    assert answers["bad"][0] == 400

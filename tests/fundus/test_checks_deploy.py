"""Django's own list for production, with the environment of a real installation."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from fundus.dotenv import ROOT


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "fundus.settings",
        "FUNDUS_ENV_FILE": "",
        "FUNDUS_DATA_DIR": str(tmp_path),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "AUDIT_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "fundus.example",
        "PUBLIC_BASE_URL": "https://fundus.example",
        "DATABASE_URL": "postgres://fundus:secret@db.example/fundus",
        "TRUSTED_PROXY_COUNT": "1",
        "EMAIL_URL": "smtp+tls://fundus:secret@mail.example:587",
        "SUPPORT_CONTACT": "it@fundus.example",
    }


def check(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_real_installation_has_nothing_against_it(environment: dict[str, str]) -> None:
    done = check(environment)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("REQUIRE_MFA", "none", "fundus.W008"),
        ("ALLOWED_HOSTS", "*", "fundus.E006"),
        ("PUBLIC_BASE_URL", "http://fundus.example", "fundus.E007"),
        ("SECRET_KEY", "short", "fundus.E004"),
        ("FUNDUS_DEMO", "on", "fundus.E001"),
        ("SECRET_KEY", "", "Set SECRET_KEY"),
        ("AUDIT_KEY", "", "Set AUDIT_KEY"),
        ("ALLOWED_HOSTS", "", "Set ALLOWED_HOSTS"),
        ("DEBUG", "on", "security.W018"),
    ],
)
def test_what_is_wrong_is_said(
    environment: dict[str, str], name: str, value: str, said: str
) -> None:
    done = check(environment | {name: value})
    assert done.returncode != 0
    assert said in done.stderr

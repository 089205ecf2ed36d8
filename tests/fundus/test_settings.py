"""The environment is read once, and junk in it is refused in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

KEYS = {"SECRET_KEY": "s" * 50, "AUDIT_KEY": "a" * 50}
REAL = {
    **KEYS,
    "ALLOWED_HOSTS": "fundus.example, www.fundus.example",
    "PUBLIC_BASE_URL": "https://fundus.example/",
}


def read(what: str, **environment: str) -> str:
    """What the settings say with this environment, or the sentence they refuse it with."""
    clean = {"PATH": os.environ["PATH"], "FUNDUS_ENV_FILE": ""}
    code = f"from fundus import settings; print({what})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return done.stdout.strip()
    last = done.stderr.strip().splitlines()[-1]
    assert "ImproperlyConfigured: " in last, done.stderr
    return last.split("ImproperlyConfigured: ")[1]


@pytest.mark.parametrize("name", ["SECRET_KEY", "AUDIT_KEY", "ALLOWED_HOSTS", "PUBLIC_BASE_URL"])
def test_a_real_installation_sets_these(name: str) -> None:
    given = {other: value for other, value in REAL.items() if other != name}
    assert read("1", **given) == f"Set {name} in the environment or in .env."


def test_a_real_installation_is_closed() -> None:
    names = ("DEBUG", "FUNDUS_DEMO", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    said = read(", ".join(f"settings.{name}" for name in names), **REAL)
    assert said == "False False True True"


def test_a_real_installation_has_cookies_of_its_host_alone() -> None:
    said = read("settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME", **REAL)
    assert said == "__Host-sessionid __Host-csrftoken"


def test_hosts_and_address_are_tidied() -> None:
    said = read("settings.ALLOWED_HOSTS, settings.PUBLIC_BASE_URL", **REAL)
    assert said == "['fundus.example', 'www.fundus.example'] https://fundus.example"


def test_the_demonstration_needs_keys_only() -> None:
    said = read("settings.PUBLIC_BASE_URL", FUNDUS_DEMO="on", PORT="8123", **KEYS)
    assert said == "http://127.0.0.1:8123"


def test_the_demonstration_needs_keys() -> None:
    assert read("1", FUNDUS_DEMO="on").startswith("Set SECRET_KEY")


JUNK = {
    "DEBUG": "maybe",
    "FUNDUS_DEMO": "yess",
    "PORT": "http",
    "TRUSTED_PROXY_COUNT": "-1",
    "WORKERS": "0",
    "DIRECT_UPLOAD_MAX_FILES": "0",
    "DIRECT_UPLOAD_MAX_FILE_SIZE_MB": "5MB",
    "DIRECT_UPLOAD_MAX_MEGAPIXELS": "-100",
    "MAX_FILES_PER_UPLOAD": "-1",
    "SESSION_IDLE_MINUTES": "0",
    "REQUIRE_MFA": "some",
    "QUEUE_BROKER": "rabbit",
    "FUNDUS_READ_TIMEOUT": "nan",
    "FUNDUS_LEASE_SECONDS": "-5",
    "PUBLIC_BASE_URL": "fundus.example",
}


@pytest.mark.parametrize(("name", "value"), JUNK.items())
def test_junk_is_refused_by_its_name(name: str, value: str) -> None:
    assert read("1", **{**REAL, name: value}).startswith(f"{name} is ")


@pytest.mark.parametrize(
    ("name", "setting", "said"),
    [
        ("PORT", "PORT", "8000"),
        ("DEBUG", "DEBUG", "False"),
        ("MAX_FILES_PER_UPLOAD", "DEFAULT_UPLOAD_QUOTA", "50"),
        ("FUNDUS_LEASE_SECONDS", "JOBS_LEASE", "0:01:15"),
    ],
)
def test_what_is_left_empty_has_its_default(name: str, setting: str, said: str) -> None:
    assert read(f"settings.{setting}", **{**REAL, name: ""}) == said


def test_the_quota_may_be_zero() -> None:
    assert read("settings.DEFAULT_UPLOAD_QUOTA", **REAL, MAX_FILES_PER_UPLOAD="0") == "0"


def test_sqlite_is_safe_and_patient() -> None:
    said = read("settings.DATABASE['OPTIONS']", **REAL)
    for part in ("'timeout': 20", "IMMEDIATE", "journal_mode=WAL", "synchronous=FULL"):
        assert part in said


def test_a_bucket_takes_all_that_is_stored() -> None:
    said = read(
        "settings.STORAGES['default'], settings.STORAGES['staging']",
        **REAL,
        AWS_STORAGE_BUCKET_NAME="pictures",
    )
    assert said.count("jobs.storage.PrivateBucket") == said.count("'pictures'") == 2


def test_pages_show_pictures_of_our_bucket_alone() -> None:
    what = "settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src'][3:]"
    store = {"AWS_S3_ENDPOINT_URL": "https://s3.example"}
    assert read(what, **REAL, **store) == "[]"
    said = read(what, **REAL, **store, AWS_STORAGE_BUCKET_NAME="pictures")
    assert said == "['https://s3.example/pictures/', 'https://pictures.s3.example']"

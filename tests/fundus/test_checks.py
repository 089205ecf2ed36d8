"""Configurations that would break a promise are refused at the start."""

from __future__ import annotations

from typing import Any

import PIL
import pytest
from django.core.checks import CheckMessage, run_checks
from pytest_django.fixtures import Settings

from fundus import checks

LONG = "x" * 50


@pytest.fixture(autouse=True)
def hosts_of_the_demonstration(settings: Settings) -> None:
    """Without the name of Django's test server."""
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


@pytest.fixture
def real(settings: Settings) -> Settings:
    """A real installation, well configured."""
    settings.FUNDUS_DEMO = settings.DEBUG = settings.LOCAL = False
    settings.TLS, settings.ALLOWED_HOSTS = True, ["fundus.example"]
    settings.PUBLIC_BASE_URL, settings.HOST = "https://fundus.example", "10.0.0.7"
    settings.SECRET_KEY, settings.AUDIT_KEY = "s" * 50, "a" * 50
    return settings


def found() -> set[str]:
    """What our own checks object to."""
    ours: list[Any] = [
        checks.demo_stays_here,
        checks.queue_keeps_promises,
        checks.decoder_is_sound,
        checks.keys_are_keys,
        checks.production_is_closed,
        checks.staff_has_second_factors,
    ]
    messages: list[CheckMessage] = [message for check in ours for message in check(None)]
    return {str(message.id) for message in messages}


def test_the_configuration_of_tests_is_sound() -> None:
    assert run_checks() == []


def test_a_real_installation_is_sound(real: Settings) -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "0.0.0.0"),
        ("HOST", "192.168.1.4"),
        ("PUBLIC_BASE_URL", "http://fundus.example"),
        ("ALLOWED_HOSTS", ["127.0.0.1", "fundus.example"]),
        ("ALLOWED_HOSTS", ["*"]),
    ],
)
def test_the_demonstration_stays_on_this_machine(
    settings: Settings, name: str, value: object
) -> None:
    setattr(settings, name, value)
    assert found() == {"fundus.E001"}


@pytest.mark.parametrize(
    "change",
    [
        {"retry": 60},
        {"guard_cycle": 2},
        {"guard_cycle": 0.7},
        {"timeout": 60.25},
        {"scheduler": True},
        {"ack_failures": True},
        {"save_limit": 250},
        {"orm": "other"},
        {"timeout": 100, "retry": 900},
    ],
    ids=str,
)
def test_the_queue_keeps_its_promises(settings: Settings, change: dict[str, Any]) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, **change}
    assert found() == {"fundus.E002"}


@pytest.mark.parametrize("workers", [1, 2, 4, 16])
def test_any_number_of_workers_is_sound(settings: Settings, workers: int) -> None:
    changes = {"workers": workers, "queue_limit": workers}
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, **changes}
    assert found() == set()


@pytest.mark.parametrize(("version", "sound"), [("12.3.1", False), ("13.0.0", True)])
def test_old_decoders_are_refused(
    real: Settings, monkeypatch: pytest.MonkeyPatch, version: str, sound: bool
) -> None:
    monkeypatch.setattr(PIL, "__version__", version)
    assert found() == (set() if sound else {"fundus.E003"})


@pytest.mark.parametrize("name", ["SECRET_KEY", "AUDIT_KEY"])
@pytest.mark.parametrize("key", ["short", "insecure" + LONG, "django-insecure" + LONG])
def test_keys_are_long_and_no_examples(real: Settings, name: str, key: str) -> None:
    setattr(real, name, key)
    assert found() == {"fundus.E004"}


def test_keys_are_two(real: Settings) -> None:
    real.AUDIT_KEY = real.SECRET_KEY
    assert found() == {"fundus.E005"}


@pytest.mark.parametrize(
    ("name", "value", "code"), [("ALLOWED_HOSTS", ["*"], "E006"), ("TLS", False, "E007")]
)
def test_a_real_installation_is_closed(real: Settings, name: str, value: object, code: str) -> None:
    setattr(real, name, value)
    assert found() == {f"fundus.{code}"}


@pytest.mark.parametrize(("policy", "codes"), [("none", {"fundus.W008"}), ("all", set())])
def test_staff_without_second_factors_is_pointed_out(
    real: Settings, policy: str, codes: set[str]
) -> None:
    real.REQUIRE_MFA = policy
    assert found() == codes


def test_the_demonstration_may_go_without(settings: Settings) -> None:
    settings.REQUIRE_MFA = "none"
    assert found() == set()

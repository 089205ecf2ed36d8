"""Configurations that would break a promise are refused at the start, with a hint."""

from __future__ import annotations

import ipaddress
import math
from typing import Any
from urllib.parse import urlsplit

import PIL
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004

GUARD_CYCLES = (0.25, 0.5, 1)


@register(Tags.security)
def demo_stays_here(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The demonstration has known users and no TLS: it must not be reachable from elsewhere."""
    if not settings.FUNDUS_DEMO:
        return []
    hosts = [settings.HOST, urlsplit(settings.PUBLIC_BASE_URL).hostname, *settings.ALLOWED_HOSTS]
    outside = [host for host in hosts if not _is_loopback(host or "")]
    if not outside:
        return []
    hint = "Serve it on 127.0.0.1 only, or unset FUNDUS_DEMO and configure a real installation."
    return [
        Error(f"FUNDUS_DEMO is on, but {outside[0]} is not loopback.", hint=hint, id="fundus.E001")
    ]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@register()
def queue_keeps_promises(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Settings of django-q2 under which tasks run twice at once, for ever, or never."""
    q = settings.Q_CLUSTER
    rounds = 1 + math.ceil((q["queue_limit"] + q["bulk"]) / q["workers"])
    shortest_retry = (q["timeout"] + 3) * rounds + 30
    steps = (q["timeout"] + 3) / q["guard_cycle"]
    lease = settings.JOBS_LEASE.total_seconds()
    broken = {
        f"retry must be at least {shortest_retry}": q["retry"] < shortest_retry,
        "guard_cycle must be one of 0.25, 0.5 and 1": q["guard_cycle"] not in GUARD_CYCLES,
        "timeout + 3 must be a multiple of guard_cycle": steps != int(steps),
        "the scheduler must stay off": q["scheduler"] is not False,
        "ack_failures must stay off": q["ack_failures"] is not False,
        "save_limit must be -1": q["save_limit"] != -1,
        "the ORM broker must use the default database": "orm" in q and q["orm"] != "default",
        f"the lease ({lease:g} s) must outlast timeout + 3": lease <= q["timeout"] + 3,
    }
    hint = "See docs/decisions.md on the queue."
    return [
        Error(f"Q_CLUSTER: {problem}.", hint=hint, id="fundus.E002")
        for problem, is_so in broken.items()
        if is_so
    ]


@register(Tags.security)
def decoder_is_sound(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if int(PIL.__version__.split(".")[0]) >= 13:
        return []
    hint = "Older versions have critical faults in decoding JPEG. Upgrade Pillow."
    return [Error(f"Pillow {PIL.__version__} is too old.", hint=hint, id="fundus.E003")]


@register(Tags.security)
def keys_are_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Short, example or shared keys outside of debugging."""
    if settings.DEBUG:
        return []
    problems: list[CheckMessage] = []
    for name in ("SECRET_KEY", "AUDIT_KEY"):
        key = getattr(settings, name)
        if len(key) < 40 or key.startswith(("insecure", "change", "example", "django-insecure")):
            hint = "Generate one: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
            problems.append(Error(f"{name} is short or an example.", hint=hint, id="fundus.E004"))
    if settings.SECRET_KEY == settings.AUDIT_KEY:
        problems.append(Error("SECRET_KEY and AUDIT_KEY are the same.", id="fundus.E005"))
    return problems


@register(Tags.security)
def production_is_closed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.LOCAL:
        return []
    problems: list[CheckMessage] = []
    if "*" in settings.ALLOWED_HOSTS:
        problems.append(Error("ALLOWED_HOSTS must name hosts, not *.", id="fundus.E006"))
    if not settings.TLS:
        hint = "Serve it behind TLS and set PUBLIC_BASE_URL to the https address."
        problems.append(Error("PUBLIC_BASE_URL is not https.", hint=hint, id="fundus.E007"))
    return problems


@register(Tags.security)
def staff_has_second_factors(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A warning: an installation may have its own reasons, but not unknowingly."""
    if settings.LOCAL or settings.REQUIRE_MFA != "none":
        return []
    hint = "Set REQUIRE_MFA to staff (administrators and data managers) or to all."
    return [
        Warning("Nobody is asked for a second factor (REQUIRE_MFA).", hint=hint, id="fundus.W008")
    ]

"""Reading settings from the environment, and refusing what makes no sense."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from environ import Env

ON = frozenset({"on", "true", "yes", "1"})
OFF = frozenset({"off", "false", "no", "0", ""})


def switch(env: Env, name: str) -> bool:
    """Off unless switched on."""
    text = env.str(name, default="").strip().lower()
    if text not in ON | OFF:
        raise ImproperlyConfigured(f"{name} is on or off, not {text!r}.")
    return text in ON


def whole(env: Env, name: str, default: int, *, least: int = 1) -> int:
    """A whole number of at least `least`."""
    text = env.str(name, default="").strip() or str(default)
    try:
        value = int(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is a whole number, not {text!r}.") from None
    if value < least:
        raise ImproperlyConfigured(f"{name} is at least {least}, not {value}.")
    return value


def seconds(env: Env, name: str, default: float) -> timedelta:
    text = env.str(name, default="").strip() or str(default)
    try:
        value = float(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is a number of seconds, not {text!r}.") from None
    if not math.isfinite(value) or value < 0:
        raise ImproperlyConfigured(f"{name} is a number of seconds, not {text!r}.")
    return timedelta(seconds=value)


def base_url(name: str, text: str) -> str:
    """An address of scheme and host, without a slash at its end."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} is like https://fundus.example, not {text!r}.")
    return text.rstrip("/")


def bucket_sources(bucket: str, endpoint: str | None, region: str | None) -> list[str]:
    """Where a browser that we redirect to a bucket may end up, as sources of a content policy:
    the bucket named in the path or in the host, whichever the store's rules make of it.
    """
    if endpoint:
        bases = [urlsplit(endpoint)]
    else:
        domain = "amazonaws.com.cn" if (region or "").startswith("cn-") else "amazonaws.com"
        hosts = [f"s3.{domain}", *([f"s3.{region}.{domain}"] if region else [])]
        bases = [urlsplit(f"https://{host}") for host in hosts]
    return [
        source
        for base in bases
        for source in (
            f"{base.scheme}://{base.netloc}/{bucket}/",
            f"{base.scheme}://{bucket}.{base.netloc}",
        )
    ]

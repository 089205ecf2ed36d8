"""Who is acting, and from where: carried beside the work so that every audit row can say it."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest

if TYPE_CHECKING:
    from accounts.models import User

USER_AGENT_LENGTH = 512


@dataclass(frozen=True, slots=True)
class Origin:
    """`actor` is None for the program itself; `on_behalf_of` then names whose work it does."""

    actor: User | None = None
    actor_name: str = "system"
    on_behalf_of: str = ""
    ip: str | None = None
    user_agent: str = ""
    request_id: str = ""
    job_token: uuid.UUID | None = None
    task: str = ""  # what a worker works on, for the log


_current: ContextVar[Origin] = ContextVar("origin")


def current() -> Origin:
    return _current.get(Origin())


@contextmanager
def acting(origin: Origin) -> Iterator[Origin]:
    mark = _current.set(origin)
    try:
        yield origin
    finally:
        _current.reset(mark)


def amend(**changes: object) -> None:
    """Change the origin of the work under way, if any is, once more of it is known."""
    if _current.get(None) is not None:
        _current.set(replace(current(), **changes))  # type: ignore[arg-type]


def from_request(request: HttpRequest) -> Origin:
    return Origin(
        actor_name="",
        ip=client_ip(request),
        user_agent=request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH].replace("\x00", ""),
        request_id=uuid.uuid4().hex,
    )


def client_ip(request: HttpRequest) -> str | None:
    """The client's address, believing only as many proxies as are configured; none over a socket.

    Each trusted proxy appends the address it saw, so the client's own is counted from the right;
    whatever stands further left was written by the client.
    """
    seen = [request.META.get("REMOTE_ADDR", "")]
    forwarded = request.headers.get("X-Forwarded-For", "")
    seen[:0] = [part.strip() for part in forwarded.split(",") if part.strip()]
    wanted = settings.TRUSTED_PROXY_COUNT + 1
    told = _address(seen[-wanted]) if len(seen) >= wanted else None
    return told or _address(seen[-1])


def _address(text: str) -> str | None:
    # Some proxies add the port: 192.0.2.1:5000, [2001:db8::1]:5000.
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    # Without a link-local address's zone, which databases do not take for part of it.
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return None

"""How long a session still lasts."""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.models import User

LAST_SEEN = "last_seen"
STARTED = "started"
WARNING = 120


def seconds_left(request: HttpRequest, now: float | None = None) -> int:
    """Until the session ends: by rest, or because no session lasts longer."""
    now = time.time() if now is None else now
    idle = request.session.get(LAST_SEEN, now) + settings.SESSION_IDLE_MINUTES * 60 - now
    longest = request.session.get(STARTED, now) + settings.SESSION_LONGEST.total_seconds() - now
    return int(max(0, min(idle, longest)))


def warning() -> int:
    """How many seconds before the end people are asked whether they are still there."""
    return int(min(WARNING, settings.SESSION_IDLE_MINUTES * 60 / 2))


def person_key(user: User) -> str:
    """Tells people apart in a browser's storage without naming them."""
    return salted_hmac("accounts.idle.person", str(user.pk)).hexdigest()[:16]


def hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)

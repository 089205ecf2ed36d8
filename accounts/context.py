from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts import door, idle
from accounts.models import User


def session(request: HttpRequest) -> dict[str, Any]:
    """What pages need to know about the session: how long it lasts, and whose it is."""
    context: dict[str, Any] = {
        "mail": settings.MAIL,
        "link_hours": idle.hours(settings.LINK_GOOD_FOR),
        "session_longest_hours": idle.hours(settings.SESSION_LONGEST),
    }
    user = getattr(request, "user", None)
    if isinstance(user, User):
        context |= {
            "session_left": idle.seconds_left(request),
            "session_warning": idle.warning(),
            "person_key": idle.person_key(user),
            "second_factor_required": lambda: door.is_required(user),
        }
    return context

"""Where people are signed in: seen, listed, ended."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, origin
from accounts.models import Action, User

# The first that is found in the browser's own description counts: most claim to be others too.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Macintosh": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def browser_name(user_agent: str) -> str:
    """“Firefox on Windows”, or the beginning of what it calls itself."""
    found = [
        next((name for mark, name in names.items() if mark in user_agent), "")
        for names in (BROWSERS, SYSTEMS)
    ]
    if all(found):
        return _("%(browser)s on %(system)s") % {"browser": found[0], "system": found[1]}
    return found[0] or user_agent[:40] or _("unknown")


def touch(request: HttpRequest) -> None:
    """Note when and from where the session was last used."""
    seen = {"last_seen_at": timezone.now()}
    if address := origin.current().ip:
        seen["ip"] = address  # type: ignore[assignment]
    UserSession.objects.filter(session_key=request.session.session_key).update(**seen)


@transaction.atomic
def end(user: User, sessions: Iterable[UserSession]) -> int:
    """End these sessions of the user at once; how many there were."""
    count = 0
    for session in sessions:
        count += session.exists()
        session.end()
    if count:
        audit.record(Action.SESSIONS_ENDED, user, after={"sessions": count})
    return count


def end_all(user: User, but: str | None = None) -> int:
    """End every session of the user but the one with this key."""
    return end(user, UserSession.objects.filter(user=user).exclude(session_key=but or ""))

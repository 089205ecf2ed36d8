from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Role
from uploads import limits


def site(request: HttpRequest) -> dict[str, Any]:
    """What every page may say: the limits, whom to ask, and where this person may go."""
    context: dict[str, Any] = {
        "limits": limits.current(),
        "support_contact": settings.SUPPORT_CONTACT,
        "csrf_cookie_name": settings.CSRF_COOKIE_NAME,
        "session_idle_minutes": settings.SESSION_IDLE_MINUTES,
    }
    user = getattr(request, "user", None)
    if isinstance(user, User):
        context |= {"nav": _nav(user), "quota": _quota(user)}
    return context


def _nav(user: User) -> dict[str, bool]:
    everywhere = user.is_administrator
    return {
        "may_upload": everywhere or user.has_role(Role.UPLOADER),
        "may_see_jobs": everywhere or user.has_role(Role.UPLOADER, Role.DATA_MANAGER),
        "may_see_images": everywhere
        or user.has_role(Role.UPLOADER, Role.DATA_MANAGER, Role.GRADER),
        "may_admin": everywhere,
    }


def _quota(user: User) -> dict[str, int]:
    limit = user.effective_quota
    used = user.file_upload_count
    percent = min(100, used * 100 // limit) if limit else 100
    return {"limit": limit, "used": used, "left": user.quota_left, "percent": percent}

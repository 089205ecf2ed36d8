"""Who may call a view at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts import audit
from accounts.middleware import signed_in
from accounts.models import User
from accounts.roles import Role

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def role_required(*roles: Role) -> Callable[[View[P]], View[P]]:
    """403 for those who hold none of `roles`. Administrators hold them all."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            require_role(signed_in(request), *roles)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def require_role(user: User, *roles: Role) -> None:
    if user.is_administrator or user.has_role(*roles):
        return
    audit.deny(user, after={"needs": sorted(roles)})
    raise PermissionDenied

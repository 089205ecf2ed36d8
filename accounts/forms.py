from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm, UserTokenForm
from django.http import HttpRequest

from accounts import audit
from accounts.links import Keys
from accounts.models import Action


class SignInForm(LoginForm):  # type: ignore[misc]
    """Scripts may call the name field `username`, as many do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        posted = kwargs.get("data")
        if posted is not None and "login" not in posted and "username" in posted:
            kwargs["data"] = posted.copy()
            kwargs["data"]["login"] = posted["username"]
        super().__init__(*args, **kwargs)


class AskForReset(ResetPasswordForm):  # type: ignore[misc]
    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """That it was asked for is written down for those who have an account, and for others."""
        for user in self.users or [None]:
            audit.record(Action.PASSWORD_RESET_ASKED, user, succeeded=user is not None)
        return str(super().save(request, token_generator=Keys(), **kwargs))


class ResetKey(UserTokenForm):  # type: ignore[misc]
    token_generator = Keys()

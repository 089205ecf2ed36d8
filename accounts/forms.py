from typing import Any

from allauth.account.forms import LoginForm


class SignInForm(LoginForm):  # type: ignore[misc]
    """Scripts may call the name field `username`, as many do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        posted = kwargs.get("data")
        if posted is not None and "login" not in posted and "username" in posted:
            kwargs["data"] = posted.copy()
            kwargs["data"]["login"] = posted["username"]
        super().__init__(*args, **kwargs)

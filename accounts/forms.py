from typing import Any

from allauth.account.forms import LoginForm


class SignInForm(LoginForm):  # type: ignore[misc]
    """Scripts may call the name field `username`, as many do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and "login" not in self.data and "username" in self.data:
            self.data = self.data.copy()
            self.data["login"] = self.data["username"]

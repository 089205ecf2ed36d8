from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import filter_users_by_username
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from accounts import origin

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - the library's session rows cannot do without one


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by administrators; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Who has left reads the same as whoever never was, right password or not."""
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def get_client_ip(self, request: HttpRequest) -> str:
        return origin.client_ip(request) or NO_ADDRESS

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """What failed sign-ins are counted by: the account, however its name is spelt.

        The library counts by Host header as well, which a guesser may change with each guess: any
        port after an allowed host is allowed.
        """
        name = str(credentials.get("username") or "")
        known = filter_users_by_username(name).values_list("pk", flat=True).first()
        return f"account {known}" if known else f"name {name.casefold()}"

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts import origin


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by administrators; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return origin.client_ip(request) or ""

"""One-time links with which people choose a password: by mail for an hour, or from an
administrator for three days.

A link opens nothing by itself: after choosing a password one signs in, with the second factor where
there is one. Every link ends with the first change of the password; an administrator's also
when a newer one is made.
"""

from __future__ import annotations

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import audit
from accounts.models import Action, User

MARK = "link-"


class Keys(EmailAwarePasswordResetTokenGenerator):  # type: ignore[misc]
    """Knows both kinds of key."""

    def check_token(self, user: User | None, token: str | None) -> bool:
        if user is None or token is None or not user.is_active:
            return False
        if not token.startswith(MARK):
            return bool(super().check_token(user, token))
        return is_good(user) and constant_time_compare(token, _key(user))


def is_good(user: User) -> bool:
    """Is there a link that has not run out?"""
    made = user.link_made_at
    return made is not None and timezone.now() - made < settings.LINK_GOOD_FOR


@transaction.atomic
def make(user: User, *, by_mail: bool = False) -> str:
    """A new link for the user, whole address; older ones end. Nobody can look it up again."""
    user.link_made_at = timezone.now()
    user.save(update_fields=["link_made_at"])
    audit.record(Action.LINK_MADE, user, after={"given": "by mail" if by_mail else "by hand"})
    return address(user_pk_to_url_str(user), _key(user))


def address(uid: str, key: str) -> str:
    """Never made from the Host header: whoever asks for a mail would choose where it leads."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})
    return f"{settings.PUBLIC_BASE_URL}{path}"


def _key(user: User) -> str:
    made = user.link_made_at.isoformat() if user.link_made_at else ""
    value = f"{user.pk} {user.password} {made}"
    return MARK + salted_hmac("accounts.links", value, algorithm="sha256").hexdigest()

"""Which rows about images concern a user: the same rule for images and for their counts."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.roles import Role


class ScopedQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """For rows with `lab_unit` and `uploaded_by`."""

    def visible_to(self, user: User) -> Self:
        if user.is_administrator:
            return self
        return self.filter(scope(user, Role.DATA_MANAGER, Role.GRADER))

    def editable_by(self, user: User) -> Self:
        """Those whose description this user may change, and which they may delete."""
        if user.is_administrator:
            return self
        return self.filter(scope(user, Role.DATA_MANAGER))

    def gradable_by(self, user: User) -> Self:
        if user.is_administrator:
            return self
        if not user.has_role(Role.GRADER):
            return self.none()
        return self.filter(lab_unit__in=user.lab_unit_ids)


def scope(user: User, *roles: Role) -> Q:
    """All of the user's units with one of `roles`; their own uploads there as an uploader."""
    if user.has_role(*roles):
        return Q(lab_unit__in=user.lab_unit_ids)
    if user.has_role(Role.UPLOADER):
        return Q(lab_unit__in=user.lab_unit_ids, uploaded_by=user)
    return Q(pk__in=[])

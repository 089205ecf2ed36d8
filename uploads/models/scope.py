"""Which rows about images concern a user: the same rule for images and for their counts."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.roles import Role

KEYED_UNIT = "keyed_unit"


class ScopedQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """For rows with `lab_unit` and `uploaded_by`."""

    def of_keys(self, *which: Q, **keys: Any) -> Self:
        """A few rows by keys of their own, to be narrowed to a user's after that.

        An expression keeps the index of the units out of SQLite's sight, which would read all
        rows of some units rather than look up fifty.
        """
        unit = Coalesce("lab_unit_id", "lab_unit_id", output_field=models.BigIntegerField())
        return self.filter(*which, **keys).alias(**{KEYED_UNIT: unit})

    def visible_to(self, user: User) -> Self:
        if user.is_administrator:
            return self
        return self._of(user, Role.DATA_MANAGER, Role.GRADER)

    def editable_by(self, user: User) -> Self:
        """Those whose description this user may change, and which they may delete."""
        if user.is_administrator:
            return self
        return self._of(user, Role.DATA_MANAGER)

    def gradable_by(self, user: User) -> Self:
        if user.is_administrator:
            return self
        if not user.has_role(Role.GRADER):
            return self.none()
        return self._of_units(user)

    def _of(self, user: User, *roles: Role) -> Self:
        """All of the user's units with one of `roles`; their own uploads there as an uploader."""
        if user.has_role(*roles):
            return self._of_units(user)
        if user.has_role(Role.UPLOADER):
            return self._of_units(user).filter(uploaded_by=user)
        return self.none()

    def _of_units(self, user: User) -> Self:
        unit = KEYED_UNIT if KEYED_UNIT in self.query.annotations else "lab_unit"
        return self.filter(**{f"{unit}__in": user.lab_unit_ids})

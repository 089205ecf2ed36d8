"""Which rows about images concern a user: the same rule for images and for their counts."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.roles import Role

# By column, the alias under which it is compared where rows were found by keys of their own.
KEYED = {"lab_unit": "keyed_unit", "uploaded_by": "keyed_uploader"}


class ScopedQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """For rows with `lab_unit` and `uploaded_by`."""

    def of_keys(self, *which: Q, **keys: Any) -> Self:
        """Rows found by keys of their own, to be narrowed to a user's after that.

        Expressions keep the indexes of units and uploaders out of SQLite's sight, which would read
        all rows of some units, or of a person, rather than look up these.
        """
        hidden = {
            alias: Coalesce(f"{name}_id", f"{name}_id", output_field=models.BigIntegerField())
            for name, alias in KEYED.items()
        }
        return self.filter(*which, **keys).alias(**hidden)

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
            return self._of_units(user).filter(**{self._column("uploaded_by"): user.pk})
        return self.none()

    def _of_units(self, user: User) -> Self:
        return self.filter(**{f"{self._column('lab_unit')}__in": user.lab_unit_ids})

    def _column(self, name: str) -> str:
        return KEYED[name] if KEYED[name] in self.query.annotations else name

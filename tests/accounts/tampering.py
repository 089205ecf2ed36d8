"""Changing the audit trail as only the owner of the database can, by SQL of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from django.db import connection

from accounts.models import AuditEvent
from accounts.trail import guards


def run(statement: str, *values: Any) -> None:
    with guards.lifted(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def copy_row(number: int, to: int) -> None:
    names = [field.column for field in AuditEvent._meta.fields if field.name != "id"]
    rest = ", ".join(map(str, names))
    run(
        f"INSERT INTO accounts_auditevent (id, {rest}) SELECT %s, {rest}"
        " FROM accounts_auditevent WHERE id = %s",
        to,
        number,
    )


def python(code: str, **environment: str) -> int:
    """Run it as a process of the product with these settings; its exit code."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode

"""What a running system has let out into its logs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from tests.live.system import System

TELLING = 8  # characters: shorter names may stand in a log by chance
SETTINGS = ("SECRET_KEY", "AUDIT_KEY", "FUNDUS_DEMO_PASSWORD")
KEPT = (
    "SELECT filename FROM jobs_jobitem",
    "SELECT session_key FROM django_session",
    "SELECT note FROM uploads_grade",
    "SELECT password FROM accounts_user",
)


def leaks(system: System) -> list[str]:
    """Names, notes, session keys and secrets of the system that stand in its logs."""
    log = system.log_text()
    return [each for each in {*secrets(system)} if len(each) >= TELLING and each in log]


def secrets(system: System) -> Iterator[str]:
    yield from (system.env[name] for name in SETTINGS if system.env.get(name))
    # The test may have taken the database away, or never had one.
    with suppress(sqlite3.Error, psycopg.Error, OSError):
        for statement in KEPT:
            yield from (str(value) for (value,) in system.rows(statement))

"""What makes the database itself refuse to change the trail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

TABLES = ("accounts_auditevent", "accounts_auditseal")
KEYS = {"accounts_auditevent": "id", "accounts_auditseal": "n"}
REFUSAL = "The audit trail is append-only."
_FUNCTION = "audit_is_append_only"


def put(database: Any = connection) -> None:
    """Refuse every UPDATE and DELETE, on PostgreSQL also TRUNCATE, from now on."""
    _run(database, _postgres_put if database.vendor == "postgresql" else _sqlite_put)


def remove(database: Any = connection) -> None:
    """Only the owner of the tables can."""
    _run(database, _postgres_remove if database.vendor == "postgresql" else _sqlite_remove)


@contextmanager
def lifted(database: Any = connection) -> Iterator[None]:
    """For the owner alone, in one transaction: nobody else finds the trail unguarded."""
    with transaction.atomic(using=database.alias):
        remove(database)
        yield
        put(database)


def missing() -> list[str]:
    """Guards that ought to be there and are not, or are switched off."""
    wanted = {name for table in TABLES for name in _names(table)}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled = 'A'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return sorted(wanted - {name for (name,) in cursor.fetchall()})


def can_be_altered() -> bool:
    """Does the database let the role we are signed in with take the guards away?

    SQLite knows no roles: whoever can write the file can.
    """
    if connection.vendor != "postgresql":
        return True
    wanted = "has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE, TRIGGER')"
    owned = "pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = %s::regclass"
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT {wanted} OR {owned}", [table, table])
            if cursor.fetchone()[0]:
                return True
    return False


def restrict(role: str) -> str:
    """Let a PostgreSQL role do what the application does, and no more to the trail than append.

    Call as the owner of the tables. Returns why it cannot be done, or "".
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if refusal := _unfit(cursor, role):
            return refusal
        name = connection.ops.quote_name(role)
        tables = ", ".join(TABLES)
        for statement in (
            f"GRANT USAGE ON SCHEMA public TO {name}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}",
            f"REVOKE ALL ON {tables} FROM {name}, PUBLIC",
            f"REVOKE UPDATE ON SEQUENCE accounts_auditevent_id_seq FROM {name}, PUBLIC",
            f"GRANT SELECT, INSERT ON {tables} TO {name}",
        ):
            cursor.execute(statement)
    return ""


def _unfit(cursor: Any, role: str) -> str:
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role])
    found = cursor.fetchone()
    if found is None:
        return f"There is no role {role}."
    if found[0]:
        return f"{role} is a superuser: nothing can be refused to it."
    owned = "SELECT bool_or(pg_has_role(%s, relowner, 'MEMBER')) FROM pg_class"
    cursor.execute(f"{owned} WHERE relname = ANY(%s)", [role, list(TABLES)])
    if cursor.fetchone()[0]:
        return f"{role} owns the audit trail, or is a member of the role that does."
    return ""


def _run(database: Any, statements: Any) -> None:
    with database.cursor() as cursor:
        for statement in statements():
            cursor.execute(statement)


def _names(table: str) -> list[str]:
    if connection.vendor == "postgresql":
        return [f"{table}_append_only"]
    return [f"{table}_no_{what}" for what in ("update", "delete", "replace")]


def _postgres_put() -> Iterator[str]:
    yield f"""
        CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END $$
    """
    for table in TABLES:
        name = f"{table}_append_only"
        yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
        # For each statement, so also where no row matches, and where INSERT turns into UPDATE.
        yield f"""
            CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()
        """
        yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"


def _postgres_remove() -> Iterator[str]:
    for table in TABLES:
        yield f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"
    yield f"DROP FUNCTION IF EXISTS {_FUNCTION}()"


def _sqlite_put() -> Iterator[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for table in TABLES:
        # REPLACE deletes without asking the trigger for deletions.
        taken = f"EXISTS (SELECT 1 FROM {table} WHERE {KEYS[table]} = NEW.{KEYS[table]})"  # noqa: S608
        for what, when in {
            "update": f"UPDATE ON {table}",
            "delete": f"DELETE ON {table}",
            "replace": f"INSERT ON {table} WHEN {taken}",
        }.items():
            yield f"CREATE TRIGGER IF NOT EXISTS {table}_no_{what} BEFORE {when} {refuse}"


def _sqlite_remove() -> Iterator[str]:
    for table in TABLES:
        for what in ("update", "delete", "replace"):
            yield f"DROP TRIGGER IF EXISTS {table}_no_{what}"

"""The database itself refuses to change the audit trail, the application's role above all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts import audit
from accounts.models import Action, AuditEvent, AuditSeal
from accounts.trail import guards, sealing
from tests.accounts import tampering

TABLES = pytest.mark.parametrize("table", guards.TABLES)
postgres_only = pytest.mark.stack
sqlite_only = pytest.mark.embedded


@pytest.fixture
def written(db: None) -> AuditEvent:
    sealing.begin()
    audit.record(Action.RECORD_CHANGED)
    return AuditEvent.objects.get()


def refused(statement: str, *values: Any) -> None:
    cursor = connection.cursor()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        cursor.execute(statement, values)


@TABLES
def test_no_row_is_updated(written: AuditEvent, table: str) -> None:
    refused(f"UPDATE {table} SET {guards.KEYS[table]} = 7")


@TABLES
def test_no_row_is_deleted(written: AuditEvent, table: str) -> None:
    refused(f"DELETE FROM {table}")


@postgres_only
@TABLES
def test_no_table_is_emptied(written: AuditEvent, table: str) -> None:
    refused(f"TRUNCATE {table}")


@postgres_only
def test_no_insert_turns_into_an_update(written: AuditEvent) -> None:
    refused(
        "INSERT INTO accounts_auditseal SELECT * FROM accounts_auditseal"
        " ON CONFLICT (n) DO UPDATE SET count = 7"
    )


@sqlite_only
@TABLES
def test_no_row_is_replaced(written: AuditEvent, table: str) -> None:
    refused(f"REPLACE INTO {table} SELECT * FROM {table}")


def test_the_product_itself_is_refused_too(written: AuditEvent) -> None:
    for change in (
        lambda: AuditEvent.objects.update(actor_name="mallory"),
        lambda: AuditEvent.objects.all().delete(),
        lambda: AuditSeal.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_missing_guards_are_a_finding(written: AuditEvent) -> None:
    out = StringIO()
    guards.remove()
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=out)
    guards.put()
    told = out.getvalue().splitlines()
    assert {line.split()[0] for line in told} == {"unguarded:"}
    assert len(told) == (2 if connection.vendor == "postgresql" else 6)


@pytest.mark.django_db(transaction=True)
def test_the_migration_can_be_taken_back_and_made_again() -> None:
    graph = MigrationExecutor(connection).loader.graph
    latest, made = graph.leaf_nodes(), graph.node_map["accounts", "0005_audit_seals"]
    before = next(node.key for node in made.parents if node.key[0] == "accounts")
    MigrationExecutor(connection).migrate([before])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_auditevent SET actor_name = 'x'")
    MigrationExecutor(connection).migrate(latest)
    assert guards.missing() == []
    assert AuditSeal.objects.get().n == 0


# --- Roles of PostgreSQL -----------------------------------------------------------------------


@pytest.fixture
def role() -> Iterator[str]:
    """A role that may sign in, and owns nothing."""
    name = "fundus_web"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {name} LOGIN")
        yield name
        cursor.execute(f"DROP OWNED BY {name}")
        cursor.execute(f"DROP ROLE {name}")


def address(role: str) -> str:
    at = connection.settings_dict
    return f"postgres://{role}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def protect(role: str) -> str:
    out = StringIO()
    call_command("protect_audit", "--role", role, stdout=out)
    return out.getvalue()


@pytest.fixture
def as_role(role: str) -> Iterator[psycopg.Connection]:
    """Signed in as the protected role."""
    protect(role)
    with psycopg.connect(address(role), autocommit=True) as ours:
        yield ours


def let_pass(as_role: psycopg.Connection, *statements: str) -> list[str]:
    """The statements that the database let pass."""
    passed = []
    for statement in statements:
        try:
            as_role.execute(statement.encode())
        except psycopg.errors.InsufficientPrivilege:
            continue
        passed.append(statement)
    return passed


@postgres_only
@pytest.mark.django_db(transaction=True)
@TABLES
def test_the_applications_role_can_only_append(as_role: psycopg.Connection, table: str) -> None:
    guards.remove()  # it is not the triggers that refuse
    try:
        passed = let_pass(
            as_role,
            f"UPDATE {table} SET {guards.KEYS[table]} = 7",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"DROP TABLE {table}",
            f"CREATE TRIGGER x AFTER INSERT ON {table} EXECUTE FUNCTION RI_FKey_check_ins()",
            "SELECT setval('accounts_auditevent_id_seq', 1)",
            "SET session_replication_role = replica",
        )
    finally:
        guards.put()
    assert passed == []


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_the_applications_role_can_do_its_work(as_role: psycopg.Connection, role: str) -> None:
    """The product in a process of its own, signed in as that role."""
    code = (
        "import django; django.setup()\n"
        "from accounts import audit\n"
        "from accounts.models import Action, User\n"
        "from accounts.trail import guards, sealing\n"
        "from datetime import timedelta\n"
        "sealing.begin()\n"
        "user = User.objects.create_user('zoe'); user.first_name = 'Zoe'; user.save()\n"
        "audit.record(Action.RECORD_CHANGED, user); user.delete()\n"
        "assert len(list(sealing.seal(age=timedelta()))) == 1\n"
        "assert not guards.can_be_altered()\n"
    )
    assert tampering.python(code, DATABASE_URL=address(role)) == 0
    assert AuditEvent.objects.latest("id").object_type == "user"


@postgres_only
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("unfit", ["nobody_at_all", "postgres"])
def test_roles_that_cannot_be_held_back_are_told(unfit: str) -> None:
    with pytest.raises(CommandError, match=unfit):
        protect(unfit)


@sqlite_only
def test_sqlite_has_no_roles(db: None) -> None:
    with pytest.raises(CommandError, match="SQLite knows no roles"):
        protect("anybody")


# --- Late commits ------------------------------------------------------------------------------


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_rows_of_open_transactions_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that took its numbers first commits last: nothing is sealed before."""
    monkeypatch.setattr(sealing, "PATIENCE", 0.2)
    taken, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            audit.record(Action.SIGNED_IN)
            taken.set()
            go_on.wait(20)
        connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    taken.wait(20)
    audit.record(Action.SIGNED_OUT)
    assert list(sealing.seal(age=timedelta())) == []
    go_on.set()
    writer.join()
    [seal] = sealing.seal(age=timedelta())
    assert seal.count == 2

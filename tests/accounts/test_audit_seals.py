"""Seals over the audit trail: whatever a database's owner does to it is found."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts import audit
from accounts.models import Action, AuditEvent, AuditSeal, User
from accounts.trail import heads, macs, sealing
from tests import cast
from tests.accounts import tampering

NOW = timedelta()


@pytest.fixture(autouse=True)
def begun(db: None) -> None:
    """A test with transactions of its own may have emptied every table."""
    sealing.begin()


@pytest.fixture
def rows(alice: User, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of nine sealed rows, four to a seal."""
    monkeypatch.setattr(sealing, "ROWS_A_SEAL", 4)
    write(9)
    list(sealing.seal(age=NOW))
    return numbers()


def write(count: int) -> None:
    audit.record_all(
        [
            audit.event(Action.RECORD_CHANGED, before={"n": n, "ä": None}, after={"n": [n + 0.5]})
            for n in range(count)
        ]
    )


def numbers() -> list[int]:
    return list(AuditEvent.objects.order_by("id").values_list("id", flat=True))


def verify(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_audit", *arguments, stdout=out)
    return out.getvalue()


def findings(*arguments: str) -> list[str]:
    out = StringIO()
    with pytest.raises(CommandError) as found:
        call_command("verify_audit", *arguments, stdout=out)
    assert found.value.returncode == 1
    return out.getvalue().splitlines()


# --- What is sound ---------------------------------------------------------------------------


def test_a_trail_as_it_was_written_is_sound(rows: list[int]) -> None:
    write(1)
    told = verify().splitlines()
    assert told[0] == "9 rows under 4 seals verified, 1 not sealed yet: no findings."
    assert told[1] == heads.newest()


def test_everything_the_product_writes_can_be_sealed(alice: User) -> None:
    client = cast.signed_in(alice, HTTP_USER_AGENT="Bröwser\0", REMOTE_ADDR="2001:db8::1")
    cast.announce(client, alice.lab_units.get(), cast.photo("ö \U0001f441.jpg"))
    client.get("/direct/grades/import")
    assert sum(seal.count for seal in sealing.seal(age=NOW)) == len(numbers())
    assert "no findings" in verify()


def test_young_rows_wait(rows: list[int]) -> None:
    write(1)
    assert not list(sealing.seal())


def test_seals_follow_on_each_other(rows: list[int]) -> None:
    first, *later = AuditSeal.objects.order_by("n")
    assert (first.n, first.previous, first.count) == (0, sealing.NO_DIGEST, 0)
    for before, after in zip([first, *later], later, strict=False):
        assert after.previous == before.digest
    assert [seal.count for seal in later] == [4, 4, 1]


def test_of_two_hosts_one_seals(rows: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    write(1)
    write_one, made = sealing._write, list[AuditSeal]()

    def other_first(seal: AuditSeal) -> bool:
        monkeypatch.setattr(sealing, "_write", write_one)
        made.extend(sealing.seal(age=NOW))
        return write_one(seal)

    monkeypatch.setattr(sealing, "_write", other_first)
    assert list(sealing.seal(age=NOW)) == []
    assert [seal.n for seal in made] == [4]
    assert "no findings" in verify()


def test_every_column_is_under_seal() -> None:
    assert set(macs.COLUMNS) == {field.attname for field in AuditEvent._meta.fields}


# --- What is not -----------------------------------------------------------------------------

ALTERED = {
    "at": ("2020-02-29 23:59:00.000001", "when"),
    "action": ("signed_in", "what"),
    "succeeded": (False, "what"),
    "object_type": ("user", "what"),
    "object_id": ("7", "what"),
    "lab_unit_id": (7, "what"),
    "job_token": ("12345678123456781234567812345678", "what"),
    "actor_id": (7, "who"),
    "actor_name": ("mallory", "who"),
    "on_behalf_of": ("mallory", "who"),
    "roles": ("Grader", "who"),
    "ip": ("203.0.113.66", "from where"),
    "user_agent": ("None/1", "from where"),
    "request_id": ("0" * 32, "from where"),
    "before": ('{"n": 17}', "before and after"),
    "after": ("{}", "before and after"),
}


def test_no_column_is_left_out_here() -> None:
    assert {*ALTERED, "id"} == set(macs.COLUMNS)


@pytest.mark.parametrize("column", ALTERED)
def test_an_altered_column_is_found(rows: list[int], column: str) -> None:
    value, group = ALTERED[column]
    tampering.run(f"UPDATE accounts_auditevent SET {column} = %s WHERE id = %s", value, rows[5])
    assert findings() == [f"altered: row {rows[5]}: {group}"]


@pytest.fixture
def no_checks(db: None) -> Iterator[None]:
    """Writes what constraints forbid, as somebody with another program can."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        yield
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


@pytest.mark.embedded
@pytest.mark.parametrize("column", ["at", "before", "job_token", "actor_name"])
@pytest.mark.parametrize("value", ["rubbish", b"\xff", "{"])
def test_what_no_column_can_hold_is_found(
    rows: list[int], no_checks: None, column: str, value: Any
) -> None:
    tampering.run(f"UPDATE accounts_auditevent SET {column} = %s WHERE id = %s", value, rows[5])
    assert findings()[0].startswith(f"altered: row {rows[5]}: ")


@pytest.mark.parametrize("place", [0, 1, 3, 4, 8])
def test_a_deleted_row_is_found(rows: list[int], place: int) -> None:
    tampering.run("DELETE FROM accounts_auditevent WHERE id = %s", rows[place])
    [told] = findings()
    assert told.startswith(f"missing: row {rows[place]}, sealed in ")


def test_an_inserted_row_is_found(rows: list[int]) -> None:
    tampering.run("DELETE FROM accounts_auditevent WHERE id = %s", rows[5])
    tampering.run("UPDATE accounts_auditevent SET id = %s WHERE id = %s", rows[5], rows[6])
    told = findings()
    assert told[0] == f"reordered: row {rows[5]} says what row {rows[6]} said"
    assert told[1].startswith(f"missing: row {rows[6]}")


@pytest.mark.parametrize("number", [-3, 0])
def test_a_row_before_all_others_is_found(rows: list[int], number: int) -> None:
    tampering.copy_row(rows[0], number)
    assert findings()[0] == f"inserted: row {number}, in no seal"


def test_rows_with_late_numbers_are_found(alice: User) -> None:
    """The gap of a transaction that was undone must not be filled afterwards."""
    write(3)
    _, gap, last = numbers()[-3:]
    tampering.run("UPDATE accounts_auditevent SET id = -1 WHERE id = %s", gap)
    tampering.run("DELETE FROM accounts_auditevent WHERE id = -1")
    list(sealing.seal(age=NOW))
    assert "no findings" in verify()
    tampering.copy_row(last, gap)
    assert findings() == [f"inserted: row {gap}, after seal 1 was made"]


def test_swapped_rows_are_found(rows: list[int]) -> None:
    for old, new in ((rows[1], -1), (rows[2], rows[1]), (-1, rows[2])):
        tampering.run("UPDATE accounts_auditevent SET id = %s WHERE id = %s", new, old)
    assert findings() == [
        f"reordered: row {rows[1]} says what row {rows[2]} said",
        f"reordered: row {rows[2]} says what row {rows[1]} said",
    ]


def test_all_rows_taken_away_are_found(rows: list[int]) -> None:
    tampering.run("DELETE FROM accounts_auditevent")
    assert findings()[0] == f"missing: row {rows[0]}, sealed in 1"


def test_rows_and_seals_taken_away_are_found(rows: list[int]) -> None:
    tampering.run("DELETE FROM accounts_auditevent")
    tampering.run("DELETE FROM accounts_auditseal")
    assert findings()[0] == "seal: there is none, not even number 0, made with the database"


@pytest.mark.embedded
def test_unsealed_rows_taken_away_are_found(rows: list[int]) -> None:
    write(2)
    tampering.run("DELETE FROM accounts_auditevent WHERE id > %s", rows[-1] + 1)
    assert findings() == [f"missing: 1 of the rows after {rows[-1]}, the last sealed"]


# --- Seals -----------------------------------------------------------------------------------

SEALED = {
    "made_at": "2020-02-29 23:59:00",
    "first_id": -5,
    "last_id": 10**9,
    "count": 3,
    "rows_sha256": "0" * 64,
    "marks": b"",
    "key_name": "0" * 16,
    "previous": "0" * 64,
    "digest": "0" * 64,
    "mac": "0" * 64,
}


def test_no_column_of_a_seal_is_left_out_here() -> None:
    assert {*SEALED, "n"} == {field.attname for field in AuditSeal._meta.fields}


@pytest.mark.parametrize("column", SEALED)
def test_an_altered_seal_is_found(rows: list[int], column: str) -> None:
    tampering.run(f"UPDATE accounts_auditseal SET {column} = %s WHERE n = 2", SEALED[column])
    assert findings()[0].startswith("seal: seal 2 ")


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_deleted_seal_is_found(rows: list[int], n: int) -> None:
    tampering.run("DELETE FROM accounts_auditseal WHERE n = %s", n)
    assert findings()[0] == f"seal: seal {n} of {n + 1} is missing"


def test_seals_in_another_order_are_found(rows: list[int]) -> None:
    for old, new in ((1, 9), (2, 1), (9, 2)):
        tampering.run("UPDATE accounts_auditseal SET n = %s WHERE n = %s", new, old)
    assert findings()[0] == "seal: seal 1 does not follow on seal 0"


def test_newest_seals_taken_away_are_found_by_time(rows: list[int]) -> None:
    tampering.run("DELETE FROM accounts_auditseal WHERE n > 1")
    old = timezone.now() - timedelta(hours=1)
    tampering.run("UPDATE accounts_auditevent SET at = %s WHERE id > %s", old, rows[3])
    [told] = findings()
    assert told.startswith(f"unsealed: row {rows[4]} and 4 more, since {old:%Y-%m-%d}")


def test_newest_seals_made_anew_are_found_by_the_one_kept(
    rows: list[int], tmp_path: Path, settings: Settings
) -> None:
    verify("--export", str(tmp_path / "heads"))
    tampering.run("DELETE FROM accounts_auditseal WHERE n > 1")
    tampering.run("UPDATE accounts_auditevent SET actor_name = 'eve' WHERE id = %s", rows[8])
    list(sealing.seal(age=NOW))
    assert "no findings" in verify()
    told = findings("--against", str(tmp_path / "heads"))
    assert told == ["seal: seal 3 is not the one that was kept elsewhere"]


def test_a_trail_put_back_to_an_older_state_is_found(rows: list[int], tmp_path: Path) -> None:
    verify("--export", str(tmp_path / "heads"))
    tampering.run("DELETE FROM accounts_auditseal WHERE n > 1")
    tampering.run("DELETE FROM accounts_auditevent WHERE id > %s", rows[3])
    told = findings("--against", str(tmp_path / "heads"))[0]
    assert told == ("seal: seal 3 and all that follow are missing; up to 3 were kept elsewhere")


def test_a_whole_chain_made_without_the_key_is_found(rows: list[int], settings: Settings) -> None:
    ours, settings.AUDIT_KEY = settings.AUDIT_KEY, "of somebody else"
    tampering.run("DELETE FROM accounts_auditseal")
    sealing.begin()
    list(sealing.seal(age=NOW))
    settings.AUDIT_KEY = ours
    assert "is not in AUDIT_KEY_FALLBACKS" in findings()[0]
    name = macs.current().name
    for seal in AuditSeal.objects.order_by("n"):
        seal.key_name = name
        tampering.run(
            "UPDATE accounts_auditseal SET key_name = %s, digest = %s WHERE n = %s",
            *(name, sealing.digest(seal), seal.n),
        )
    assert findings()[0] == "seal: seal 0 was not made with our key"


def test_a_former_key_still_proves_its_seals(rows: list[int], settings: Settings) -> None:
    settings.AUDIT_KEY_FALLBACKS = [settings.AUDIT_KEY]
    settings.AUDIT_KEY = "the next one"
    write(2)
    list(sealing.seal(age=NOW))
    assert "11 rows under 5 seals verified" in verify()


@pytest.mark.parametrize("text", ["", "seal 3 abc", None])
def test_a_file_without_heads_is_no_proof(rows: list[int], tmp_path: Path, text: Any) -> None:
    if text is not None:
        (tmp_path / "heads").write_text(text)
    with pytest.raises(CommandError) as refused:
        verify("--against", str(tmp_path / "heads"))
    assert refused.value.returncode == 2


# --- Sealing by runworker ----------------------------------------------------------------------


@pytest.fixture
def sealer(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    monkeypatch.setattr(sealing.seal, "__kwdefaults__", {"age": NOW})
    return sealing.Sealer()


def test_the_log_holds_heads_to_verify_against(
    rows: list[int],
    sealer: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    write(1)
    with caplog.at_level(logging.INFO):
        sealer()
    (tmp_path / "log").write_text(caplog.text)
    assert "no findings" in verify("--against", str(tmp_path / "log"))
    assert AuditSeal.objects.get(n=4).digest in caplog.text


def test_a_seal_taken_away_while_it_runs_is_noticed(
    rows: list[int], sealer: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    sealer()
    tampering.run("DELETE FROM accounts_auditseal WHERE n = 3")
    sealer()
    assert "audit trail: seal 3 " in caplog.text
    [event] = cast.audit("trail_damaged")
    assert event.before["seal"] == 3


def test_moments_are_the_same_however_written() -> None:
    noon = datetime(2026, 11, 25, 12, 0, 0, 120000, tzinfo=UTC).isoformat()
    assert macs._moment("2026-11-25 12:00:00.12+00") == noon
    assert macs._moment("2026-11-25 12:00:00.120000") == noon

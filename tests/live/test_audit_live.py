"""The audit trail of a running product: sealed by its workers, and proved against their log."""

from __future__ import annotations

from collections.abc import Callable

from fundus.commands import WORKER
from tests.live.system import System
from tests.live.waiting import wait_until

OFTEN = {"FUNDUS_SEAL_SECONDS": "1"}
# Appending is all that anybody may do, at whatever time it is said to have been.
OLD = (
    "INSERT INTO accounts_auditevent (at, action, succeeded, actor_name, on_behalf_of, roles,"
    " user_agent, request_id, object_type, object_id, before, after)"
    " VALUES ('2026-01-01 12:00:00', 'signed_in', %s, 'x', '', '', '', '', '', '', '{}', '{}')"
)


def newest(system: System) -> int:
    return int(system.rows("SELECT max(n) FROM accounts_auditseal")[0][0])


def seal_one(system: System) -> None:
    """Wait until a row that is old enough has been sealed."""
    before = newest(system)
    system.rows(OLD, True)
    wait_until(lambda: newest(system) > before, timeout=60, what="a seal")


def test_workers_seal_the_trail_and_their_log_proves_it(
    new_system: Callable[..., System],
) -> None:
    system = new_system(OFTEN).start(web=False)
    second = system._spawn(WORKER, "second.log", {})
    try:
        for _ in range(3):
            seal_one(system)
            system.kill_worker()
            system.start_worker()
    finally:
        second.terminate()
        second.wait(40)
    (system.home / "all.log").write_text(system.log_text("worker", "second"))
    told = system.manage("verify_audit", "--against", str(system.home / "all.log")).stdout
    assert "no findings" in told
    numbers = system.rows("SELECT count(*), max(n) FROM accounts_auditseal")[0]
    assert numbers[0] == numbers[1] + 1


def test_tampering_behind_the_products_back_is_found(new_system: Callable[..., System]) -> None:
    system = new_system(OFTEN).start(web=False)
    seal_one(system)
    system.stop_worker()
    [(number,)] = system.rows("SELECT max(id) FROM accounts_auditevent WHERE actor_name = 'x'")
    system.shell("from accounts.trail import guards; guards.remove()")
    system.rows("UPDATE accounts_auditevent SET actor_name = 'y' WHERE id = %s", number)
    system.shell("from accounts.trail import guards; guards.put()")
    found = system.manage("verify_audit", check=False)
    assert (found.returncode, found.stdout) == (1, f"altered: row {number}: who\n")

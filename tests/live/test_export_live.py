"""Exports as they leave the running product: whole, slowly read, and given up half-way."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from io import BytesIO
from typing import Any

import httpx
import pytest

from tests import images
from tests.live.client import Client, File
from tests.live.system import System
from tests.live.waiting import wait_until

pytestmark = pytest.mark.live
ZIP = "/direct/dashboard/export?format=zip"
CSV = "/direct/dashboard/export?format=csv"
PATIENCE = 3  # seconds
IMAGES = 12
TRAIL = "SELECT succeeded, after FROM accounts_auditevent WHERE action = 'exported' ORDER BY id"


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """Of our own: its archive is larger than what sockets take in unasked."""
    with System(env={"FUNDUS_READ_TIMEOUT": str(PATIENCE)}) as running:
        running.start()
        with Client(running, "uploader") as uploader:
            files = [images.jpeg(1600, 1200, seed=n, quality=97) for n in range(IMAGES)]
            named = [File(f"Smith-{n}.jpg", data) for n, data in enumerate(files)]
            uploader.wait(uploader.upload(named))
        yield running


@pytest.fixture
def manager(system: System) -> Iterator[Client]:
    with Client(system, "manager") as manager:
        yield manager


def ends(system: System) -> list[dict[str, Any]]:
    """What the trail says of exports that have ended."""
    rows = system.rows(TRAIL)
    told = [json.loads(after) if isinstance(after, str) else after for _, after in rows]
    return [each for each in told if each["phase"] != "started"]


def stored_hashes(system: System) -> set[str]:
    return {row[0] for row in system.rows("SELECT stored_sha256 FROM uploads_fundusimage")}


def check(system: System, data: bytes) -> None:
    with zipfile.ZipFile(BytesIO(data)) as whole:
        assert whole.testzip() is None
        photographs = [name for name in whole.namelist() if name.startswith("images/")]
        assert {sha256(whole.read(name)).hexdigest() for name in photographs} == stored_hashes(
            system
        )
        assert b"Smith" not in whole.read("manifest.csv")


def test_an_archive_arrives_whole(system: System, manager: Client) -> None:
    answer = manager.http.get(ZIP)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="fundus-images-')
    check(system, answer.content)
    assert ends(system)[-1] == {
        "phase": "completed", "format": "zip", "sent": IMAGES, "problems": 0,
    }  # fmt: skip


def test_a_table_arrives_whole(manager: Client) -> None:
    lines = manager.http.get(CSV).text.splitlines()
    assert len(lines) == 1 + IMAGES


def test_a_slow_reader_gets_it_all(system: System, manager: Client) -> None:
    got, began = [], time.monotonic()
    with manager.http.stream("GET", ZIP) as answer:
        for piece in answer.iter_bytes(1024 * 1024):
            got.append(piece)
            time.sleep(PATIENCE / 5)
    assert time.monotonic() - began > 1.5 * PATIENCE
    check(system, b"".join(got))


def test_whoever_leaves_or_stops_reading_is_in_the_trail(system: System, manager: Client) -> None:
    before = len(ends(system))
    with manager.http.stream("GET", ZIP) as answer:
        next(answer.iter_raw(1000))
    with ExitStack() as stack:
        answer = stack.enter_context(manager.http.stream("GET", ZIP))
        next(answer.iter_raw(1000))
        wait_until(lambda: len(ends(system)) == before + 2, timeout=30, what="both have ended")
    assert {each["phase"] for each in ends(system)[before:]} == {"broken off"}
    assert max(each["sent"] for each in ends(system)[before:]) < IMAGES


def test_an_archive_that_breaks_off_does_not_end_well(system: System, manager: Client) -> None:
    got: list[bytes] = []
    with pytest.raises(httpx.RemoteProtocolError):
        fetch_while_losing_the_role(system, manager, got)
    assert not zipfile.is_zipfile(BytesIO(b"".join(got)))


def fetch_while_losing_the_role(system: System, manager: Client, got: list[bytes]) -> None:
    lose = "DELETE FROM accounts_user_groups WHERE user_id = %s"
    with manager.http.stream("GET", ZIP) as answer:
        for piece in answer.iter_raw(64 * 1024):
            got.append(piece)
            system.rows(lose, _manager(system))


def _manager(system: System) -> int:
    return int(system.rows("SELECT id FROM accounts_user WHERE username = 'manager'")[0][0])

"""A thousand broken files and some bombs, through real workers: a verdict each, and no harm."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

import psutil
import pytest

from tests import images
from tests.faults.crowd import hire
from tests.faults.frail import PATIENCE, assert_sound
from tests.live.client import Client, File
from tests.live.sizes import size
from tests.live.system import System
from tests.live.waiting import wait_until

MALFORMED, BATCH = size(1_000, 10_000), 100
MEGA = 1024 * 1024
# None: changed where it does no harm.
VERDICTS = {"corrupt", "wrong_type", "too_many_pixels", "duplicate", None}


@pytest.fixture(scope="module")
def steady() -> Iterator[System]:
    """A product with its own, long times."""
    with System() as system:
        yield system.start()


def worker_pids(system: System) -> set[int]:
    titles = system.worker_titles()
    return {pid for pid, title in titles.items() if re.search(r"\b(idle|processing)\b", title)}


def both_workers(system: System) -> set[int]:
    """Once neither is being replaced, as each is after some hundred files."""
    return (
        wait_until(lambda: len(pids := worker_pids(system)) == 2 and pids, timeout=PATIENCE)
        or set()
    )


def no_worker_died(system: System) -> bool:
    return not re.search("after death|stalled|after timeout", system.log_text("worker"))


def highest_memory(pids: set[int]) -> int:
    """The most resident memory any of these processes ever had, in bytes."""
    status = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    return max(int(re.findall(r"VmHWM:\s+(\d+) kB", text)[0]) for text in status) * 1024


def malformed(number: int) -> File:
    """The number-th broken file: a photograph with some bytes changed, cut or missing."""
    whole = images.png(48, 32) if number % 2 else images.jpeg(48, 32)
    if number % 5 == 0:
        whole = images.truncated(whole, (number % 97) / 97)
    return File(f"{number}.jpg", images.mutant(whole + bytes([number % 251]), number))


def deaths(system: System) -> list[str]:
    """What the log says of workers that did not end by themselves."""
    return re.findall("after death|stalled|after timeout", system.log_text("worker"))


def test_a_thousand_malformed_files_get_a_verdict_each(steady: System) -> None:
    # Twenty jobs a minute and person.
    crowd = [f"mallory{number}" for number in range(1 + MALFORMED // BATCH // 20)]
    hire(steady, *crowd)
    batches = [
        [malformed(number) for number in range(first, first + BATCH)]
        for first in range(0, MALFORMED, BATCH)
    ]
    with ExitStack() as stack, ThreadPoolExecutor(3) as pool:
        clients = cycle([stack.enter_context(Client(steady, name)) for name in crowd])
        jobs = list(
            pool.map(lambda client, files: (client, client.upload(files)), clients, batches)
        )
        ended = [client.wait(job, timeout=2 * PATIENCE) for client, job in jobs]
    verdicts = Counter(item["code"] for status in ended for item in status["items"])
    assert sum(verdicts.values()) == MALFORMED
    assert set(verdicts) <= VERDICTS, verdicts
    assert verdicts["corrupt"] > MALFORMED / 2
    assert steady.rows("SELECT MAX(attempts) FROM jobs_jobitem") == [(1,)]
    assert deaths(steady) == []
    assert_sound(steady)


def test_bombs_are_refused_by_their_header(steady: System) -> None:
    bombs = [
        File("square.png", images.flat_png(20_000, 20_000, depth=1, colour=0)),
        File("wide.png", images.flat_png(59_000, 3_000, depth=1, colour=0)),
        File("lying.png", images.lying_png(60_000, 60_000)),
        File("lying.jpg", images.lying_jpeg(65_000, 65_000)),
    ]
    with Client(steady, "uploader") as client:
        status = client.wait(client.upload(bombs), timeout=PATIENCE)
    assert {item["code"] for item in status["items"]} == {"too_many_pixels"}
    assert deaths(steady) == []
    assert highest_memory(worker_pids(steady)) < 250 * MEGA


def test_the_largest_pictures_fit_into_a_workers_memory(steady: System) -> None:
    limits = {psutil.Process(pid).rlimit(psutil.RLIMIT_AS)[0] for pid in both_workers(steady)}
    assert limits == {1536 * MEGA}
    large = [
        File("49.png", images.flat_png(7_000, 7_000)),
        File("100.png", images.flat_png(10_000, 10_000, colour=6)),
    ]
    with Client(steady, "uploader") as client:
        status = client.wait(client.upload(large), timeout=PATIENCE)
    assert status["job_status"] == "done", status["items"]

"""`make run` in a fresh clone, with nothing installed: takes minutes and the network."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from fundus.commands import ROOT
from fundus.console import say
from fundus.dotenv import read_env
from fundus.processes import alive, descendants, kill_all
from tests.live.waiting import free_ports, wait_until

pytestmark = pytest.mark.slow
SECOND_START = 10  # seconds
STOP_WITHIN = 30  # seconds
OURS = ("FUNDUS_", "DATABASE_", "AWS_", "DJANGO_")


class Run:
    """One `make run` in the clone, as a person types it."""

    def __init__(self, clone: Path) -> None:
        self.port = free_ports(1)[0]
        self.log = clone.parent / f"run-{self.port}.log"
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(OURS) and name != "VIRTUAL_ENV"
        }
        with self.log.open("wb") as output:
            self.begun = time.monotonic()
            self.process = subprocess.Popen(
                ["make", "run"], cwd=clone, env={**env, "PORT": str(self.port)},
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip

    def ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return "Fundus is ready" in self.log.read_text()

    def await_ready(self) -> float:
        """Seconds until the address was printed."""
        wait_until(self.ready, timeout=600, every=0.1, what="the product is ready")
        return time.monotonic() - self.begun

    def stop(self, number: int) -> tuple[float, list[int]]:
        """Seconds until it had ended, and the pids that are still there."""
        running = [each.pid for each in descendants(self.process.pid)]
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(STOP_WITHIN + 10)
        return time.monotonic() - begun, [pid for pid in running if alive(pid)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("clone") / "fundus"
    subprocess.run(["git", "clone", "-q", ROOT, place], check=True)
    yield place
    below = f"{place}{os.sep}"
    kill_all(each for each in psutil.process_iter() if below in " ".join(_command(each)))


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.parametrize(
    ("limit", "number"),
    [(600, signal.SIGINT), (SECOND_START, signal.SIGTERM), (SECOND_START, signal.SIGKILL)],
    ids=["first", "second", "third"],
)
def test_it_starts_serves_and_stops(clone: Path, limit: float, number: int) -> None:
    run = Run(clone)
    seconds = run.await_ready()
    page = httpx.get(f"http://127.0.0.1:{run.port}/accounts/login")
    password = read_env(clone / ".env")["FUNDUS_DEMO_PASSWORD"]
    assert page.status_code == 200
    assert f"admin, manager, uploader or grader with the password {password}" in run.log.read_text()
    assert seconds <= limit
    stopped, left = run.stop(number)
    wait_until(lambda: not any(alive(pid) for pid in left), timeout=STOP_WITHIN, what="all ended")
    assert stopped <= STOP_WITHIN
    say(f"ready after {seconds:.1f} s, stopped after {stopped:.1f} s")

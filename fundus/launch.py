"""`python -m fundus.launch`: web server and worker together until SIGINT or SIGTERM.

Expects an environment made by `fundus.install`; `make run` ends up here.
"""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from fundus.commands import PREPARE, ROOT, WEB, WEB_ENVIRONMENT, WORKER
from fundus.console import StartError, say
from fundus.dotenv import effective_settings
from fundus.linux import catches, caught_signals, follow_parent, spawn
from fundus.preflight import Place, check_place
from fundus.supervisor import TICK, Program, Supervisor

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
START_PATIENCE = 60  # seconds until the web server must have answered
EXCEPTION = re.compile(r"^[\w.]+: ")  # the class before the message
ONE_REQUEST = 2  # seconds within which several signals are one request to stop


class StopRequest:
    """Has anybody asked us to stop? By a signal to us, or to the `make` that waits for us."""

    def __init__(self) -> None:
        self.first: float | None = None
        self.impatient = False
        self.parent = os.getppid()
        self.parent_catches = caught_signals(self.parent)
        # A shell starts background jobs with SIGINT ignored; `nohup` ignores SIGHUP on purpose.
        for number in STOPPING:
            ignored = signal.getsignal(number) is signal.SIG_IGN
            if number != signal.SIGHUP or not ignored:
                signal.signal(number, self._count)

    def _count(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        if self.first is None:
            self.first = now
        # One Ctrl-C may come twice, to us and through make.
        self.impatient = now - self.first > ONE_REQUEST

    def wanted(self) -> bool:
        """Has nobody asked for an end yet?"""
        asked = self.first is not None or os.getppid() != self.parent
        return not (asked or self._parent_interrupted())

    def _parent_interrupted(self) -> bool:
        """make passes SIGTERM on but not SIGINT: it drops its handler and waits for us."""
        now = caught_signals(self.parent)
        lost = self.parent_catches & ~now if now else 0
        return any(catches(lost, number) for number in STOPPING)


def prepare(log: Path, request: StopRequest) -> None:
    """Database, static files, demo data. StartError when that fails or is interrupted."""
    with log.open("wb") as output:
        process = spawn(PREPARE, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    while process.poll() is None:
        if not request.wanted():
            process.terminate()
            process.wait()
            raise StartError("Stopped before the start was complete.")
        time.sleep(TICK / 4)
    if process.returncode:
        lines = log.read_text(errors="replace").strip().splitlines() or ["no reason was given."]
        reason = EXCEPTION.sub("", lines[-1])
        raise StartError(f"Fundus cannot start: {reason} More is in {log}.")


def answers(host: str, port: int) -> bool:
    """Does the web server answer at all? Something else may still be coming up."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def banner(url: str, settings: dict[str, str], logs: Path) -> str:
    lines = [f"Fundus is ready at {url}"]
    if settings.get("FUNDUS_DEMO", "").lower() in {"1", "on", "true", "yes"}:
        password = settings.get("FUNDUS_DEMO_PASSWORD", "")
        lines.append(f"Sign in as admin, manager, uploader or grader with the password {password}")
    return "\n".join([*lines, f"Stop it with Ctrl-C. Logs are in {logs}"])


def programs(logs: Path) -> list[Program]:
    return [
        Program("the web server", WEB, logs / "web.log", WEB_ENVIRONMENT),
        Program("the worker", WORKER, logs / "worker.log"),
    ]


def local_environment(place: Place, settings: dict[str, str]) -> dict[str, str]:
    """Hosts and base URL with the port of this start, unless somebody has chosen them."""
    url = f"http://{place.host}:{place.port}"
    defaults = {
        "HOST": place.host,
        "PORT": str(place.port),
        "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
        "PUBLIC_BASE_URL": url,
    }
    return {name: settings.get(name) or value for name, value in defaults.items()}


class Announcement:
    """Says once that the product is ready, as soon as that is so."""

    def __init__(self, place: Place, settings: dict[str, str], logs: Path) -> None:
        self.place = place
        self.text = banner(f"http://{place.host}:{place.port}", settings, logs)
        self.made = False
        self.late = time.monotonic() + START_PATIENCE

    def when_ready(self) -> None:
        if self.made:
            return
        if answers(self.place.host, self.place.port):
            self.made = True
            say(self.text)
        elif time.monotonic() > self.late:
            raise StartError(f"The web server has not answered within {START_PATIENCE} s.")


def run(request: StopRequest) -> int:
    settings = effective_settings(os.environ)
    place = check_place(os.environ)
    os.environ.update(local_environment(place, settings))
    logs = place.data_dir / "logs"
    logs.mkdir(exist_ok=True)
    prepare(logs / "prepare.log", request)
    supervisor = Supervisor(programs(logs))
    announce = Announcement(place, settings, logs)

    def wanted() -> bool:
        announce.when_ready()
        return request.wanted()

    supervisor.start()
    return supervisor.run(wanted, lambda: request.impatient)


def main() -> int:
    request = StopRequest()
    follow_parent(request.parent)
    os.chdir(ROOT)
    try:
        return run(request)
    except StartError as error:
        say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())

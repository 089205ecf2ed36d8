"""Web servers among slow clients: pages served, seconds for the slowest, uploads, memory.

`python -m bench.slow_clients` measures the product's own configuration, `--all` the candidates
too (`pip install granian cheroot` first). Every server runs the same small site.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple

import psutil

from tests.live.waiting import HOST
from tests.live_wire.crowd import Crowd
from tests.live_wire.server import SERVE, Server

APP = "tests.live_wire.app"
PICTURE = bytes(2 * 1024 * 1024)
PICTURES_EACH, SENDERS, ROUNDS = 16, 3, 7
OWN = "fundus/server.py"
CROWDS = {"heads": ["heads"], "bodies": ["bodies"], "both": ["heads", "bodies"]}


class Visits(NamedTuple):
    """How many of five pages came within three seconds, and the slowest of those (seconds)."""

    served: int
    slowest: float

    def __str__(self) -> str:
        return f"{self.served}/5 {self.slowest * 1000:.0f} ms" if self.served else "0/5"


def gunicorn(workers: int, threads: int) -> list[str]:
    shape = ["--workers", str(workers), "--threads", str(threads), "--no-control-socket"]
    return [sys.executable, "-m", "gunicorn", "-k", "gthread", *shape, "--bind", "{address}", APP]


def granian(workers: int, threads: int) -> list[str]:
    shape = ["--workers", str(workers), "--blocking-threads", str(threads)]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST]
    return [*command, "--port", "{port}", *shape, f"{APP}:application"]


def cheroot(threads: int) -> list[str]:
    bind = ["--bind", "{address}", "--threads", str(threads), "--timeout", "30"]
    return [sys.executable, "-m", "cheroot", *bind, f"{APP}:application"]


CANDIDATES: dict[str, Sequence[str]] = {
    OWN: SERVE,
    "gunicorn gthread 1x64": gunicorn(1, 64),
    "gunicorn gthread 1x128": gunicorn(1, 128),
    "gunicorn gthread 2x64": gunicorn(2, 64),
    "granian wsgi 2x64": granian(2, 64),
    "granian wsgi 1x512": granian(1, 512),
    "cheroot 1x64": cheroot(64),
    "cheroot 1x512": cheroot(512),
}


def visit(port: int) -> Visits:
    seconds = [each for _ in range(5) if (each := _one_visit(port)) is not None]
    return Visits(len(seconds), max(seconds, default=0))


def _one_visit(port: int) -> float | None:
    start = time.perf_counter()
    connection = http.client.HTTPConnection(HOST, port, timeout=3)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except OSError:
        return None
    finally:
        connection.close()
    return time.perf_counter() - start


def upload_rate(port: int) -> float:
    """MB/s of three clients who send pictures of 2 MB at once."""
    start = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(_send_pictures, [port] * SENDERS))
    return SENDERS * PICTURES_EACH * 2 / (time.perf_counter() - start)


def _send_pictures(port: int) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    for _ in range(PICTURES_EACH):
        connection.request("PUT", "/api/item", PICTURE, {"X-User": "a"})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
    connection.close()


def among_slow_clients(command: Sequence[str], clients: Sequence[int]) -> Iterator[str]:
    for count in clients:
        for manners in CROWDS.values():
            with Server(command) as server, Crowd(server.port, count, *manners):
                time.sleep(2)  # the crowd's own start is not what is measured
                yield str(visit(server.port))
                memory = max(_megabytes(each) for each in server.processes())
    yield f"{memory} MB"


def _megabytes(process: psutil.Process) -> int:
    return int(process.memory_info().rss) >> 20


def upload_rates(commands: Iterable[Sequence[str]]) -> list[float]:
    """Median MB/s of each server, all measured by turns: a machine is never quiet for long."""
    with ExitStack() as stack:
        ports = [stack.enter_context(Server(command)).port for command in commands]
        rounds = [[upload_rate(port) for port in ports] for _ in range(ROUNDS)]
    return [statistics.median(rates) for rates in zip(*rounds, strict=True)]


def table(columns: Sequence[str]) -> None:
    print("|", " | ".join(columns), "|\n|" + "---|" * len(columns))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clients", type=int, nargs="+", default=[60, 200])
    parser.add_argument("--all", action="store_true", help="the candidates too")
    parser.add_argument("--only", choices=CANDIDATES, nargs="+", default=[OWN])
    chosen = parser.parse_args()
    servers = {name: CANDIDATES[name] for name in (CANDIDATES if chosen.all else chosen.only)}
    crowds = [f"{count} slow {name}" for count in chosen.clients for name in CROWDS]
    table(["server", *crowds, "largest process"])
    for name, command in servers.items():
        print(
            "|", " | ".join([name, *among_slow_clients(command, chosen.clients)]), "|", flush=True
        )
    table(["server", "3 clients PUT 2 MB each, MB/s"])
    for name, rate in zip(servers, upload_rates(servers.values()), strict=True):
        print(f"| {name} | {rate:.0f} |")


if __name__ == "__main__":
    main()

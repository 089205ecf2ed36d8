"""The small site behind the product's own web server, as a real process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Self

import psutil

from fundus.commands import ROOT
from fundus.linux import spawn
from fundus.processes import descendants, kill_all
from tests.live.waiting import HOST, free_ports, listening, wait_until
from tests.live_wire.requests import LAST_FRONT

SERVE = (sys.executable, "-m", "gunicorn", "-c", "fundus/server.py", "tests.live_wire.app")


class Server:
    """A context manager; `env` adds to the server's environment.

    `{port}` and `{address}` in the command are replaced.
    """

    def __init__(self, command: Sequence[str] = SERVE, **env: str) -> None:
        self.port = free_ports(1)[0]
        address = f"{HOST}:{self.port}"
        self.command = [part.format(port=self.port, address=address) for part in command]
        self.url = f"http://{HOST}:{self.port}"
        self.home = tempfile.TemporaryDirectory(prefix="fundus-wire-")
        self.spool = Path(self.home.name) / "spool"
        self.spool.mkdir()
        self.log = Path(self.home.name) / "log"
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.live_wire.settings",
            "PORT": str(self.port),
            "TMPDIR": str(self.spool),
            **env,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("wb") as output:
            self.process = spawn(self.command, cwd=ROOT, env=self.env, stdout=output, stderr=output)
        wait_until(lambda: listening(self.port), what="the server listens")
        self._visit()  # the first one pays for what is loaded late
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        kill_all(self.processes())
        self.process.wait(10)
        self.home.cleanup()

    def stop(self) -> None:
        """End it in order."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(30)

    def processes(self) -> list[psutil.Process]:
        assert self.process is not None
        here = [psutil.Process(self.process.pid)] if self.process.poll() is None else []
        return [*here, *descendants(self.process.pid)]

    def connect(self) -> socket.socket:
        return socket.create_connection((HOST, self.port), timeout=20)

    def talk(self, *words: bytes) -> bytes:
        """Send all at once and listen until the server hangs up."""
        with self.connect() as client:
            client.sendall(b"".join(words))
            return everything(client)

    def page_seconds(self, visits: int = 5) -> float:
        """Median of some visits to the front page, each on a new connection."""
        return median(self._visit() for _ in range(visits))

    def _visit(self) -> float:
        start = time.perf_counter()
        assert b"front" in self.talk(LAST_FRONT)
        return time.perf_counter() - start


def push(client: socket.socket, pieces: Iterable[bytes]) -> int:
    """Send until all is sent or the server hangs up; bytes sent."""
    sent = 0
    with suppress(ConnectionError):
        for piece in pieces:
            client.sendall(piece)
            sent += len(piece)
    return sent


def hear(client: socket.socket, word: bytes) -> None:
    """Listen until the word has come; AssertionError if the server hangs up first."""
    heard = bytearray()
    while word not in heard:
        piece = client.recv(4096)
        assert piece, bytes(heard)
        heard += piece


def everything(client: socket.socket) -> bytes:
    """What comes until the server hangs up."""
    heard = bytearray()
    while piece := _receive(client):
        heard += piece
    return bytes(heard)


def _receive(client: socket.socket) -> bytes:
    try:
        return client.recv(65536)
    except ConnectionError:
        return b""

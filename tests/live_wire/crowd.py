"""Many slow clients at once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from itertools import cycle
from typing import Self

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-User: slow\r\nX-Slow: "
BODY = (
    b"PUT /api/item HTTP/1.1\r\nHost: localhost\r\nX-User: slow\r\n"
    b"Content-Type: application/octet-stream\r\nContent-Length: 5242880\r\n\r\n"
)
# What each sends at first, then how many bytes every second.
MANNERS = {
    "heads": (HEAD, 1),
    "stalled heads": (HEAD, 0),
    "bodies": (BODY, 50),
    "stalled bodies": (BODY, 0),
}


class Crowd:
    """`count` clients of the given manners, by turns, until the context ends."""

    def __init__(self, port: int, count: int, *manners: str) -> None:
        self.port = port
        self._manners = [m for m, _ in zip(cycle(manners), range(count), strict=False)]
        self._clients: list[tuple[socket.socket, int]] = []
        self._over = threading.Event()
        self._feeder = threading.Thread(target=self._feed, daemon=True)

    def __enter__(self) -> Self:
        self._clients = list(self._arrive())
        self._feeder.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._feeder.join()
        for client, _rate in self._clients:
            client.close()

    def _arrive(self) -> Iterator[tuple[socket.socket, int]]:
        for manner in self._manners:
            beginning, rate = MANNERS[manner]
            client = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            client.sendall(beginning)
            client.setblocking(False)
            yield client, rate

    def _feed(self) -> None:
        while not self._over.wait(1):
            for client, rate in self._clients:
                _send(client, b"x" * rate)

    def turned_away(self) -> int:
        """How many the server has answered or hung up on."""
        return sum(_ended(client) for client, _rate in self._clients)


def _send(client: socket.socket, data: bytes) -> None:
    try:
        client.send(data)
    except OSError:
        return  # turned away, as `turned_away` tells


def _ended(client: socket.socket) -> bool:
    try:
        client.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True

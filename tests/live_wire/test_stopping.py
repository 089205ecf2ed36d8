"""The server stops soon, and not in the middle of an answer."""

import time

import pytest

from tests.live_wire.crowd import Crowd
from tests.live_wire.requests import USER, head
from tests.live_wire.server import Server, everything, hear


@pytest.mark.parametrize(("manner", "seconds"), [("heads", 9), ("bodies", 15)])
def test_slow_clients_do_not_keep_it_running(manner: str, seconds: float) -> None:
    with Server() as server, Crowd(server.port, 60, manner):
        start = time.monotonic()
        server.stop()
        assert time.monotonic() - start < seconds


def test_an_answer_under_way_is_finished() -> None:
    with Server() as server, server.connect() as client:
        client.sendall(head(b"GET /slow?seconds=2", USER))
        hear(client, b"\r\na\r\n")
        server.stop()
        assert b"b" in everything(client)

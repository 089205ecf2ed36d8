"""Clients read why they are refused, though their body was not."""

import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.live_wire.requests import CHUNKED, USER, head, length
from tests.live_wire.server import Server, everything, push

MEGABYTE = 1024 * 1024
KNOWN = {"X-User": "alice"}


def megabytes(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield bytes(MEGABYTE)


@pytest.mark.parametrize("size", [10, 3 * MEGABYTE, 9 * MEGABYTE])
def test_a_stranger_reads_that_signing_in_is_needed(server: Server, size: int) -> None:
    answer = httpx.put(f"{server.url}/api/item", content=bytes(size))
    assert answer.status_code == 401
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("content", [bytes(7 * MEGABYTE), megabytes(7)])
def test_a_file_above_the_limit_is_refused_readably(
    server: Server, content: bytes | Iterator[bytes]
) -> None:
    answer = httpx.put(f"{server.url}/api/item", content=content, headers=KNOWN)
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


def test_a_body_above_the_limit_of_ordinary_views_is_refused(server: Server) -> None:
    answer = httpx.post(f"{server.url}/api/echo", content=bytes(3 * MEGABYTE), headers=KNOWN)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_strangers_may_send_less_than_others(server: Server) -> None:
    assert httpx.post(f"{server.url}/api/door", content=bytes(60_000)).status_code == 200
    assert httpx.post(f"{server.url}/api/door", content=bytes(70_000)).status_code == 413


def test_a_form_without_a_length_is_refused(server: Server) -> None:
    kind = b"Content-Type: multipart/form-data; boundary=x"
    heard = server.talk(head(b"POST /api/form", USER, kind, CHUNKED), b"3\r\nabc\r\n0\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 411 ")


def test_a_whole_form_above_the_cap_is_thrown_away_and_then_answered(server: Server) -> None:
    answer = httpx.post(f"{server.url}/api/form", content=bytes(60 * MEGABYTE), headers=KNOWN)
    assert (answer.status_code, answer.json()) == (413, {"whole": True})


def test_half_a_gigabyte_from_a_stranger_is_turned_away_early_and_stored_nowhere(
    server: Server,
) -> None:
    before = resident(server)
    with server.connect() as client:
        client.sendall(head(b"PUT /api/item", length(500 * MEGABYTE)))
        sent = push(client, megabytes(500))
        assert everything(client).startswith(b"HTTP/1.1 401 ")
    assert sent < 100 * MEGABYTE
    assert list(server.spool.iterdir()) == []
    assert resident(server) - before < 20 * MEGABYTE


@pytest.mark.parametrize("dribble", [b"", b"x"], ids=["stalled", "dribbling"])
def test_a_refusal_waits_two_seconds_at_most(server: Server, dribble: bytes) -> None:
    start = time.monotonic()
    with server.connect() as client:
        client.sendall(head(b"PUT /api/item", length(5000)))
        client.settimeout(0.2)
        while not (heard := _heard(client)):
            client.sendall(dribble)
            assert time.monotonic() - start < 10
    assert heard.startswith(b"HTTP/1.1 401 ")
    assert 1 < time.monotonic() - start < 4


def test_a_connection_whose_bodies_were_read_is_kept(server: Server) -> None:
    with httpx.Client(base_url=server.url, headers=KNOWN) as client:
        kept = [client.put("/api/item", content=b"abc") for _ in range(3)]
    streams = {id(each.extensions["network_stream"]) for each in kept}
    assert all(each.headers["connection"] == "keep-alive" for each in kept)
    assert len(streams) == 1


def resident(server: Server) -> int:
    return int(max(each.memory_info().rss for each in server.processes()))


def _heard(client: socket.socket) -> bytes:
    try:
        return client.recv(4096)
    except TimeoutError:
        return b""

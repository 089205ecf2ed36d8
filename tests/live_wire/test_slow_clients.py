"""Pages come at once, however many clients are slow and whatever they are slow at."""

import pytest

from tests.live.waiting import wait_until
from tests.live_wire.crowd import MANNERS, Crowd
from tests.live_wire.requests import FRONT, LAST_FRONT, head
from tests.live_wire.server import Server, everything, hear

AT_ONCE = 0.5  # seconds


@pytest.mark.parametrize("manner", MANNERS)
def test_sixty_slow_clients_hold_nobody_up(server: Server, manner: str) -> None:
    with Crowd(server.port, 60, manner):
        assert server.page_seconds() < AT_ONCE


def test_two_hundred_slow_clients_of_all_kinds_hold_nobody_up(server: Server) -> None:
    with Crowd(server.port, 200, *MANNERS):
        assert server.page_seconds() < AT_ONCE


def test_slow_heads_take_no_thread(narrow: Server) -> None:
    with Crowd(narrow.port, 60, "heads", "stalled heads"):
        assert narrow.page_seconds() < AT_ONCE


def test_a_slow_second_head_takes_no_thread(narrow: Server) -> None:
    with narrow.connect() as client:
        client.sendall(FRONT)
        hear(client, b"front")
        client.sendall(FRONT[:20])
        assert narrow.page_seconds() < AT_ONCE


@pytest.mark.parametrize("beginning", [FRONT[:20], b"\r\n\r\n", b"\r\n\r\n" + FRONT[:20]])
def test_what_little_came_along_with_the_request_before_takes_no_thread(
    narrow: Server, beginning: bytes
) -> None:
    with narrow.connect() as client:
        client.sendall(FRONT + beginning)
        hear(client, b"front")
        assert narrow.page_seconds() < AT_ONCE
        client.sendall(LAST_FRONT[len(beginning.lstrip()) :])
        assert b"front" in everything(client)


def test_a_client_that_stays_after_its_last_answer_holds_nobody_up(server: Server) -> None:
    clients = [server.connect() for _ in range(20)]
    for client in clients:
        client.sendall(LAST_FRONT)
        hear(client, b"front")
    assert server.page_seconds() < AT_ONCE
    for client in clients:
        client.close()


@pytest.mark.parametrize("kind", [b"long", b"file"])
def test_a_client_that_does_not_read_its_answer_is_given_up(kind: bytes) -> None:
    with Server(FUNDUS_READ_TIMEOUT="1") as server, server.connect() as client:
        client.sendall(head(b"GET /%s?size=50000000" % kind, b"X-User: alice"))
        wait_until(lambda: "stopped reading" in server.log.read_text(), what="given up")


@pytest.mark.parametrize("kind", [b"long", b"file"])
def test_a_long_answer_arrives_whole(server: Server, kind: bytes) -> None:
    last = b"Connection: close"
    heard = server.talk(head(b"GET /%s?size=9000000" % kind, b"X-User: alice", last))
    assert heard.count(b"\0") == 9_000_000

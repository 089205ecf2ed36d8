"""No byte of a body is ever taken for another request."""

from itertools import repeat

import pytest

from tests.live_wire.requests import CHUNKED, FRONT, LAST_FRONT, USER, head, length, statuses
from tests.live_wire.server import Server, everything, push

HIDDEN = head(b"GET /long?size=1", USER)


def test_a_refused_body_is_not_the_next_request(server: Server) -> None:
    heard = server.talk(head(b"PUT /api/item", length(len(HIDDEN))), HIDDEN, FRONT)
    assert statuses(heard) == [401]


def test_nor_is_the_rest_of_one_too_large_to_throw_away(server: Server) -> None:
    with server.connect() as client:
        client.sendall(head(b"PUT /api/item", length(40 * 1024 * 1024)))
        push(client, repeat(HIDDEN * 1000, 1000))
        assert statuses(everything(client)) == [401]


def test_a_body_its_view_did_not_look_at_is_passed_over(server: Server) -> None:
    heard = server.talk(head(b"POST /", length(len(HIDDEN))), HIDDEN, LAST_FRONT)
    assert statuses(heard) == [200, 200]


def test_nor_are_the_bytes_after_a_chunked_body_part_of_it(server: Server) -> None:
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)
    heard = server.talk(head(b"PUT /api/item", USER, CHUNKED), chunk, LAST_FRONT)
    assert statuses(heard) == [200, 200]
    assert b'"size": %d' % len(HIDDEN) in heard


@pytest.mark.parametrize(
    "headers",
    [
        (length(4), CHUNKED),
        (length(4), length(5)),
        (b"Content-Length: 4, 4",),
        (b"Content-Length: +4",),
        (b"Content-Length : 4",),
        (b"Content-Length: 4", b" folded: 5"),
        (b"Transfer-Encoding: chunked, identity",),
        (b"Transfer-Encoding: xchunked",),
        (b"Transfer_Encoding: chunked", CHUNKED, CHUNKED),
    ],
)
def test_an_ambiguous_length_ends_the_connection(
    server: Server, headers: tuple[bytes, ...]
) -> None:
    heard = server.talk(head(b"PUT /api/item", USER, *headers), b"0\r\n\r\n", FRONT)
    assert len(statuses(heard)) == 1
    assert statuses(heard)[0] >= 400

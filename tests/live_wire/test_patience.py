"""How long the server waits for what does not come."""

import json
import time

import httpx

from tests.live.waiting import wait_until
from tests.live_wire.crowd import Crowd
from tests.live_wire.requests import CHUNKED, FRONT, LAST_FRONT, USER, head, length
from tests.live_wire.server import Server, everything


def test_a_head_that_stops_is_answered_408(hasty: Server) -> None:
    assert hasty.talk(FRONT[:20]).startswith(b"HTTP/1.1 408 ")


def test_a_connection_without_a_request_is_closed_silently(hasty: Server) -> None:
    assert hasty.talk(b"") == b""


def test_heads_that_only_dribble_are_turned_away(hasty: Server) -> None:
    with Crowd(hasty.port, 3, "heads") as crowd:
        wait_until(lambda: crowd.turned_away() == 3, what="turned away")


def test_a_body_that_stops_is_given_up(hasty: Server) -> None:
    heard = hasty.talk(head(b"PUT /api/item", USER, length(100)), b"half")
    assert heard.startswith(b"HTTP/1.1 400 ")
    assert b'"Stalled"' in heard


def test_a_chunked_body_that_stops_is_given_up(hasty: Server) -> None:
    heard = hasty.talk(head(b"PUT /api/item", USER, CHUNKED), b"5\r\nhello\r\n")
    assert b'"Stalled"' in heard


def test_a_form_that_stops_is_given_up(hasty: Server) -> None:
    kind = b"Content-Type: multipart/form-data; boundary=x"
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nabc'
    heard = hasty.talk(head(b"POST /api/form", USER, kind, length(1000)), part)
    assert b'"Stalled"' in heard


def test_a_small_body_that_stops_is_given_up_before_the_view(hasty: Server) -> None:
    heard = hasty.talk(head(b"POST /api/echo", USER, length(100)), b"half")
    assert heard.startswith(b"HTTP/1.1 408 ")


def test_a_body_that_keeps_coming_may_take_longer_than_the_time_out(hasty: Server) -> None:
    with hasty.connect() as client:
        client.sendall(head(b"PUT /api/item", USER, length(6), b"Connection: close"))
        for letter in b"abcdef":
            client.sendall(bytes([letter]))
            time.sleep(0.3)
        assert b'"size": 6' in everything(client)


def test_a_client_that_leaves_within_a_body_is_noticed(server: Server) -> None:
    with server.connect() as client:
        client.sendall(head(b"PUT /api/item", USER, length(100)) + b"half")
        client.shutdown(1)
        assert b'"Cut"' in everything(client)


def test_a_malformed_chunk_is_the_end_of_the_connection(server: Server) -> None:
    heard = server.talk(head(b"PUT /api/item", USER, CHUNKED), b"zz\r\nhello\r\n", FRONT)
    assert b'"Cut"' in heard
    assert b"front" not in heard


def test_empty_lines_before_a_request_are_ignored(server: Server) -> None:
    assert b"front" in server.talk(b"\r\n\r\n\r\n", LAST_FRONT)


def test_a_head_without_end_is_refused(server: Server) -> None:
    heard = server.talk(FRONT[:-2], b"X-Long: " + b"x" * 70_000)
    assert heard.startswith(b"HTTP/1.1 431 ")


def test_a_body_arrives_whole_whichever_way_it_is_sent(server: Server) -> None:
    body = bytes(range(256)) * 8192
    for content in (body, iter([body[:1000], body[1000:]])):
        answer = httpx.put(f"{server.url}/api/item", content=content, headers={"X-User": "a"})
        assert answer.json()["size"] == len(body)


def test_a_chunked_body_reaches_a_view_that_knows_nothing_of_it(server: Server) -> None:
    sent = json.dumps({"md5": ["a" * 32] * 100}).encode()
    answer = httpx.post(
        f"{server.url}/api/echo", content=iter([sent[:9], sent[9:]]), headers={"X-User": "a"}
    )
    assert answer.content == sent

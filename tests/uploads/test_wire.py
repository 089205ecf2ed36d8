"""Reading bodies without a server, as under Django's test client."""

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from uploads import wire


def put(body: bytes) -> HttpRequest:
    return RequestFactory().put("/", body, content_type="application/octet-stream")


def test_the_body_comes_in_pieces() -> None:
    pieces = list(wire.chunks(put(b"abcdefgh"), limit=None, size=3))
    assert pieces == [b"abc", b"def", b"gh"]


def test_a_body_of_exactly_the_limit_passes() -> None:
    assert wire.read_all(put(b"12345"), limit=5) == b"12345"


def test_an_announced_length_above_the_limit_is_refused_before_a_byte_is_read() -> None:
    request = put(b"123456")
    with pytest.raises(wire.TooLarge):
        next(wire.chunks(request, limit=5))
    assert request.read() == b"123456"


def test_no_body_gives_no_pieces() -> None:
    assert list(wire.chunks(RequestFactory().get("/"), limit=5)) == []


def test_a_drained_body_is_gone() -> None:
    request = put(b"123456")
    assert wire.drain(request, max_bytes=None, seconds=5)
    assert request.read() == b""


def test_draining_stops_at_the_given_number_of_bytes() -> None:
    request = put(bytes(3 * 256 * 1024))
    assert not wire.drain(request, max_bytes=256 * 1024, seconds=5)
    assert len(request.read()) == 2 * 256 * 1024


@pytest.mark.parametrize("value", ["", "none", "-3"])
def test_a_content_length_that_is_no_number_counts_as_none(value: str) -> None:
    request = RequestFactory().get("/", CONTENT_LENGTH=value)
    assert wire.content_length(request) == 0

"""Requests byte by byte, for what well-behaved clients never send."""


def head(line: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([line + b" HTTP/1.1", b"Host: localhost", *headers, b"", b""])


FRONT = head(b"GET /")
LAST_FRONT = head(b"GET /", b"Connection: close")
USER = b"X-User: alice"
CHUNKED = b"Transfer-Encoding: chunked"


def length(count: int) -> bytes:
    return b"Content-Length: %d" % count


def statuses(heard: bytes) -> list[int]:
    """The status of each answer."""
    return [int(answer[:3]) for answer in heard.split(b"HTTP/1.1 ")[1:]]

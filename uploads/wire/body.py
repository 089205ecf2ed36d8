"""Reading a request's body piece by piece, whichever way its length is told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.http import HttpRequest, UnreadablePostError

from uploads.wire.line import close_connection, has_stalled, reading_ends, release_database

PIECE = 256 * 1024  # bytes


class TooLarge(Exception):
    """The body has more bytes than it may have."""


class Interrupted(Exception):
    """The body will not come to its end."""


class Stalled(Interrupted):
    """Nothing came for the whole read time-out."""


class Cut(Interrupted):
    """The client went away too soon, or sent what is no body."""


def is_chunked(request: HttpRequest) -> bool:
    """Does the body come with `Transfer-Encoding: chunked`, its length unknown?"""
    return "HTTP_TRANSFER_ENCODING" in request.META


def content_length(request: HttpRequest) -> int:
    """Bytes the body announces; 0 where it announces nothing, as with chunked encoding."""
    try:
        return max(0, int(request.META.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def has_body(request: HttpRequest) -> bool:
    return is_chunked(request) or content_length(request) > 0


def chunks(request: HttpRequest, *, limit: int | None, size: int = PIECE) -> Iterator[bytes]:
    """The raw body in pieces of at most `size` bytes; no database connection is held meanwhile.

    Raises TooLarge where more than `limit` bytes are announced or come, Stalled after the read
    time-out without progress, Cut where the body ends too soon. After the last two the connection
    is closed.
    """
    announced = content_length(request)
    if limit is not None and announced > limit:
        raise TooLarge
    release_database()
    seen = 0
    while piece := _read(request, size if limit is None else min(size, limit + 1 - seen)):
        seen += len(piece)
        if limit is not None and seen > limit:
            raise TooLarge
        yield piece
    if seen < announced:
        close_connection(request)
        raise Cut


def read_all(request: HttpRequest, *, limit: int) -> bytes:
    """The whole body, chunked or not; errors as for `chunks`."""
    return b"".join(chunks(request, limit=limit))


@contextmanager
def read_body_guard(request: HttpRequest) -> Iterator[None]:
    """Around Django's own reading of a body, its form parser's above all; errors as for `chunks`.

    What goes wrong with the disk meanwhile passes through unchanged.
    """
    release_database()
    try:
        yield
    except UnreadablePostError as error:
        raise _interruption(request, error) from error


def drain(request: HttpRequest, *, max_bytes: int | None, seconds: float) -> bool:
    """Read the rest of the body and throw it away; True once its end was reached.

    Ends after `max_bytes` or `seconds`, however slowly the client sends. Unless the end was
    reached, the connection is closed after the answer.
    """
    return throw_away(request, max_bytes=max_bytes, seconds=seconds)[1]


def drain_form(request: HttpRequest) -> bool:
    """Throw away a form too large to look into; browsers read the answer only after sending it."""
    close_connection(request)
    seconds = settings.REFUSED_FORM_DRAIN.total_seconds()
    return drain(request, max_bytes=None, seconds=seconds)


def throw_away(request: HttpRequest, *, max_bytes: int | None, seconds: float) -> tuple[int, bool]:
    """As `drain`, telling the number of bytes too."""
    seen, ended = 0, False
    if not has_stalled(request):
        release_database()
        with reading_ends(request, seconds=seconds) as end:
            for count in _thrown(request):
                seen += count
                ended = count == 0
                if time.monotonic() > end or (max_bytes is not None and seen >= max_bytes):
                    break
    if not ended:
        close_connection(request)
    return seen, ended


def _thrown(request: HttpRequest) -> Iterator[int]:
    """Bytes of each piece read, 0 at the end of the body; ends without where the line breaks."""
    try:
        while piece := _read(request, PIECE):
            yield len(piece)
        yield 0
    except Interrupted:
        return


def _read(request: HttpRequest, size: int) -> bytes:
    try:
        piece: bytes = _source(request).read(size)
    except OSError as error:
        raise _interruption(request, error) from error
    return piece


def _source(request: HttpRequest) -> Any:
    """A server that ends the input itself knows the length of chunked bodies; Django does not."""
    return request.META["wsgi.input"] if request.META.get("wsgi.input_terminated") else request


def _interruption(request: HttpRequest, error: OSError) -> Interrupted:
    close_connection(request)
    late = isinstance(error, TimeoutError) or isinstance(error.__cause__, TimeoutError)
    return Stalled() if late else Cut()

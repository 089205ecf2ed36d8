"""gunicorn's threaded worker, made safe against clients that send slowly or not at all.

Plain gunicorn gives a connection to a thread with its first byte, and the thread then waits for
the rest of the head for ever. Here the event loop gathers heads, so that slow ones cost a file
descriptor each and no thread. The application still gets its request before the body has come.
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from django.conf import settings
from gunicorn import util
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import TConn, ThreadWorker

from fundus.clientsocket import ClientSocket

HEAD_END = b"\r\n\r\n"
HEAD_LIMIT = 64 * 1024  # bytes, request line and headers together
HEAD_PATIENCES = 2  # a head may take this many read time-outs in all
READ_AHEAD = 256 * 1024  # bytes: what one request holds of its body
LINGER = 2.0  # seconds
SWEEP_EVERY = 0.25  # seconds


class Connection(TConn):  # type: ignore[misc]
    """A connection and what has come of the next request's head."""

    def __init__(self, cfg: Any, client: ClientSocket, address: Any, server: Any) -> None:
        super().__init__(cfg, client, address, server)
        self.data_ready = True
        self.head = bytearray()
        self.head_began = self.head_grew = 0.0

    def await_head(self) -> None:
        self.head_began = self.head_grew = time.monotonic()
        if self.parser is not None:
            self.add(self.parser.unreader.take_buffered())
        self.sock.setblocking(False)

    def receive_head(self) -> bool:
        """Take what has come; False once the client is gone."""
        piece = self.sock.recv(8192)
        self.add(piece)
        self.head_grew = time.monotonic()
        return bool(piece)

    def add(self, piece: bytes) -> None:
        # Empty lines before a request mean nothing, but two of them look like the end of a head.
        self.head += piece if self.head else piece.lstrip(b"\r\n")

    def give_head_to_parser(self) -> None:
        self.init()
        unreader = self.parser.unreader
        unreader.max_body_chunk = READ_AHEAD
        unreader.unread(bytes(self.head))
        self.head.clear()

    def is_late(self, now: float, *, stopping: bool) -> bool:
        patience = min(LINGER, self.sock.patience) if stopping else self.sock.patience
        whole = LINGER if stopping else patience * HEAD_PATIENCES
        return now - self.head_grew > patience or now - self.head_began > whole

    def answer(self, status: str) -> None:
        """Send a bare answer as far as that goes without waiting."""
        answer = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        with suppress(OSError):
            self.sock.send(answer.encode())

    def close(self, graceful: bool = False) -> None:
        """At once: whoever lingers for a client does so in a thread, not in the event loop."""
        util.close(self.sock)


class WireReader:
    """A body's reader whose every failure is an OSError, as WSGI applications expect."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader

    def read(self, size: int) -> bytes:
        try:
            piece: bytes = self.reader.read(size)
        except ParseException as error:
            raise ConnectionError("malformed body") from error
        return piece


class WebWorker(ThreadWorker):  # type: ignore[misc]
    """Gives a connection to a thread once its next request's head is complete."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patience = settings.READ_TIMEOUT.total_seconds()
        self.heads: set[Connection] = set()
        self.next_sweep = 0.0

    def accept(self, listener: Any) -> None:
        try:
            accepted, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        client = ClientSocket(accepted, self.patience)
        self.enqueue_req(Connection(self.cfg, client, address, listener.getsockname()))

    def enqueue_req(self, conn: Connection) -> None:
        """Every way of gunicorn's to a thread comes by here first."""
        conn.await_head()
        self.heads.add(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.receive_head, conn))
        self.judge_head(conn)

    def receive_head(self, conn: Connection, _client: ClientSocket) -> None:
        try:
            alive = conn.receive_head()
        except BlockingIOError:
            return
        except OSError:
            alive = False
        if alive:
            self.judge_head(conn)
        else:
            self.turn_away(conn, None)

    def judge_head(self, conn: Connection) -> None:
        if HEAD_END in conn.head:
            self.let_go(conn)
            conn.give_head_to_parser()
            super().enqueue_req(conn)
        elif len(conn.head) > HEAD_LIMIT:
            self.turn_away(conn, "431 Request Header Fields Too Large")

    def turn_away(self, conn: Connection, status: str | None) -> None:
        """Close, after a bare answer unless the client has left or never asked."""
        self.let_go(conn)
        if status:
            conn.answer(status)
        conn.close()
        self.nr_conns -= 1

    def let_go(self, conn: Connection) -> None:
        self.heads.discard(conn)
        self.poller.unregister(conn.sock)

    def murder_pending(self) -> None:
        """Called by the event loop at every turn: ends the wait for heads that do not come."""
        now = time.monotonic()
        if now < self.next_sweep:
            return
        self.next_sweep = now + SWEEP_EVERY
        for conn in [each for each in self.heads if each.is_late(now, stopping=not self.alive)]:
            self.turn_away(conn, "408 Request Timeout" if conn.head else None)

    def handle(self, conn: Connection) -> Any:
        kept = super().handle(conn)
        if not kept:
            util.close_graceful(conn.sock, timeout=LINGER)
        return kept

    def handle_request(self, req: Any, conn: Connection) -> Any:
        conn.sock.serve(req)
        req.body.reader = WireReader(req.body.reader)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            if not conn.sock.stalled:
                raise
            self.log.info("A client stopped reading its answer.")
            return False

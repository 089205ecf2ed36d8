"""Await a condition instead of sleeping; find free ports."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

HOST = "127.0.0.1"
T = TypeVar("T")


def wait_until(
    condition: Callable[[], T], *, timeout: float = 30, every: float = 0.02, what: str = ""
) -> T:
    """The first truthy result of the condition; AssertionError after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout:g} s: {what or condition!r}")
        time.sleep(every)
    return result


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


def listening(port: int) -> bool:
    """Does something accept connections on the loopback port?"""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0

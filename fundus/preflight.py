"""What can be known to be wrong before anything is installed or started."""

import fcntl
import os
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from fundus.console import StartError
from fundus.dotenv import ROOT, effective_settings

HIGHEST_PORT = 65535


class Place(NamedTuple):
    """Where the product will listen and keep its data."""

    host: str
    port: int
    data_dir: Path


def check_place(environment: Mapping[str, str]) -> Place:
    """StartError when nothing could listen or be written there."""
    settings = effective_settings(environment)
    host = settings.get("HOST") or "127.0.0.1"
    place = Place(host, chosen_port(settings), chosen_data_dir(settings))
    check_data_dir(place.data_dir)
    check_port(place.host, place.port)
    return place


def chosen_data_dir(settings: Mapping[str, str]) -> Path:
    return ROOT / (settings.get("FUNDUS_DATA_DIR") or "var")


def chosen_port(settings: Mapping[str, str]) -> int:
    text = settings.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) <= HIGHEST_PORT:
        raise StartError(f"PORT is a number from 1 to {HIGHEST_PORT}, not “{text}”.")
    return int(text)


def check_port(host: str, port: int) -> None:
    """Can a server listen there?"""
    with socket.socket() as probe:
        # As the server itself does: connections of the last run may still be closing.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartError(
                f"Port {port} cannot be used ({_reason(error)}): stop what uses it,"
                f" or choose another with `make run PORT={port + 1}`."
            ) from error


def check_data_dir(path: Path) -> None:
    """Can files be made there? Creates the directory."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise StartError(
            f"The data directory {path} cannot be written ({_reason(error)}):"
            " give it to this user, or set FUNDUS_DATA_DIR to another place."
        ) from error


def lock(file: Path, *, wait: bool, message: str = "") -> int:
    """Lock an existing file for this process until the descriptor is closed; the descriptor.

    It survives `exec` but no child inherits it. StartError with the message when it is taken.
    """
    descriptor = os.open(file, os.O_RDWR)
    os.set_inheritable(descriptor, True)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError as error:
        os.close(descriptor)
        raise StartError(message) from error
    return descriptor


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()

"""One JSON object per line, without anything a client or a file has brought along.

Our own sentences are written whole; they name things by number. Of other programs' sentences only
the fixed part is kept, because the rest may be an address, a file name or a header. A traceback
says where and what kind, not with which values: an exception's text often quotes what it met.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gunicorn.glogging import Logger

from accounts import origin

OURS = {"fundus", "uploads", "jobs", "accounts"}
LEFT_OUT = "…"
QUOTES_A_CLIENT = "Invalid request from"


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message(record),
        }
        where = origin.current()
        if where.request_id:
            line["request_id"] = where.request_id
        if where.task:
            line["task"] = where.task
        if record.exc_info and record.exc_info[1]:
            line["traceback"] = without_values(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's log in the same lines."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())


# --- Messages -----------------------------------------------------------------------------


def message(record: logging.LogRecord) -> str:
    top = record.name.split(".")[0]
    if top in OURS:
        return _filled(record.msg, record.args, _ours)
    if record.name.startswith("django.security"):
        return f"refused: {record.name.rpartition('.')[2]}"
    if record.name.startswith("django.request"):
        return _request(record)
    if top == "gunicorn" and record.levelno < logging.WARNING:
        return record.getMessage()  # about itself: processes, addresses to listen at
    text = _filled(record.msg, record.args, _others)
    if text.startswith(QUOTES_A_CLIENT):
        return "a malformed request was refused"
    # django-q2 appends what a task came to, traceback and all.
    return text.partition("\n")[0].partition(" - ")[0]


def _request(record: logging.LogRecord) -> str:
    """The view by its name: the path may hold tokens, and what somebody made up."""
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    status = getattr(record, "status_code", "")
    return f"answered {status}: {match.view_name if match else 'no view'}"


def _filled(template: object, args: Any, keep: Any) -> str:
    if isinstance(template, BaseException):
        return described(template)
    if not args:
        return str(template)
    kept: Any = (
        {name: keep(value) for name, value in args.items()}
        if isinstance(args, Mapping)
        else tuple(keep(value) for value in args)
    )
    try:
        return f"{str(template) % kept}"
    except (TypeError, ValueError):  # %d for what was left out
        return str(template)


def _ours(value: object) -> object:
    return described(value) if isinstance(value, BaseException) else value


def _others(value: object) -> object:
    return value if isinstance(value, int | float) else LEFT_OUT


# --- Exceptions ---------------------------------------------------------------------------


def described(error: BaseException) -> str:
    """The kind of error, and the code that the system or the database gave it."""
    codes = (getattr(error, name, None) for name in ("strerror", "sqlstate", "sqlite_errorname"))
    reason = next(filter(None, codes), None)
    return f"{type(error).__name__} ({reason})" if reason else type(error).__name__


def without_values(error: BaseException) -> str:
    """A traceback in Python's order, the first cause first."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = "".join(traceback.format_list(traceback.extract_tb(current.__traceback__)))
        lines.insert(0, f"{frames}{described(current)}")
        context = None if current.__suppress_context__ else current.__context__
        current = current.__cause__ or context
    return "\n\n".join(lines)

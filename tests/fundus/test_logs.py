"""A log line says what happened and to which number, and repeats nothing it was given."""

from __future__ import annotations

import json
import logging
import sqlite3
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from fundus.logs import JsonLines
from tests import cast

SECRET = "Smith_Anna_1956-03-12.jpg"
Lines = list[dict[str, Any]]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """What is logged, as the product writes it."""
    written: Lines = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(JsonLines().format(record)))

    handler = Kept()
    caplog.handler.addFilter(lambda record: handler.handle(record) or True)
    caplog.set_level(logging.INFO)
    return written


def say(logger: str, *args: object, **options: Any) -> None:
    logging.getLogger(logger).warning(*args, **options)


def test_our_own_sentences_are_whole(lines: Lines) -> None:
    say("uploads.tasks", "item %s: attempt %s failed", 7, 2)
    assert (lines[0]["logger"], lines[0]["message"]) == (
        "uploads.tasks",
        "item 7: attempt 2 failed",
    )
    assert lines[0]["at"].endswith("+00:00")


def test_an_exception_in_them_is_named_by_its_kind(lines: Lines) -> None:
    say("jobs.removal", "kept in mind (%s)", FileNotFoundError(2, "No such file", SECRET))
    assert lines[0]["message"] == "kept in mind (FileNotFoundError (No such file))"


@pytest.mark.parametrize(
    ("logger", "template", "args"),
    [
        ("urllib3", "Retrying %s after %d", (SECRET, 2)),
        ("boto", "Failed %(what)s", ({"what": SECRET},)),
        ("boto", "%d times", (Decimal(3),)),
        ("django.security.DisallowedHost", f"Invalid HTTP_HOST header: {SECRET}", ()),
        ("django.security.csrf", "Forbidden (%s): %s", (SECRET, SECRET)),
        ("django-q", f"Failed 'task' (one) - ValueError: {SECRET}", ()),
        ("django-q", f"Failed\n{SECRET}", ()),
        ("gunicorn.error", f"Invalid request from ip=127.0.0.1: {SECRET}", ()),
        ("gunicorn.error", "Error handling request %s", (SECRET,)),
        ("gunicorn.error", ValueError(SECRET), ()),
    ],
)
def test_of_others_only_the_fixed_part_is_kept(
    lines: Lines, logger: str, template: object, args: tuple[object, ...]
) -> None:
    say(logger, template, *args)
    assert SECRET not in json.dumps(lines)
    assert lines[0]["message"]


def test_a_traceback_says_where_and_not_with_what(lines: Lines) -> None:
    try:
        try:
            int(SECRET)
        except ValueError as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError:
        logging.getLogger("uploads").exception("it broke")
    assert SECRET not in json.dumps(lines)
    assert lines[0]["traceback"].index("ValueError") < lines[0]["traceback"].index("RuntimeError")
    assert "test_logs.py" in lines[0]["traceback"]


def test_newlines_forge_no_line() -> None:
    record = logging.LogRecord("uploads", 30, "", 1, "a\n{%s}", ("b\r\nc",), None)
    assert len(JsonLines().format(record).splitlines()) == 1


@pytest.mark.urls("tests.fundus.faulty")
def test_a_fault_is_logged_by_its_view_and_mailed_to_nobody(
    lines: Lines, alice: User, settings: Settings
) -> None:
    settings.ADMINS = [("Adam", "adam@example.org")]
    client = cast.signed_in(alice, raise_request_exception=False)
    answer = client.post(f"/fail/broken?filename={SECRET}", {"note": SECRET})
    [line] = [line for line in lines if line["logger"] == "django.request"]
    assert line["message"].startswith("answered 500: ")
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert not {SECRET, "Smith_Ann.jpg", "/fail/"} & set(json.dumps(line).split('"'))
    assert "Smith" not in json.dumps(lines)
    assert mail.outbox == []


def test_a_foreign_host_is_logged_without_its_name(lines: Lines, client: Client) -> None:
    client.get("/help", HTTP_HOST=f"{SECRET}.example")
    assert [line["message"] for line in lines] == ["refused: DisallowedHost"]


def test_the_databases_own_code_is_told(lines: Lines) -> None:
    try:
        sqlite3.connect(":memory:").execute("SELECT Smith_Anna")
    except sqlite3.OperationalError:
        logging.getLogger("uploads").exception("it broke")
    assert lines[0]["traceback"].endswith("OperationalError (SQLITE_ERROR)")

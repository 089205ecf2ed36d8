"""The announcement of a job by a script: JSON in, an order or a complaint out."""

from __future__ import annotations

import json
import re
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from jobs.codes import Code, sentence
from uploads import limits
from uploads.forms import ChoicesForm, is_on
from uploads.intake import Incoming, Order

MD5 = re.compile(r"[0-9a-f]{32}")
LARGEST_NUMBER = 2**53
FIELDS = ("hospital", "lab_unit", "camera", "disease", "area", "client_key")
FLAGS = ("mydriatic", "pregraded")


class Complaint(Exception):
    """The manifest cannot be accepted; nothing has been made of it. Answered with `status`."""

    def __init__(
        self, error: str, code: str, fields: dict[str, str] | None = None, status: int = 422
    ) -> None:
        super().__init__(code)
        self.error, self.code, self.fields, self.status = error, code, fields or {}, status


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a request's body. Raises Complaint (400)."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Complaint(_("The request is not valid JSON."), "invalid", status=400) from error
    if not isinstance(data, dict):
        raise Complaint(_("The request is not a JSON object."), "invalid", status=400)
    return data


def read_order(data: dict[str, Any], user: User) -> Order:
    """A checked order. Choices are judged first, then the files. Raises Complaint."""
    form = ChoicesForm(_as_form(data), user=user)
    if not form.is_valid():
        raise Complaint(*form.complaint())
    files, rejected = _entries(data, "files"), _entries(data, "rejected")
    if not files and not rejected:
        raise Complaint(sentence(Code.NO_FILE), Code.NO_FILE)
    if len(files) > limits.current().max_files:
        raise Complaint(sentence(Code.TOO_MANY_FILES), Code.TOO_MANY_FILES)
    if len(rejected) > settings.MAX_REJECTED_IN_MANIFEST:
        most = settings.MAX_REJECTED_IN_MANIFEST
        raise _bad("rejected", _("At most %(most)d rejected files") % {"most": most})
    return Order(
        user=user,
        choices=form.choices(),
        files=[_announced(entry, n) for n, entry in enumerate(files)],
        rejected=[_rejected(entry, n) for n, entry in enumerate(rejected)],
        client_key=form.key(),
    )


def read_hashes(data: dict[str, Any]) -> list[str]:
    """The MD5 hashes of a look-up. Raises Complaint."""
    hashes = data.get("md5")
    if not isinstance(hashes, list) or not all(
        isinstance(text, str) and MD5.fullmatch(text.lower()) for text in hashes
    ):
        raise _bad("md5", _("A list of MD5 hashes, each of 32 hexadecimal digits"))
    most = limits.current().max_files
    if len(hashes) > most:
        raise _bad("md5", _("At most %(most)d hashes") % {"most": most})
    return [text.lower() for text in hashes]


def _as_form(data: dict[str, Any]) -> dict[str, str]:
    posted = {
        name: str(data[name])
        for name in FIELDS
        if isinstance(data.get(name), str | int) and not isinstance(data[name], bool)
    }
    return posted | {name: "on" for name in FLAGS if is_on(data.get(name))}


def _entries(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entries = data.get(name) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _bad(name, _("A list of objects"))
    return entries


def _announced(entry: dict[str, Any], n: int) -> Incoming:
    md5 = entry.get("md5")
    if not isinstance(md5, str) or not MD5.fullmatch(md5.lower()):
        raise _bad("files", _("File %(n)d: md5 has 32 hexadecimal digits") % {"n": n})
    return Incoming(_name(entry, n), _size(entry, n), md5.lower())


def _rejected(entry: dict[str, Any], n: int) -> Incoming:
    if entry.get("code") not in Code.values:
        raise _bad("rejected", _("File %(n)d: unknown code") % {"n": n})
    code = Code(entry["code"])
    return Incoming(_name(entry, n), _size(entry, n), "", code=code, rejected=True)


def _name(entry: dict[str, Any], n: int) -> str:
    if not isinstance(entry.get("name"), str):
        raise _bad("files", _("File %(n)d has no name") % {"n": n})
    return str(entry["name"])


def _size(entry: dict[str, Any], n: int) -> int:
    size = entry.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < LARGEST_NUMBER:
        raise _bad("files", _("File %(n)d: size is a number of bytes") % {"n": n})
    return size


def _bad(field: str, problem: str) -> Complaint:
    return Complaint(problem, "invalid", {field: problem})

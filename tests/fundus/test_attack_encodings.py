"""Requests that claim to be written in encodings no browser uses."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import httpx
import pytest
from django.core.exceptions import TooManyFieldsSent
from django.test import RequestFactory

from fundus.requests import Request
from fundus.wsgi import application
from tests.live.system import System

FORM = b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n\\ud800\r\n--x--\r\n'
OF_ANY_CHARACTER = ["unicode_escape", "utf-7", "nonsense"]
OF_NO_TEXT = ["rot13", "hex", "idna", "undefined"]
OF_OTHER_BYTES = ["utf-16", "utf-32", "latin-1", "cp037", '"utf-16"', '"utf-16', "'utf-16'"]
ODD = ["", "é", '"a b"', '"\x00"', "..", "__init__", "x" * 8000, '"' + '\\"' * 4000 + '"']
CHARSETS = [*OF_ANY_CHARACTER, *OF_NO_TEXT, *OF_OTHER_BYTES, *ODD]
UNREADABLE = [
    "text/plain; charset*=nonsense''x",
    "text/plain; charset*=undefined''x",
    "text/plain; charset*0=a; charset*=b",
    "multipart/form-data; boundary*=idna''%ff",
]
ADDRESSES = ["/", "/healthz", "/accounts/login", "/direct/dashboard", "/api/uploads/check", "/no"]


def answered(path: str, content_type: str, **environ: Any) -> tuple[int, bytes]:
    """Status and body, as the server would hand the request in and take the answer."""
    asked = RequestFactory().get(path).environ | {"CONTENT_TYPE": content_type} | environ
    seen: list[str] = []

    def start_response(status: str, *_headers: object) -> Callable[[bytes], object]:
        seen.append(status)
        return bytes

    answer = application(asked, start_response)
    return int(seen[0][:3]), b"".join(answer)


def read(query: str, content_type: str, **environ: Any) -> Request:
    asked = RequestFactory().get("/", query_params={}).environ | {"QUERY_STRING": query}
    return Request(asked | {"CONTENT_TYPE": content_type} | environ)


@pytest.mark.parametrize("charset", CHARSETS, ids=lambda each: each[:12])
def test_addresses_are_read_as_utf_8(charset: str) -> None:
    request = read("filename=%5Cud800%2B2AA-%C3%A9", f"text/plain; charset={charset}")
    assert request.GET["filename"] == "\\ud800+2AA-é"


@pytest.mark.parametrize("charset", [*OF_ANY_CHARACTER, *OF_NO_TEXT, *OF_OTHER_BYTES])
def test_forms_are_read_as_utf_8(charset: str) -> None:
    length = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(FORM))}
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    request = read("", kind, **length, **{"wsgi.input": BytesIO(FORM)})
    assert request.POST["login"] == "\\ud800"


@pytest.mark.parametrize("content_type", UNREADABLE)
def test_a_content_type_that_cannot_be_read_is_none(content_type: str) -> None:
    request = read("page=2", content_type)
    assert (request.content_type, request.content_params) == ("", {})
    assert request.GET["page"] == "2"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("content_type", ["text/plain; charset=utf-16", *UNREADABLE])
def test_every_address_answers_as_it_does_without(path: str, content_type: str) -> None:
    plain, odd = (answered(f"{path}?a=1", each) for each in ("", content_type))
    assert odd[0] == plain[0]
    assert odd[0] in {200, 302, 401, 404, 503}


def test_an_address_of_too_many_names_is_refused_by_whoever_reads_it() -> None:
    request = read("&".join(f"a{n}=1" for n in range(1001)), "text/plain; charset=utf-8")
    with pytest.raises(TooManyFieldsSent):
        assert request.GET


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "nonsense", '"utf-32"', "x" * 4000])
def test_the_server_reads_utf_8_whatever_is_claimed(system: System, charset: str) -> None:
    odd = {"Content-Type": f"text/plain; charset={charset}"}
    page = httpx.get(f"{system.url}/accounts/login?next=/direct/d%C3%A9", headers=odd)
    assert page.status_code == 200
    assert 'value="/direct/dé"' in page.text


@pytest.mark.parametrize("content_type", UNREADABLE)
def test_the_server_answers_whatever_cannot_be_read(system: System, content_type: str) -> None:
    odd = {"Content-Type": content_type}
    page = httpx.get(f"{system.url}/accounts/login?next=/", headers=odd)
    asked = httpx.post(f"{system.url}/api/uploads/check?a=1", headers=odd, content=b"{}")
    assert (page.status_code, asked.status_code) == (200, 401)
    assert asked.json()["code"] == "not_signed_in"

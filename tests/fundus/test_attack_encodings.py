"""Requests that claim to be written in encodings no browser uses."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests import cast

FORM = b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n\\ud800\r\n--x--\r\n'
OF_ANY_CHARACTER = ["unicode_escape", "utf-7", "nonsense"]
OF_NO_TEXT = ["rot13", "hex", "idna", "undefined"]


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", [*OF_ANY_CHARACTER, *OF_NO_TEXT])
def test_forms_of_strangers_are_read_as_utf_8(encoding: str) -> None:
    content_type = f"multipart/form-data; boundary=x; charset={encoding}"
    answer = Client().generic("POST", "/accounts/login", FORM, content_type=content_type)
    assert (answer.status_code, answer.context["form"].data["login"]) == (200, "\\ud800")


@pytest.mark.parametrize("encoding", OF_ANY_CHARACTER)
def test_addresses_are_read_as_utf_8(alice: User, encoding: str) -> None:
    answer = cast.signed_in(alice).get(
        "/direct/dashboard?filename=%5Cud800%2B2AA-",
        headers={"Content-Type": f"text/plain; charset={encoding}"},
    )
    assert answer.context["form"].data["filename"] == "\\ud800+2AA-"

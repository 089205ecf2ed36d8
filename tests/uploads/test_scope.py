"""Who gets what at every address. An address without a line here fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import LabUnit, User
from tests import cast
from uploads.models import BulkEdit

PEOPLE = ("alice", "bob", "charlie", "dana", "erin", "gina", "adam")
# alice owns what is asked for; dana manages its unit, gina grades there, adam administers.
# Each line: method, and the answers to alice, bob, charlie, dana, erin, gina, adam.
JOB = "200 404 404 200 404 404 200"
IMAGE = "200 404 404 200 404 200 200"
# Buckets send pictures themselves.
PICTURE = IMAGE.replace("200", "302") if settings.BUCKET else IMAGE
PREVIEW = "422 404 404 422 404 403 422"
GRADE = "403 404 404 403 404 200 200"
EDIT = "200 404 404 200 404 403 200"
MINE = "200 404 404 404 404 404 200"
NONE = "404 404 404 404 404 404 404"
OURS = {
    "home": ("get", "302 302 302 302 302 302 302"),
    "healthz": ("get", "503 503 503 503 503 503 503"),
    "help:index": ("get", "200 200 200 200 200 200 200"),
    "help:page": ("get", "200 200 200 200 200 200 200"),
    "accounts:profile": ("get", "200 200 200 200 200 200 200"),
    "accounts:session-end": ("post", NONE),
    "accounts:codes-kept": ("post", "302 302 302 302 302 302 302"),
    "session": ("get", "200 200 200 200 200 200 200"),
    "jobs:job-list": ("get", "200 200 200 200 200 403 200"),
    "jobs:job-processing": ("get", JOB),
    "jobs:job-results": ("get", JOB),
    "jobs:job-errors-csv": ("get", JOB),
    "jobs:job-status": ("get", JOB),
    "uploads:upload": ("get", "200 200 200 403 403 403 200"),
    "uploads:dashboard": ("get", "200 200 200 200 200 200 200"),
    "uploads:dashboard-export": ("get", "200 200 200 200 200 200 200"),
    "uploads:grades-import": ("get", "403 403 403 200 200 403 200"),
    "uploads:bulk-edit": ("post", "422 422 422 422 422 403 422"),
    "uploads:bulk-edit-detail": ("get", MINE),
    "uploads:bulk-delete": ("post", "422 422 422 422 422 403 422"),
    "uploads:hash-check": ("post", "400 400 400 403 403 403 400"),
    "uploads:job-create": ("post", "400 400 400 403 403 403 400"),
    "uploads:item-bytes": ("put", "200 404 404 403 404 404 200"),
    "uploads:image-detail": ("get", IMAGE),
    "uploads:image-original": ("get", PICTURE),
    "uploads:image-thumbnail": ("get", IMAGE),
    "uploads:image-edited": ("get", NONE),
    "uploads:image-edited-thumbnail": ("get", NONE),
    "uploads:signed-thumbnail": ("get", NONE),
    "uploads:image-edit": ("get", EDIT),
    "uploads:image-edit-pixels": ("get", EDIT),
    "uploads:image-edit-preview": ("post", PREVIEW),
    "uploads:image-edit-progress": ("get", IMAGE),
    "uploads:image-grade": ("get", GRADE),
    "uploads:image-delete": ("get", EDIT),
}
# The sign-in library's own pages: those open to everybody, those for people signed in.
OPEN = {"account_login", "healthz"}
LIBRARY = {
    "account_change_password", "account_closed",
    "account_confirm_email", "account_confirm_login_code",
    "account_email", "account_email_verification_sent", "account_inactive", "account_logout",
    "account_reauthenticate", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done",
    "account_set_password", "account_signup", "mfa_activate_totp", "mfa_authenticate",
    "mfa_deactivate_totp", "mfa_download_recovery_codes", "mfa_generate_recovery_codes",
    "mfa_index", "mfa_reauthenticate", "mfa_view_recovery_codes", "usersessions_list",
    "mfa_add_webauthn", "mfa_edit_webauthn", "mfa_list_webauthn", "mfa_login_webauthn",
    "mfa_reauthenticate_webauthn", "mfa_remove_webauthn",
}  # fmt: skip
WITH_OBJECT = [
    name for name, (_, codes) in OURS.items() if codes in (JOB, IMAGE, EDIT, PREVIEW, GRADE, NONE)
]


# The bulk edit there is has the id of the image there is.
OF_IMAGE = ("uploads:image-", "uploads:bulk-edit-")


def patterns(resolver: Any, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            below = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from patterns(entry, below)
        else:
            yield f"{space}{entry.name}", entry


NAMES = {name for name, _ in patterns(get_resolver())}
ADMIN = {name for name in NAMES if name.startswith("admin:")}


@pytest.fixture
def addresses(alice: User, screening: LabUnit) -> dict[str, str]:
    image = cast.stored(alice, screening)
    BulkEdit.objects.create(made_by=alice, public_id=image.public_id)
    return {name: address(name, image.source_item.job.token, image.public_id) for name in OURS}


def address(name: str, token: Any, image: Any) -> str:
    if name == "uploads:item-bytes":
        return reverse(name, args=[token, 0])
    if name == "accounts:session-end":
        return reverse(name, args=[0])
    if name == "help:page":
        return reverse(name, args=["direct-uploads"])
    if name == "uploads:signed-thumbnail":
        return reverse(name, args=["forged"])
    wanted = [token] if name.startswith("jobs:job-") and name != "jobs:job-list" else []
    wanted += [image] if name.startswith(OF_IMAGE) else []
    return reverse(name, args=wanted)


def ask(client: Client, name: str, url: str) -> Any:
    method = OURS[name][0]
    body = {"data": b"", "content_type": "application/json"} if method != "get" else {}
    return getattr(client, method)(url, **body)


def test_every_address_has_a_line() -> None:
    assert set(OURS) | LIBRARY | {"account_login"} == NAMES - ADMIN


@pytest.mark.parametrize("who", PEOPLE)
def test_who_gets_what(request: pytest.FixtureRequest, addresses: dict[str, str], who: str) -> None:
    client = cast.signed_in(request.getfixturevalue(who))
    expected = {name: int(codes.split()[PEOPLE.index(who)]) for name, (_, codes) in OURS.items()}
    found = {name: ask(client, name, url).status_code for name, url in addresses.items()}
    assert found == expected


@pytest.mark.parametrize("who", ["anonymous", "inactive"])
def test_nobody_gets_anything_without_signing_in(
    addresses: dict[str, str], alice: User, who: str
) -> None:
    client = cast.signed_in(alice) if who == "inactive" else Client()
    User.objects.filter(pk=alice.pk).update(is_active=who == "anonymous")
    for name, url in addresses.items():
        answer = ask(client, name, url)
        if url.startswith("/api/"):
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), name
        elif name not in OPEN:
            assert answer.headers["Location"] == f"/accounts/login?next={url}", name


def bodies(client: Client, name: str, url: str) -> bytes:
    """What is answered, less what differs with every answer."""
    answer = ask(client, name, url)
    assert answer.status_code == 404
    token = answer.context["csrf_token"] if answer.context else None
    return bytes(answer.content.replace(str(token).encode(), b""))


@pytest.mark.parametrize("name", WITH_OBJECT)
def test_out_of_scope_reads_like_unknown(
    addresses: dict[str, str], charlie: User, name: str
) -> None:
    client = cast.signed_in(charlie)
    unknown = address(name, uuid4(), uuid4())
    assert bodies(client, name, addresses[name]) == bodies(client, name, unknown)


@pytest.mark.parametrize("who", ["alice", "dana", "gina"])
def test_losing_the_unit_takes_effect_at_once(
    request: pytest.FixtureRequest, addresses: dict[str, str], who: str
) -> None:
    user = request.getfixturevalue(who)
    client = cast.signed_in(user)
    user.lab_units.clear()
    found = {ask(client, name, addresses[name]).status_code for name in WITH_OBJECT}
    assert found == {404}


@pytest.mark.parametrize("who", ["alice", "dana", "gina"])
def test_losing_the_role_takes_effect_at_once(
    request: pytest.FixtureRequest, addresses: dict[str, str], who: str
) -> None:
    user = request.getfixturevalue(who)
    client = cast.signed_in(user)
    user.groups.clear()
    found = {name: ask(client, name, url).status_code for name, url in addresses.items()}
    assert {found[name] for name in WITH_OBJECT} == {404}
    assert {found["uploads:upload"], found["uploads:dashboard"], found["jobs:job-list"]} == {403}


def test_the_administration_is_for_administrators(
    request: pytest.FixtureRequest, adam: User
) -> None:
    lists = sorted(name for name in ADMIN if name.endswith("_changelist"))
    urls = [reverse("admin:index"), *(reverse(name) for name in lists)]
    assert {cast.signed_in(adam).get(url).status_code for url in urls} == {200}
    for who in ("alice", "dana", "gina"):
        client = cast.signed_in(request.getfixturevalue(who))
        assert 200 not in {client.get(url).status_code for url in urls}


def test_lists_hold_nothing_out_of_scope(
    addresses: dict[str, str], charlie: User, erin: User
) -> None:
    for user in (charlie, erin):
        client = cast.signed_in(user)
        for name in ("jobs:job-list", "uploads:dashboard"):
            html = client.get(addresses[name]).content.decode()
            assert addresses["uploads:image-detail"] not in html
            assert addresses["jobs:job-results"] not in html
            assert "eye.jpg" not in html

"""Addresses of thumbnails: signed for one person's live session, and short-lived.

A page of fifty images asks for fifty thumbnails: whoever made the page has checked who may see
them, and the signature carries that decision, so that serving them asks the database for nothing
but the session, the person, and whether their roles and units are still the same. Another session,
another person, an ended session or changed rights cannot use an address.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypedDict

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.urls import reverse

from accounts.middleware import signed_in
from uploads.models import FundusImage

HOUR: Final = 3600  # seconds
FULL: Final = 400  # pixels of the longer side, as stored
HALF: Final = 200  # made of the stored one when asked for
WIDTHS: Final = (HALF, FULL)


class Links(TypedDict):
    """The attributes of an `img`. `sizes` lets browsers go by the box of a lazy picture."""

    src: str
    srcset: str
    sizes: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an address entitles to: a storage key, in a width, until a moment (Unix time)."""

    key: str
    width: int
    expires: int


def links(request: HttpRequest, image: FundusImage, edited: bool = False) -> Links:
    """For an image that the person asking may see. They stay the same within an hour, so that
    the browser's cache serves them from page to page, and are good for one to two hours.
    """
    file = image.edited_thumbnail if edited else image.thumbnail
    # Whatever the key of an edited version, a new version has a new address.
    version = image.edited_sha256[:8] if edited else ""
    signer, expires = _signer(request), (int(time.time()) // HOUR + 2) * HOUR
    half, full = (
        _address(signer.sign_object([str(file.name), width, expires, version])) for width in WIDTHS
    )
    return {
        "src": full,
        "srcset": f"{half} {HALF}w, {full} {FULL}w",
        "sizes": f"auto, {HALF}px",
    }


def _address(signed: str) -> str:
    return f"{_prefix()}{signed}"


@lru_cache(maxsize=1)
def _prefix() -> str:
    """A page of fifty images has two hundred addresses, too many to be worked out one by one."""
    return reverse("uploads:signed-thumbnail", args=["-"]).removesuffix("-")


def redeem(request: HttpRequest, signed: str) -> Ticket | None:
    """What the address entitles this session to; None if it is forged, another's or expired, or
    if the person's rights have changed since.
    """
    try:
        key, width, expires, _version = _signer(request).unsign_object(signed)
    except BadSignature:
        return None
    ticket = Ticket(key, width, expires)
    return ticket if time.time() < ticket.expires else None


def _signer(request: HttpRequest) -> Signer:
    user = signed_in(request)
    salt = f"uploads.thumbnail:{user.pk}:{request.session.session_key}:{user.rights}"
    return Signer(salt=salt)

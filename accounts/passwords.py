"""What a password must not be, beside too short: long lists, patterns, and the names of the place.

Nothing is asked about its composition: length is what counts.
"""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Hospital, LabUnit

LONGEST = 128
SHORTEST_RUN = 4
FEWEST_SIGNS = 5  # different characters
OWN_LETTERS = 8  # that are left of a password without the words of this place
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
WORDS = frozenset(
    [
        "fundus",
        "retina",
        "retinal",
        "fovea",
        "macula",
        "glaucoma",
        "diabetic",
        "diabetes",
        "retinopathy",
        "camera",
        "topcon",
        "hospital",
        "clinic",
        "clinical",
        "doctor",
        "nurse",
        "patient",
        "patients",
        "image",
        "images",
        "upload",
        "uploads",
        "eye",
        "eyes",
        "admin",
        "administrator",
        "manager",
        "uploader",
        "grader",
        "screening",
        "department",
    ]
)


class LongestPassword:
    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(
                _("This password is too long. It may have up to %(most)d characters.")
                % {"most": LONGEST},
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        return _("Your password may have up to %(most)d characters.") % {"most": LONGEST}


class NotGuessable:
    """Refuses common passwords with something added, repeated ones, and runs of keys."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        plain = password.casefold()
        if len(set(plain)) < FEWEST_SIGNS or _is_repeated(plain) or _is_common(plain):
            raise ValidationError(
                _("This password is easily guessed. Join several words that do not go together."),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return _("Several words that do not go together make a good password.")


class NotOfThisPlace:
    """Refuses what is made of the words of this field and of this installation."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        left = re.sub(r"[^a-z0-9]", "", password.casefold())
        for word in sorted(WORDS | _local_words(user), key=len, reverse=True):
            left = left.replace(word, "")
        if password.isascii() and len(left) < OWN_LETTERS:
            raise ValidationError(
                _("This password is made of words that everybody here knows. Add others."),
                code="password_of_this_place",
            )

    def get_help_text(self) -> str:
        return _("It must not consist of the names of your hospital, unit or work.")


def _is_repeated(text: str) -> bool:
    return re.fullmatch(r"(.{1,16}?)\1+.{0,5}", text) is not None


def _is_common(text: str) -> bool:
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    letters = re.sub(r"[\W_]", "", text)
    runs = [row for row in ROWS for row in (row, row[::-1])]
    if any(len(part) >= SHORTEST_RUN and part in row for row in runs for part in (core, letters)):
        return True
    if re.sub(r"\D", "", text) == letters:  # digits alone: dates, telephone numbers
        return True
    return bool({core, core * 2, letters, text} & _common())


@cache
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)


def _local_words(user: AbstractBaseUser | None) -> frozenset[str]:
    of_person = ("username", "first_name", "last_name", "email")
    own = " ".join(str(getattr(user, name, "")) for name in of_person)
    names = [*Hospital.objects.values_list("name", flat=True)]
    names += LabUnit.objects.values_list("name", flat=True)
    names.append(urlsplit(settings.PUBLIC_BASE_URL).hostname or "")
    words = re.findall(r"[a-z]{4,}", " ".join(names).casefold())
    return frozenset(words + re.findall(r"[a-z]{3,}", own.casefold()))

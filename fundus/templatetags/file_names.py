"""Splits file names for display; `fundus/static/fundus/fname.js` does the same in the browser."""

import re

from django import template

register = template.Library()
LONG = 24  # letters; shorter names stay whole
# Where words part, so that letters which join their neighbours (Arabic) are not torn from them.
_AT_A_WORD = re.compile(r"(.+[\s._-])(.{6,16})", re.DOTALL)
_ANYWHERE = re.compile(r"(.+)(.{12})", re.DOTALL)


@register.filter
def in_two(name: str) -> tuple[str, str]:
    """Beginning and end of a long name; the end is kept in sight. A short one has no end."""
    found = len(name) > LONG and (_AT_A_WORD.fullmatch(name) or _ANYWHERE.fullmatch(name))
    return (found[1], found[2]) if found else (name, "")

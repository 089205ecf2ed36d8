"""File names and times as pages show them.

Filters, not included templates: a page shows a hundred of them, and an include costs ten times as
much. `fundus/static/fundus/fname.js` and `times.js` do the same in the browser.
"""

from __future__ import annotations

import re
from datetime import datetime

from django import template
from django.utils.dateformat import format as dated
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

register = template.Library()
LONG = 24  # letters; shorter names stay whole
# Where words part, so that letters which join their neighbours (Arabic) are not torn from them.
_AT_A_WORD = re.compile(r"(.+[\s._-])(.{6,16})", re.DOTALL)
_ANYWHERE = re.compile(r"(.+)(.{12})", re.DOTALL)


@register.filter
def fname(name: str) -> SafeString:
    """With its end kept in sight; whole on hover."""
    head, tail = in_two(name)
    end = format_html('<span class="fname-tail">{}</span>', tail) if tail else ""
    return format_html(
        '<span class="fname" dir="auto" title="{}"><span class="fname-head">{}</span>{}</span>',
        name,
        head,
        end,
    )


def in_two(name: str) -> tuple[str, str]:
    """Beginning and end of a long name. A short one has no end."""
    found = len(name) > LONG and (_AT_A_WORD.fullmatch(name) or _ANYWHERE.fullmatch(name))
    return (found[1], found[2]) if found else (name, "")


@register.filter
def moment(at: datetime | None, style: str = "exact") -> SafeString | str:
    """In the server's zone; a script turns it into the reader's, in the `style` named."""
    if at is None:
        return "–"
    here = localtime(at)
    return format_html(
        '<time class="nowrap" datetime="{}" data-time="{}" title="{}">{}</time>',
        here.isoformat(),
        style,
        dated(here, "j F Y, H:i:s T"),
        dated(here, "j M Y, H:i T"),
    )

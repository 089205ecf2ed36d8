"""Selects with hundreds of options."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class LongSelect(forms.Select):
    """Writes its options itself. Django's renders a template for each, which for a few hundred
    takes longer than all the rest of a page.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        written = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        chosen = "" if value is None else str(value)
        groups = format_html_join(
            "", "{}", ((_group(label, within, chosen),) for label, within in self.choices)
        )
        return format_html("<select{}>{}</select>", flatatt(written), groups)


def _group(value: Any, label: Any, chosen: str) -> SafeString:
    """An option, or a group of them: a label and its options then, the other way round."""
    if isinstance(label, list | tuple):
        return format_html('<optgroup label="{}">{}</optgroup>', value, _options(label, chosen))
    return _options([(value, label)], chosen)


def _options(choices: Iterable[tuple[Any, Any]], chosen: str) -> SafeString:
    """As plain text joined: hundreds of small safe strings would take several times as long."""
    return SafeString("".join(_option(str(value), str(label), chosen) for value, label in choices))


def _option(value: str, label: str, chosen: str) -> str:
    selected = " selected" if value == chosen else ""
    return f'<option value="{escape(value)}"{selected}>{escape(label)}</option>'

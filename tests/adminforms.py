"""Filling in the administration's forms as a browser would: what the page shows is sent back."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.forms import BaseForm
from django.test import Client


def shown(client: Client, url: str) -> dict[str, Any]:
    """Every field of the page's form with the value it shows."""
    context = client.get(url).context
    data = _values(context["adminform"].form)
    for inline in context["inline_admin_formsets"]:
        formset = inline.formset
        for form in chain([formset.management_form], formset.forms):
            data |= _values(form)
    return data


def save(client: Client, url: str, **given: Any) -> Any:
    """Change these fields, save, and follow to the page that comes back. None clears a field."""
    data = shown(client, url) | given
    filled = {name: value for name, value in data.items() if not _left_out(value)}
    return client.post(url, filled, follow=True)


def act(client: Client, url: str, action: str, *chosen: Any, **given: Any) -> Any:
    """Choose rows of a list and run an action on them."""
    keys = [row.pk for row in chosen]
    return client.post(url, {"action": action, "_selected_action": keys, **given}, follow=True)


def told(response: Any) -> list[str]:
    """The messages of the page."""
    return [str(message) for message in response.context["messages"]]


def _values(form: BaseForm) -> dict[str, Any]:
    return {bound.html_name: _sent(bound.value()) for bound in form if not bound.field.disabled}


def _left_out(value: Any) -> bool:
    return value is None or value is False


def _sent(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [getattr(each, "pk", each) for each in value]
    return value

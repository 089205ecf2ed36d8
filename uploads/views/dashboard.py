"""The list of images with its filters and figures."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.gates import role_required
from accounts.middleware import signed_in
from accounts.models import User
from accounts.roles import Role
from uploads.limits import BULK_IMAGES
from uploads.listing import figures as counting
from uploads.listing import pages
from uploads.listing.choices import Choice
from uploads.listing.selection import Selection
from uploads.views.cards import cards

TOP = 3


@require_safe
@role_required(Role.UPLOADER, Role.DATA_MANAGER, Role.GRADER)
def dashboard(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    selection = Selection.of(user, request.GET)
    figures = counting.figures(selection)
    page = pages.page(selection)
    shown = cards(request, selection, page.images)
    context = {
        "cards": shown,
        "figures": _figures(selection, figures),
        "form": selection.form,
        "active": active_filters(selection),
        "clear_url": _url(selection.query_with(**dict.fromkeys(selection.params))),
        "pager": _pager(page, oldest_first=selection.oldest_first),
        "query": selection.query,
        "here": selection.here,
        "selection_limit": BULK_IMAGES,
        "may_edit": any(card["edit_url"] for card in shown),
        "export_url": _url(selection.query, "uploads:dashboard-export"),
        "import_url": reverse("uploads:grades-import") if _may_import(user) else "",
        "state": _state(figures, page),
    }
    return render(request, "uploads/dashboard.html", context)


def _url(query: str, name: str = "uploads:dashboard") -> str:
    address = reverse(name)
    return f"{address}?{query}" if query else address


def _may_import(user: User) -> bool:
    return user.is_administrator or user.has_role(Role.DATA_MANAGER)


def _state(figures: counting.Figures, page: pages.Page) -> str:
    if not figures.everything.total:
        return "empty"
    return "some" if page.images or page.paused_at else "nothing"


def _pager(page: pages.Page, *, oldest_first: bool) -> dict[str, str]:
    note = ""
    if page.paused_at:
        far = _("Searched up to %(date)s.") if oldest_first else _("Searched back to %(date)s.")
        note = far % {"date": date_format(page.paused_at, "j F Y")}
        note += " " + _("Choose dates to search elsewhere.")
    return {
        "newer_url": _url(page.newer) if page.newer else "",
        "older_url": _url(page.older) if page.older else "",
        "note": note,
    }


# --- Figures and filters ------------------------------------------------------------------


def _figures(selection: Selection, figures: counting.Figures) -> dict[str, Any]:
    offered, shown = selection.offered, figures.shown
    chosen = None if figures.names_left_out or figures.chosen is None else figures.chosen.total
    return {
        "total": figures.everything.total,
        "filtered": chosen,
        "follows": _follows(figures),
        "facets": [
            _facet(selection, "camera", _("Camera types"), offered.cameras, shown.cameras),
            _facet(selection, "disease", _("Diseases"), offered.diseases, shown.diseases),
            _facet(selection, "area", _("Areas"), offered.areas, shown.areas),
        ],
    }


def _follows(figures: counting.Figures) -> str:
    if figures.names_left_out:
        return _(
            "The other cards follow the filters, but not the file name: too many files share it."
        )
    if figures.chosen:
        return _("The other cards follow the filters.")
    return _("All figures count every image you may see.")


def _facet(
    selection: Selection, key: str, title: str, names: list[Choice], counts: Counter[Any]
) -> dict[str, Any]:
    label = dict(names)
    top = [(value, count) for value, count in counts.most_common() if count and value in label]
    largest = top[0][1] if top else 1
    return {
        "key": key,
        "title": title,
        "kinds": len(top),
        "top": [
            {
                "label": label[value],
                "count": count,
                "percent": max(1, count * 100 // largest),
                "url": _url(selection.query_with(**{key: str(value)})),
                "active": selection.chosen.get(key) == value,
            }
            for value, count in top[:TOP]
        ],
    }


def active_filters(selection: Selection) -> list[dict[str, str]]:
    return [
        {
            "label": str(selection.form.fields[name].label),
            "value": _shown(selection, name, value),
            "remove_url": _url(selection.query_with(**{name: None})),
        }
        for name, value in selection.chosen.items()
    ]


def _shown(selection: Selection, name: str, value: Any) -> str:
    """What is chosen as people read it."""
    if name in ("date_from", "date_to"):
        return date_format(value, "j M Y")
    for choice, label in getattr(selection.form.fields[name], "choices", ()):
        within = label if isinstance(label, list | tuple) else [(choice, label)]
        for each, text in within:
            if str(each) == str(value):
                return str(text)
    return str(value)

"""The list of images with its filters and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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
from uploads.models import FundusImage, Grade, ScopedQuerySet
from uploads.thumblinks import links

TOP = 3


@require_safe
@role_required(Role.UPLOADER, Role.DATA_MANAGER, Role.GRADER)
def dashboard(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    selection = Selection.of(user, request.GET)
    figures = counting.figures(selection)
    page = pages.page(selection)
    cards = _cards(request, selection, page.images)
    context = {
        "cards": cards,
        "figures": _figures(selection, figures),
        "form": selection.form,
        "active": active_filters(selection),
        "clear_url": _url(selection.query_with(**dict.fromkeys(selection.params))),
        "pager": _pager(page, oldest_first=selection.oldest_first),
        "query": selection.query,
        "selection_limit": BULK_IMAGES,
        "may_edit": any(card["edit_url"] for card in cards),
        "export_url": _url(selection.query, "uploads:dashboard-export"),
        "import_url": reverse("uploads:grades-import") if _may_import(user) else "",
        "state": _state(figures, page),
    }
    return render(request, "uploads/dashboard.html", context)


def _url(query: str, name: str = "uploads:dashboard", *args: object) -> str:
    address = reverse(name, args=args)
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


# --- Cards --------------------------------------------------------------------------------


def _cards(
    request: HttpRequest, selection: Selection, images: list[FundusImage]
) -> list[dict[str, Any]]:
    ids = [image.pk for image in images]
    shown = FundusImage.objects.of_keys(pk__in=ids)
    editable = _ids(shown.editable_by(selection.user))
    gradable = _ids(shown.gradable_by(selection.user))
    grades, patterns = _newest_grades(ids), _patterns()
    return [
        _card(image, grades.get(image.pk, ""))
        | _addresses(image, selection.query, image.pk in editable, image.pk in gradable)
        | {
            "labels": {key: text % {"name": image.filename} for key, text in patterns.items()},
            "thumb": links(request, image),
            "edited_thumb": links(request, image, edited=True) if image.edited else None,
        }
        for image in images
    ]


def _ids(images: ScopedQuerySet) -> set[int]:
    return set(images.values_list("pk", flat=True))


def _newest_grades(ids: Iterable[int]) -> dict[int, str]:
    """By image, the label of the grade that holds."""
    grades = Grade.objects.filter(image__in=ids).order_by("id")
    return dict(grades.values_list("image_id", "level__label"))


def _card(image: FundusImage, grade: str) -> dict[str, Any]:
    return {
        "public_id": image.public_id,
        "filename": image.filename,
        "laterality": str(image.get_laterality_display()),
        "area_short": image.laterality,
        "camera": image.camera.name,
        "disease": image.disease.name,
        "lab_unit": image.lab_unit.name,
        "hospital": image.lab_unit.hospital.name,
        "created_at": image.created_at,
        "uploader": image.uploaded_by.get_full_name() or image.uploaded_by.get_username(),
        "mydriatic": image.mydriatic,
        "pregraded": image.pregraded,
        "graded": image.graded,
        "grade": grade,
        "edited": bool(image.edited),
    }


def _patterns() -> dict[str, str]:
    """What the controls of one card are called, translated once for all cards."""
    return {
        "select": _("Select %(name)s"),
        "edit": _("Edit %(name)s"),
        "edit_image": _("Edit Image %(name)s"),
        "grade": _("Grade %(name)s"),
        "revise": _("Revise grade of %(name)s"),
    }


def _addresses(image: FundusImage, query: str, editable: bool, gradable: bool) -> dict[str, str]:
    def of_image(name: str) -> str:
        return _url(query, f"uploads:image-{name}", image.public_id)

    return {
        "detail_url": of_image("detail"),
        "edit_url": of_image("edit") if editable else "",
        "edit_image_url": of_image("edit-pixels") if editable and not image.pregraded else "",
        "grade_url": of_image("grade") if gradable else "",
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
        return _("The other cards follow the filters except the file name: too many are called so.")
    if figures.chosen:
        return _("The other cards follow the filters.")
    return _("The other cards show all you may see.")


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

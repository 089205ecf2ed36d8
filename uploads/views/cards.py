"""What the cards of the dashboard show, and where their links lead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from uploads.listing.selection import Selection
from uploads.models import FundusImage, Grade, Laterality, ScopedQuerySet
from uploads.thumblinks import links

Card = dict[str, Any]
_ANY_ID = UUID(int=0)


def cards(request: HttpRequest, selection: Selection, images: list[FundusImage]) -> list[Card]:
    """Of images that the user may see. What is not open to them has no address."""
    user, ids = selection.user, [image.pk for image in images]
    shown = FundusImage.objects.of_keys(pk__in=ids)
    editable = _ids(shown.editable_by(user))
    gradable = _ids(shown.gradable_by(user))
    grades, eyes, called = _newest_grades(ids), _eyes(), _called()
    detail, edit, edit_pixels, grade = _addresses(selection.here)
    return [
        {
            "public_id": image.public_id,
            "filename": image.filename,
            "laterality": eyes[image.laterality],
            "area_short": image.laterality,
            "camera": image.camera.name,
            "disease": image.disease.name,
            "lab_unit": image.lab_unit.name,
            "hospital": image.lab_unit.hospital.name,
            "created_at": image.created_at,
            "uploader": "" if image.uploaded_by == user else image.uploaded_by.display_name,
            "pregraded": image.pregraded,
            "graded": image.graded,
            "grade": grades.get(image.pk, ""),
            "thumb": links(request, image),
            "edited_thumb": links(request, image, edited=True) if image.edited else None,
            "labels": {key: text % {"name": image.filename} for key, text in called.items()},
            "detail_url": detail(image.public_id),
            "edit_url": edit(image.public_id) if image.pk in editable else "",
            "edit_image_url": edit_pixels(image.public_id)
            if image.pk in editable and not image.pregraded
            else "",
            "grade_url": grade(image.public_id) if image.pk in gradable else "",
        }
        for image in images
    ]


def _ids(images: ScopedQuerySet) -> set[int]:
    return set(images.values_list("pk", flat=True))


def _newest_grades(ids: Iterable[int]) -> dict[int, str]:
    """By image, the label of the grade that holds."""
    grades = Grade.objects.filter(image__in=ids).order_by("id")
    return dict(grades.values_list("image_id", "level__label"))


# --- Worked out once for all cards --------------------------------------------------------


def _eyes() -> dict[str, str]:
    return {each.value: str(each.label) for each in Laterality}


def _called() -> dict[str, str]:
    """What the controls of a card are called."""
    return {
        "select": _("Select %(name)s"),
        "edit": _("Edit %(name)s"),
        "edit_image": _("Edit Image %(name)s"),
        "grade": _("Grade %(name)s"),
        "revise": _("Revise grade of %(name)s"),
    }


def _addresses(query: str) -> list[Callable[[UUID], str]]:
    """Of the page of an image, and of what can be done with it."""
    names = ("detail", "edit", "edit-pixels", "grade")
    return [_address(f"uploads:image-{name}", query) for name in names]


def _address(name: str, query: str) -> Callable[[UUID], str]:
    before, after = reverse(name, args=[_ANY_ID]).split(str(_ANY_ID))
    if query:
        after += f"?{query}"
    return lambda public_id: f"{before}{public_id}{after}"

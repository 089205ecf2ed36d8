"""Grading one image, and going on to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.middleware import signed_in
from uploads.gates import require_gradable, with_image
from uploads.gradeforms import GradeForm
from uploads.grading import giving
from uploads.listing import neighbours
from uploads.listing.selection import Selection
from uploads.models import FundusImage, GradeLevel, GradeScale

KEYS = "1234567890"


@require_http_methods(["GET", "HEAD", "POST"])
@with_image
def grade(request: HttpRequest, image: FundusImage) -> HttpResponse:
    require_gradable(signed_in(request), image)
    if request.method == "POST":
        return _save(request, image)
    if "skip" in request.GET:
        return _next(request, image)
    return _page(request, image)


def _save(request: HttpRequest, image: FundusImage) -> HttpResponse:
    form = GradeForm(request.POST, scales=giving.scales(image.disease))
    if not form.is_valid():
        return _page(request, image, form=form, status=422)
    try:
        given = giving.give(
            image_id=image.pk, grader=signed_in(request), judgement=form.judgement()
        )
    except FundusImage.DoesNotExist:
        raise Http404 from None
    except giving.Outdated as outdated:
        image.refresh_from_db()
        told = _outdated(outdated, image, form)
        return _page(request, image, form=form, outdated=told, status=409)
    text = _("Saved for %(name)s: %(grade)s")
    messages.success(request, text % {"name": image.filename, "grade": _named(given.level)})
    return _next(request, image) if "next" in request.POST else _back(request, image)


def _outdated(outdated: giving.Outdated, image: FundusImage, form: GradeForm) -> str:
    if isinstance(outdated, giving.PictureChanged):
        return _(
            "The picture has changed since you opened this page. Nothing is saved yet: look at"
            " it again, then save."
        )
    if isinstance(outdated, giving.Superseded):
        given = giving.told(image, outdated.newest)
        text = _(
            "%(name)s has graded this image meanwhile: %(theirs)s. You chose: %(yours)s. Yours"
            " is not saved yet. To save it as a revision, say why in the note."
        )
        names = {"theirs": _named(given.grade.level), "yours": _named(form.cleaned_data["level"])}
        return text % {"name": given.grader, **names}
    text = _(
        "The image is filed under %(disease)s now, so it is graded by another scale. Nothing is"
        " saved yet: choose again."
    )
    return text % {"disease": image.disease}


def _named(level: GradeLevel) -> str:
    return f"{level.value} · {level.label}"


def _back(request: HttpRequest, image: FundusImage) -> HttpResponseRedirect:
    query = Selection.of(signed_in(request), request.GET).here
    return redirect(_with(reverse("uploads:image-detail", args=[image.public_id]), query))


def _next(request: HttpRequest, image: FundusImage) -> HttpResponseRedirect:
    """To the next image of the list the grader came with; ungraded ones where it does not say."""
    query = Selection.of(signed_in(request), request.GET).here
    params = request.GET.copy()
    params["graded"] = params.get("graded") or "no"
    selection = Selection.of(signed_in(request), params)
    found = neighbours.following(selection, image)
    if found.image:
        return redirect(_with(reverse("uploads:image-grade", args=[found.image]), query))
    if found.beyond:
        messages.info(request, _("The search for the next image to grade goes on in the list."))
        further = selection.query_with(after=str(found.beyond))
        return redirect(_with(reverse("uploads:dashboard"), further))
    messages.info(request, _("That was the last image to grade in this list."))
    return redirect(_with(reverse("uploads:dashboard"), query))


def _with(address: str, query: str) -> str:
    return f"{address}?{query}" if query else address


def _page(
    request: HttpRequest,
    image: FundusImage,
    *,
    form: GradeForm | None = None,
    outdated: str = "",
    status: int = 200,
) -> HttpResponse:
    history = giving.history(image)
    query = Selection.of(signed_in(request), request.GET).here
    detail = reverse("uploads:image-detail", args=[image.public_id])
    shown, versions = _shown(request, image, form), _versions(image, query)
    context = {
        "image": image,
        "scales": _options(giving.scales(image.disease), form),
        "history": history,
        "shown": shown,
        "seen": versions[shown]["seen"],
        "versions": versions,
        "newest": history[0].grade.pk if history else "",
        "note": form.data.get("note", "") if form else "",
        "note_length": giving.NOTE_LENGTH,
        "errors": form.errors if form else {},
        "outdated": outdated,
        "is_sent_back": form is not None,
        "query": query,
        "back_url": _with(detail, query),
        "dashboard_url": _with(reverse("uploads:dashboard"), query),
    }
    return render(request, "uploads/image_grade.html", context, status=status)


def _options(scales: Sequence[GradeScale], form: GradeForm | None) -> list[dict[str, Any]]:
    chosen = str(form.data.get("level", "")) if form else ""
    keys = _keys([level for scale in scales for level in scale.levels.all()])
    return [
        {
            "name": scale.name,
            "levels": [
                {
                    "id": level.pk,
                    "value": level.value,
                    "label": level.label,
                    "key": keys.get(level.pk, ""),
                    "letter": _letter(level, keys),
                    "chosen": str(level.pk) == chosen,
                }
                for level in scale.levels.all()
            ],
        }
        for scale in scales
    ]


def _keys(levels: Sequence[GradeLevel]) -> dict[int, str]:
    """A digit for each step: its own value where that is one, else the next one free."""
    keys: dict[int, str] = {}
    for level in levels:
        if level.value in set(KEYS) - set(keys.values()):
            keys[level.pk] = level.value
    free = (key for key in KEYS if key not in keys.values())
    others = (level.pk for level in levels if level.pk not in keys)
    return keys | dict(zip(others, list(free), strict=False))


def _letter(level: GradeLevel, keys: dict[int, str]) -> str:
    """The step's own value as a further key, where it is one character that chooses nothing yet."""
    value = level.value.lower()
    return value if len(value) == 1 and value not in keys.values() else ""


def _shown(request: HttpRequest, image: FundusImage, form: GradeForm | None) -> str:
    """The version to show: the one judged before, the one asked for, else the edited one."""
    hashes = giving.versions(image)
    if form:
        for name, value in hashes.items():
            if value == form.data.get("seen"):
                return name
    asked = request.GET.get("version", "")
    return asked if asked in hashes else next(iter(hashes))


def _versions(image: FundusImage, query: str) -> dict[str, dict[str, str]]:
    """By name, each version there is: its page, its bytes, and the hash of what is judged."""
    labels = {"original": _("Original"), "edited": _("Edited")}
    return {
        name: {
            "label": labels[name],
            "page": "?" + "&".join(filter(None, [query, f"version={name}"])),
            "picture": reverse(f"uploads:image-{name}", args=[image.public_id]),
            "seen": sha256,
        }
        for name, sha256 in reversed(giving.versions(image).items())
    }

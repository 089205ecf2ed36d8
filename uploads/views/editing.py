"""The editor of one image: its page, and saving."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.middleware import signed_in
from uploads.editforms import EditForm
from uploads.editing import controls
from uploads.editing.recipe import Recipe
from uploads.edits import saving
from uploads.edits.history import history
from uploads.edits.turns import Busy
from uploads.gates import require_editable, with_image
from uploads.models import OPEN_EDITS, FundusImage, ImageEdit
from uploads.views.previewing import BUSY, busy, complaint, picture, size

PREGRADED = gettext_lazy(
    "This image arrived judged: its pixels stay as they are. Its details can be edited."
)
MOST_DIGITS = 9  # of an edit's number
NOTHING: dict[str, Any] = {"version": 1, "steps": []}


@dataclass(frozen=True, slots=True)
class Posted:
    """What somebody asks to be saved, for `image` as they knew it: `seen` edits."""

    image: FundusImage
    recipe: Recipe
    seen: int
    form: EditForm | None = None
    restores: int | None = None


@require_http_methods(["GET", "HEAD", "POST"])
@with_image
def editor(request: HttpRequest, image: FundusImage) -> HttpResponse:
    require_editable(signed_in(request), image)
    if image.pregraded:
        return _pregraded(request, image)
    if request.method != "POST":
        return _page(request, image)
    action = request.POST.get("action", "save")
    if action in ("revert", "restore"):
        return _save(request, _restored(request, image, action))
    form = EditForm(request.POST, **size(image))
    if not form.is_valid() or form.recipe is None:
        return _refused(request, image, form)
    if action == "preview":
        return _previewed(request, image, form, form.recipe)
    posted = Posted(image, form.recipe, form.cleaned_data["seen"], form)
    return _save(request, posted)


def _restored(request: HttpRequest, image: FundusImage, action: str) -> Posted:
    """Back to the original, or to an earlier edit."""
    written, number = NOTHING, None
    if action == "restore":
        wanted = request.POST.get("number", "")
        earlier = image.edits.filter(number=wanted).first() if _is_number(wanted) else None
        if earlier is None:
            raise Http404
        written, number = earlier.recipe, earlier.number
    seen = request.POST.get("seen", "")
    recipe = Recipe.parse(written, **size(image))
    return Posted(image, recipe, int(seen) if _is_number(seen) else -1, None, number)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS


def _save(request: HttpRequest, posted: Posted) -> HttpResponse:
    image = posted.image
    try:
        edit = saving.save(
            user=signed_in(request),
            image=image,
            recipe=posted.recipe,
            seen=posted.seen,
            restores=posted.restores,
        )
    except FundusImage.DoesNotExist:
        raise Http404 from None
    except saving.NotEditable:
        return _pregraded(request, image)
    except saving.EditedMeanwhile as meanwhile:
        return _overtaken(request, posted, meanwhile.newest)
    is_edited = not posted.recipe.is_empty
    address = _address(request, image, shows_edited=is_edited)
    if _wants_json(request):
        return JsonResponse({"edit": edit.number, "url": address}, status=202)
    messages.success(request, _saved(is_edited))
    return redirect(address)


# --- Answers ------------------------------------------------------------------------------


def _previewed(
    request: HttpRequest, image: FundusImage, form: EditForm, recipe: Recipe
) -> HttpResponse:
    """For those without scripts: the page with the picture in it."""
    try:
        small = b64encode(picture(request, image, recipe)).decode()
    except Busy:
        return busy(_page(request, image, form, seen=form.known, error=str(BUSY)))
    return _page(request, image, form, seen=form.known, picture=small)


def _overtaken(request: HttpRequest, posted: Posted, newest: ImageEdit | None) -> HttpResponse:
    name = newest.author.display_name if newest else ""
    number = newest.number if newest else 0
    sentence = _(
        "%(name)s has saved another edit of this image meanwhile. Yours is not saved yet: "
        "look at both, then save again to put yours in its place."
    ) % {"name": name}
    if _wants_json(request):
        return JsonResponse({"error": sentence, "code": "edited", "seen": number}, status=409)
    return _page(request, posted.image, posted.form, seen=number, error=sentence, status=409)


def _pregraded(request: HttpRequest, image: FundusImage) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": str(PREGRADED), "code": "pregraded"}, status=409)
    context = {"image": image, "sentence": PREGRADED, "query": _query(request)}
    return render(request, "uploads/edit_refused.html", context, status=409)


def _refused(request: HttpRequest, image: FundusImage, form: EditForm) -> HttpResponse:
    if _wants_json(request):
        return complaint(form.sentences)
    sentence = _("Nothing is saved yet: mend what is marked.")
    return _page(request, image, form, seen=form.known, error=sentence, status=422)


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _saved(is_edited: bool) -> str:
    if is_edited:
        return _("Saved. The full picture is being rendered; the one before stays until then.")
    return _("The image is shown as it came. Every edit is kept in its history.")


def _query(request: HttpRequest, **more: str) -> str:
    """The dashboard's filters, which pages take along so that the way back leads to them."""
    carried = request.GET.copy()
    carried.pop("version", None)
    for name, value in more.items():
        carried[name] = value
    return f"?{carried.urlencode()}" if carried else ""


def _address(request: HttpRequest, image: FundusImage, *, shows_edited: bool) -> str:
    version = {"version": "edited"} if shows_edited else {}
    return reverse("uploads:image-detail", args=[image.public_id]) + _query(request, **version)


# --- The page -----------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    image: FundusImage,
    form: EditForm | None = None,
    *,
    seen: int | None = None,
    error: str = "",
    status: int = 200,
    picture: str = "",
) -> HttpResponse:
    """`seen` is the edit that the form takes for the newest; `picture` a preview in base64, for
    those without scripts.
    """
    edits = list(image.edits.select_related("author"))
    newest = edits[0] if edits else None
    if form is None or form.holds_recipe:
        sent = form.recipe.to_json() if form and form.recipe else None
        shown = sent or (newest.recipe if newest else NOTHING)
        form = EditForm(initial=controls.of_recipe(shown), **size(image))
    context = {
        "image": image,
        "form": form,
        "error": error,
        "history": history(edits),
        "newest": newest,
        "seen": (newest.number if newest else 0) if seen is None else seen,
        "picture": picture,
        "size": size(image),
        "is_rendering": newest is not None and newest.state in OPEN_EDITS,
        "back": _address(request, image, shows_edited=bool(image.edited)),
        "query": _query(request),
    }
    return render(request, "uploads/image_editor.html", context, status=status)

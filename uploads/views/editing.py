"""The editor of one image: its page, previews, saving, and how far a saved edit is."""

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.middleware import background, signed_in
from accounts.models import Action
from uploads.editforms import EditForm, WindowForm
from uploads.editing import controls
from uploads.editing.recipe import Recipe
from uploads.editing.steps import Rect
from uploads.edits import previews, saving
from uploads.edits.history import history
from uploads.edits.turns import Busy
from uploads.gates import require_editable, with_image
from uploads.models import OPEN_EDITS, FundusImage, ImageEdit
from uploads.wire.line import release_database

PREGRADED = gettext_lazy(
    "This image arrived judged: its pixels stay as they are. Its details can be edited."
)
BUSY = gettext_lazy(
    "The preview is not made yet: the server is busy with others. Nothing is lost; try again in a "
    "moment."
)
BUSY_SECONDS = 2
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
    form = EditForm(request.POST, **_size(image))
    if not form.is_valid() or form.recipe is None:
        return _refused(request, image, form)
    if action == "preview":
        return _previewed(request, image, form, form.recipe)
    posted = Posted(image, form.recipe, form.cleaned_data["seen"], form)
    return _save(request, posted)


@require_POST
@with_image
def preview(request: HttpRequest, image: FundusImage) -> HttpResponse:
    """The picture that a recipe would give, or a part of it, at most 1600 pixels wide or high.

    `Fundus-Size` tells the size of the result in full.
    """
    require_editable(signed_in(request), image)
    form = EditForm({"seen": 0, **request.POST.dict()}, **_size(image))
    if not form.is_valid() or form.recipe is None:
        return _complaint(form.sentences)
    width, height = form.recipe.size(**_size(image))
    part = WindowForm(request.POST, width=width, height=height)
    if not part.is_valid():
        return _complaint({name: str(errors[0]) for name, errors in part.errors.items()})
    try:
        picture = _picture(request, image, form.recipe, part.cleaned_data["window"])
    except Busy:
        return _busy(JsonResponse({"error": str(BUSY), "code": "busy"}))
    headers = {"Fundus-Size": f"{width}x{height}"}
    return HttpResponse(picture, content_type="image/jpeg", headers=headers)


@background
@require_safe
@with_image
def progress(request: HttpRequest, image: FundusImage) -> JsonResponse:
    edit = image.edits.first()
    state = {"state": edit.state, "progress": edit.progress} if edit else {"state": None}
    return JsonResponse({"edit": edit.number if edit else 0, **state})


def _size(image: FundusImage) -> dict[str, int]:
    width, height = image.upright_size
    return {"width": width, "height": height}


def _picture(
    request: HttpRequest, image: FundusImage, recipe: Recipe, look: Rect | None = None
) -> bytes:
    """Raises Busy."""
    wish = signed_in(request).pk, image.pk, look is not None
    release_database()
    try:
        if look:
            picture = previews.window(image, recipe, look, wish=wish)
        else:
            picture = previews.preview(image, recipe, wish=wish)
    except FileNotFoundError:
        raise Http404 from None
    audit.record_unless_lately(
        Action.IMAGE_READ,
        image,
        object_id=str(image.public_id),
        lab_unit_id=image.lab_unit_id,
        job_token=image.source_item.job.token,
        after={"version": "preview of an edit"},
    )
    return picture


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
    recipe = Recipe.parse(written, **_size(image))
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
        picture = b64encode(_picture(request, image, recipe)).decode()
    except Busy:
        return _busy(_page(request, image, form, seen=form.known, error=str(BUSY)))
    return _page(request, image, form, seen=form.known, picture=picture)


def _busy(response: HttpResponse) -> HttpResponse:
    response.status_code = 503
    response["Retry-After"] = str(BUSY_SECONDS)
    return response


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
        return _complaint(form.sentences)
    sentence = _("Nothing is saved yet: mend what is marked.")
    return _page(request, image, form, seen=form.known, error=sentence, status=422)


def _complaint(fields: dict[str, str]) -> JsonResponse:
    """Sentences by field; where a recipe was sent, by the path in it."""
    error = next(iter(fields.values()), "")
    return JsonResponse({"error": error, "code": "recipe", "fields": fields}, status=422)


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
        form = EditForm(initial=controls.of_recipe(shown), **_size(image))
    context = {
        "image": image,
        "form": form,
        "error": error,
        "history": history(edits),
        "newest": newest,
        "seen": (newest.number if newest else 0) if seen is None else seen,
        "picture": picture,
        "size": _size(image),
        "is_rendering": newest is not None and newest.state in OPEN_EDITS,
        "back": _address(request, image, shows_edited=bool(image.edited)),
        "query": _query(request),
    }
    return render(request, "uploads/image_editor.html", context, status=status)

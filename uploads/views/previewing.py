"""Previews of an edit, and how far a saved one is."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from accounts.middleware import background, signed_in
from accounts.models import Action
from uploads.editforms import EditForm, WindowForm
from uploads.editing.recipe import Recipe
from uploads.editing.steps import Rect
from uploads.edits import previews
from uploads.edits.turns import Busy
from uploads.gates import require_editable, with_image
from uploads.models import FundusImage
from uploads.wire.line import release_database

BUSY = gettext_lazy(
    "The preview is not made yet: the server is busy with others. Nothing is lost; try again in a "
    "moment."
)
BUSY_SECONDS = 2


@require_POST
@with_image
def preview(request: HttpRequest, image: FundusImage) -> HttpResponse:
    """The picture that a recipe would give, or a part of it, at most 1600 pixels wide or high.

    `Fundus-Size` tells the size of the result in full.
    """
    require_editable(signed_in(request), image)
    form = EditForm({"seen": 0, **request.POST.dict()}, **size(image))
    if not form.is_valid() or form.recipe is None:
        return complaint(form.sentences)
    width, height = form.recipe.size(**size(image))
    part = WindowForm(request.POST, width=width, height=height)
    if not part.is_valid():
        return complaint({name: str(errors[0]) for name, errors in part.errors.items()})
    try:
        made = picture(request, image, form.recipe, part.cleaned_data["window"])
    except Busy:
        return busy(JsonResponse({"error": str(BUSY), "code": "busy"}))
    headers = {"Fundus-Size": f"{width}x{height}"}
    return HttpResponse(made, content_type="image/jpeg", headers=headers)


@background
@require_safe
@with_image
def progress(request: HttpRequest, image: FundusImage) -> JsonResponse:
    edit = image.edits.first()
    state = {"state": edit.state, "progress": edit.progress} if edit else {"state": None}
    return JsonResponse({"edit": edit.number if edit else 0, **state})


def size(image: FundusImage) -> dict[str, int]:
    width, height = image.upright_size
    return {"width": width, "height": height}


def picture(
    request: HttpRequest, image: FundusImage, recipe: Recipe, look: Rect | None = None
) -> bytes:
    """Raises Busy."""
    wish = signed_in(request).pk, image.pk, look is not None
    release_database()
    try:
        if look:
            made = previews.window(image, recipe, look, wish=wish)
        else:
            made = previews.preview(image, recipe, wish=wish)
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
    return made


def complaint(fields: dict[str, str]) -> JsonResponse:
    """Sentences by field; where a recipe was sent, by the path in it."""
    error = next(iter(fields.values()), "")
    return JsonResponse({"error": error, "code": "recipe", "fields": fields}, status=422)


def busy(response: HttpResponse) -> HttpResponse:
    response.status_code = 503
    response["Retry-After"] = str(BUSY_SECONDS)
    return response

"""Deleting images, after one precise question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.gates import role_required
from accounts.middleware import signed_in
from accounts.roles import Role
from uploads import thumblinks
from uploads.changing import deletion, naming, rules
from uploads.gates import require_editable, with_image
from uploads.models import FundusImage
from uploads.views.selected import Selected, carried, unavailable, with_selected


@require_http_methods(["GET", "HEAD", "POST"])
@with_image
def delete(request: HttpRequest, image: FundusImage) -> HttpResponse:
    user = signed_in(request)
    require_editable(user, image)
    if request.method != "POST":
        return _page(request, image)
    try:
        deletion.delete(user=user, ids=[image.public_id])
    except deletion.Gone:
        raise Http404 from None
    except deletion.Graded:
        return _page(request, image)
    return _done(request, 1)


def _page(request: HttpRequest, image: FundusImage) -> HttpResponse:
    """403 where it says that another role is needed."""
    graded = rules.undeletable(signed_in(request), [image])
    words = naming.Names([rules.present(image)]).words(rules.present(image))
    context = {
        "image": image,
        "thumbnail": thumblinks.links(request, image),
        "facts": [(naming.LABELS[field], word) for field, word in words.items()],
        "uploader": image.uploaded_by.display_name,
        "grades": rules.grades_of([image])[image.pk],
        "graded": graded,
        "back": reverse("uploads:image-detail", args=[image.public_id]) + carried(request),
        "query": carried(request),
    }
    return render(request, "uploads/image_delete.html", context, status=403 if graded else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.UPLOADER, Role.DATA_MANAGER)
@with_selected
def bulk_delete(request: HttpRequest, selected: Selected) -> HttpResponse:
    """A question first; `confirm=1` does it."""
    user = signed_in(request)
    if request.POST.get("confirm") != "1":
        return _question(request, selected.images, rules.undeletable(user, selected.images))
    try:
        number = deletion.delete(user=user, ids=selected.ids)
    except deletion.Gone:
        there = FundusImage.objects.of_keys(public_id__in=selected.ids).visible_to(user).count()
        return unavailable(request, len(selected.ids) - there, len(selected.ids))
    except deletion.Graded as refusal:
        return _question(request, selected.images, refusal.images)
    return _done(request, number)


def _question(
    request: HttpRequest, images: list[FundusImage], graded: Iterable[FundusImage]
) -> HttpResponse:
    """403 where some of them need another role."""
    kept = {image.pk for image in graded}
    context = {
        "cards": [_card(request, image) for image in images if image.pk not in kept],
        "graded": [_card(request, image) for image in images if image.pk in kept],
        "total": len(images),
        "query": carried(request),
    }
    return render(request, "uploads/bulk_delete.html", context, status=403 if kept else 200)


def _card(request: HttpRequest, image: FundusImage) -> dict[str, Any]:
    return {"image": image, "thumbnail": thumblinks.links(request, image)}


def _done(request: HttpRequest, number: int) -> HttpResponse:
    sentence = ngettext("Deleted %(n)s image.", "Deleted %(n)s images.", number)
    messages.success(request, sentence % {"n": number})
    return redirect(reverse("uploads:dashboard") + carried(request))

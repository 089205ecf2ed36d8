"""The page on which the description of one image is changed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.middleware import signed_in
from uploads import thumblinks
from uploads.changeforms import ImageForm, chosen_by, chosen_of, offered_by
from uploads.changing import metadata, rules
from uploads.gates import require_editable, with_image
from uploads.models import FundusImage
from uploads.views.selected import carried


@require_http_methods(["GET", "HEAD", "POST"])
@with_image
def edit(request: HttpRequest, image: FundusImage) -> HttpResponse:
    user = signed_in(request)
    require_editable(user, image)
    if request.method != "POST":
        return _page(request, image, ImageForm(user=user, image=image))
    form = ImageForm(request.POST, user=user, image=image)
    if not form.is_valid():
        return _page(request, image, form, error=form.complaint()[0], status=422)
    return _save(request, image, form)


def _save(request: HttpRequest, image: FundusImage, form: ImageForm) -> HttpResponse:
    version = form.cleaned_data["version"]
    try:
        changes = metadata.save(
            user=signed_in(request),
            public_id=image.public_id,
            version=version,
            wanted=form.wanted(),
        )
    except metadata.Gone:
        raise Http404 from None
    except metadata.Outdated as outdated:
        now = outdated.image
        found = metadata.conflicts(now, wanted=form.wanted(), version=version)
        return _page(request, now, form, status=409, conflicts=found)
    except metadata.Hindered as hindrance:
        form.add_error("disease", str(hindrance))
        return _page(request, image, form, error=str(hindrance), status=422)
    if changes:
        fields = ", ".join(change.label for change in changes)
        messages.success(request, _("Saved: %(fields)s.") % {"fields": fields})
    else:
        messages.info(request, rules.nothing_to_change(1))
    return redirect(_address(image) + carried(request))


def _page(
    request: HttpRequest, image: FundusImage, form: ImageForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    chosen = chosen_by(form) if form.is_bound else chosen_of(image)
    grades = rules.grades_of([image])[image.pk]
    context = {
        **offered_by(form),
        "image": image,
        "thumbnail": thumblinks.links(request, image),
        "form": form,
        "chosen": chosen,
        # What is refused is shown again as it was sent, and only a newer version can be newer.
        "version": image.version if status != 422 else form.data.get("version", ""),
        "grades": grades,
        "disease_fixed": rules.hindrance({"disease_id": None}, grades),
        "back": _address(image) + carried(request),
        "query": carried(request),
        **more,
    }
    return render(request, "uploads/image_edit.html", context, status=status)


def _address(image: FundusImage) -> str:
    return reverse("uploads:image-detail", args=[image.public_id])

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.middleware import signed_in


@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    units = user.lab_units.select_related("hospital")
    return render(request, "accounts/profile.html", {"person": user, "lab_units": units})


def closed(request: HttpRequest) -> HttpResponse:
    """Pages of the sign-in library that have no place here: administrators make accounts."""
    raise Http404

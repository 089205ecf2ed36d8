from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.middleware import signed_in


@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    units = user.lab_units.select_related("hospital")
    return render(request, "accounts/profile.html", {"person": user, "lab_units": units})

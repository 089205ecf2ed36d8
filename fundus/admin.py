"""The administration's front: one door, one role, and only pages that this product made."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.gates import require_role
from accounts.middleware import signed_in
from accounts.roles import Role
from accounts.views import sign_out

V = TypeVar("V", bound=Callable[..., Any])
OURS = frozenset({"accounts", "jobs", "uploads"})


class FundusAdminSite(AdminSite):
    site_header = _("Fundus administration")
    site_title = _("Fundus")
    index_title = _("Administration")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take our own models only.

        The pages that libraries bring would let one run any function through the queue, write
        session and second-factor rows, or invent roles.
        """
        several = isinstance(model_or_iterable, list | tuple)
        models = model_or_iterable if several else [model_or_iterable]
        ours = [model for model in models if model._meta.app_label in OURS]
        super().register(ours, admin_class, **options)

    def admin_view(self, view: V, cacheable: bool = False) -> V:
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def for_administrators(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            require_role(signed_in(request), Role.ADMINISTRATOR)
            return guarded(request, *args, **kwargs)

        return cast(V, for_administrators)

    def get_urls(self) -> list[Any]:
        urls = super().get_urls()
        for url in urls:
            view: Any = url.callback
            if hasattr(view, "login_url"):
                view.login_url = None  # straight to the site's own sign-in page
        return urls

    @login_not_required
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The same door as everywhere, with its throttling and second factor."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        return redirect_to_login(wanted)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return sign_out(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("accounts:profile")

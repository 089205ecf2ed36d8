"""Letting new and locked-out people choose a password, which nobody else gets to know."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import links
from accounts.admin.auditing import AnyAdmin
from accounts.models import User


class HandingLinks(AnyAdmin):
    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        if not settings.MAIL:
            actions.pop("send_link", None)
        return actions

    @admin.display(description=gettext_lazy("password"))
    def sign_in_state(self, user: User) -> str:
        words = [_("chosen") if user.has_usable_password() else _("not chosen yet")]
        if links.is_good(user):
            words.append(_("a one-time link is out"))
        return ", ".join(words)

    @admin.action(description=gettext_lazy("Make a one-time link"))
    def make_link(self, request: HttpRequest, queryset: QuerySet[User]) -> TemplateResponse | None:
        person = queryset.filter(is_active=True).first()
        if queryset.count() != 1 or person is None:
            told = _("Choose one active person: a link is shown once, to hand to them alone.")
            self.message_user(request, told, messages.WARNING)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("One-time link"),
            "opts": self.opts,
            "person": person,
            "link": links.make(person),
            "hours": int(settings.LINK_GOOD_FOR.total_seconds() // 3600),
        }
        return TemplateResponse(request, "admin/accounts/user/link.html", context)

    @admin.action(description=gettext_lazy("Send a sign-in link by e-mail"))
    def send_link(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        reached = list(queryset.filter(is_active=True).exclude(email=""))
        for person in reached:
            context = {
                "user": person,
                "username": person.get_username(),
                "link": links.make(person, by_mail=True),
                "hours": int(settings.LINK_GOOD_FOR.total_seconds() // 3600),
            }
            get_adapter().send_mail("account/email/sign_in_link", person.email, context)
        told = ngettext("%d link sent.", "%d links sent.", len(reached)) % len(reached)
        if len(reached) < queryset.count():
            told += " " + _("The others have no e-mail address, or are not active.")
        self.message_user(request, told)

"""What administrators fill in about people, and how they filter them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, IntegerField, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import origin
from accounts.models import User
from accounts.roles import Role


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any]:
        """Whoever is at work stays administrator, so that there always is one."""
        data: dict[str, Any] = super().clean() or {}
        if self.instance == origin.current().actor:
            roles = {group.name for group in data.get("groups", ())}
            if not data.get("is_active") or Role.ADMINISTRATOR not in roles:
                raise ValidationError(
                    _("Another administrator must take this role or this account from you.")
                )
        return data


class NewPersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """Without a password: the person chooses one by a link, and nobody else knows it."""

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(_("There is a person of this name already."))
        return name

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        user: User = super().save(commit)
        return user


class LimitForm(forms.Form):
    limit = forms.IntegerField(
        label=gettext_lazy("Images each of them may upload in all"),
        min_value=0,
        max_value=2**31 - 1,
        required=False,
        help_text=gettext_lazy("Empty: the installation's default."),
    )


class QuotaFilter(admin.SimpleListFilter):
    title = gettext_lazy("upload quota")
    parameter_name = "quota"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("used_up", gettext_lazy("Used up")), ("left", gettext_lazy("Something left"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        default = models.Value(settings.DEFAULT_UPLOAD_QUOTA, output_field=IntegerField())
        people = queryset.alias(quota=Coalesce("upload_quota", default))
        if self.value() == "used_up":
            return people.filter(file_upload_count__gte=F("quota"))
        if self.value() == "left":
            return people.filter(file_upload_count__lt=F("quota"))
        return queryset

"""People: who they are, what they may do and where, and how much they may upload."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import audit, quota, second_factor
from accounts.admin.auditing import AuditedAdmin, Snapshot, changes, snapshot
from accounts.admin.handing_links import HandingLinks
from accounts.admin.on_object import ObjectActions
from accounts.admin.person_forms import LimitForm, NewPersonForm, PersonForm, QuotaFilter
from accounts.admin.reference import set_active
from accounts.models import Action, User
from accounts.roles import Role


@admin.register(User)
class PersonAdmin(HandingLinks, ObjectActions, AuditedAdmin, UserAdmin):  # type: ignore[type-arg]
    form = PersonForm
    add_form = NewPersonForm
    add_form_template = None
    list_display = ("username", "full_name", "roles", "units", "used", "last_upload", "is_active")
    list_filter = ("is_active", "groups", QuotaFilter, "lab_units__hospital")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ("lab_units",)
    readonly_fields = (
        "sign_in_state",
        "second_factor",
        "used",
        "last_upload",
        "uploads",
        "last_login",
        "date_joined",
    )
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email")}),
        (
            gettext_lazy("Access"),
            {"fields": ("is_active", "sign_in_state", "second_factor", "groups", "lab_units")},
        ),
        (gettext_lazy("Uploads"), {"fields": ("upload_quota", "used", "last_upload", "uploads")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email")}),
        (gettext_lazy("Access"), {"fields": ("groups", "lab_units")}),
        (gettext_lazy("Uploads"), {"fields": ("upload_quota",)}),
    )
    actions = (
        "make_link",
        "send_link",
        "reset_count",
        "set_limit",
        "take_second_factor",
        "deactivate",
        "activate",
    )
    object_actions = ("make_link", "send_link", "reset_count", "take_second_factor")

    def get_urls(self) -> list[Any]:
        """Without the page on which Django lets administrators set a password."""
        pages = super().get_urls()
        return [page for page in pages if page.name != "auth_user_password_change"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        return people.prefetch_related("groups", "lab_units__hospital").annotate(
            last_job=Max("jobs__created_at")
        )

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """People are deactivated: what they did stays theirs."""
        return False

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["widget"] = forms.CheckboxSelectMultiple
            kwargs["queryset"] = Group.objects.filter(name__in=Role.values)
            kwargs |= {"label": gettext_lazy("Roles"), "help_text": ""}
        if db_field.name == "lab_units":
            kwargs["queryset"] = db_field.related_model.objects.select_related("hospital")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def note_change(self, obj: models.Model, before: Snapshot) -> None:
        """A new limit is an event of its own, however it is set."""
        old, new = changes(before, snapshot(obj))
        if "upload_quota" in new:
            audit.record(
                Action.QUOTA_CHANGED,
                obj,
                before={"upload_quota": old.pop("upload_quota")},
                after={"upload_quota": new.pop("upload_quota")},
            )
        if new:
            audit.record(Action.RECORD_CHANGED, obj, before=old, after=new)

    # --- Columns ----------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(sorted(group.name for group in user.groups.all()))

    @admin.display(description=gettext_lazy("lab units"))
    def units(self, user: User) -> str:
        return ", ".join(str(unit) for unit in user.lab_units.all())

    @admin.display(description=gettext_lazy("uploads used"), ordering="file_upload_count")
    def used(self, user: User) -> SafeString:
        limit, used = user.effective_quota, user.file_upload_count
        words = _("%(used)s of %(limit)s") % {"used": f"{used:,}", "limit": f"{limit:,}"}
        bar = '<progress max="{}" value="{}" aria-label="{}"></progress> <span>{}</span>'
        return format_html(bar, max(limit, 1), min(used, max(limit, 1)), words, words)

    @admin.display(description=gettext_lazy("last upload"), ordering="last_job")
    def last_upload(self, user: Any) -> Any:
        return getattr(user, "last_job", None)

    @admin.display(description=gettext_lazy("their uploads"))
    def uploads(self, user: User) -> SafeString:
        images = reverse("admin:uploads_fundusimage_changelist")
        jobs = reverse("admin:jobs_job_changelist")
        return format_html(
            '<a href="{}?uploaded_by__id__exact={}">{}</a> · '
            '<a href="{}?uploader__id__exact={}">{}</a>',
            *(images, user.pk, _("Images"), jobs, user.pk, _("Upload jobs")),
        )

    @admin.display(description=gettext_lazy("second factor"))
    def second_factor(self, user: User) -> str:
        return ", ".join(second_factor.kinds(user)) or _("none")

    # --- Actions ----------------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Reset upload count"))
    def reset_count(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        chosen = User.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        number, changed = chosen.count(), quota.reset(chosen)
        told = ngettext("%d upload count reset.", "%d upload counts reset.", changed) % changed
        if number > changed:
            told += " " + _("%d held nothing that can be reset.") % (number - changed)
        self.message_user(request, told)

    @admin.action(description=gettext_lazy("Set upload limit …"))
    def set_limit(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        given = request.POST if "limit" in request.POST else None
        form = LimitForm(given)
        if not form.is_valid():
            return self._ask_limit(request, queryset, form)
        with transaction.atomic():
            for user in queryset:
                quota.set_limit(user, form.cleaned_data["limit"])
        count = queryset.count()
        self.message_user(
            request, ngettext("%d upload limit set.", "%d upload limits set.", count) % count
        )
        return None

    def _ask_limit(
        self, request: HttpRequest, people: QuerySet[User], form: LimitForm
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Set upload limit"),
            "opts": self.opts,
            "form": form,
            "people": people,
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "admin/accounts/user/set_limit.html", context)

    @admin.action(description=gettext_lazy("Take away a lost second factor"))
    def take_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        count = second_factor.take_away(queryset)
        told = ngettext("%d second factor taken away.", "%d second factors taken away.", count)
        self.message_user(request, told % count)

    @admin.action(description=gettext_lazy("Deactivate"))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        others = queryset.exclude(username=request.user.get_username())
        if others.count() < queryset.count():
            refused = _("Another administrator must deactivate your own account.")
            self.message_user(request, refused, messages.WARNING)
        count = set_active(others, active=False)
        self.message_user(
            request, ngettext("%d person deactivated.", "%d people deactivated.", count) % count
        )

    @admin.action(description=gettext_lazy("Activate"))
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        count = set_active(queryset, active=True)
        self.message_user(
            request, ngettext("%d person activated.", "%d people activated.", count) % count
        )

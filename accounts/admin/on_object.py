"""Actions of the list, also as buttons on the page of one object."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from accounts.admin.auditing import AuditedAdmin


class ObjectActions(AuditedAdmin):
    """`object_actions` names the actions that become buttons. They post to the list as it does."""

    object_actions: ClassVar[tuple[str, ...]] = ()
    change_form_template = "admin/object_actions.html"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        offered = self.get_actions(request)
        context["object_actions"] = [
            {"name": name, "label": offered[name][2]}
            for name in self.object_actions
            if name in offered
        ]
        return super().render_change_form(request, context, *args, **kwargs)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any
    ) -> HttpResponse | None:
        response = super().response_action(request, queryset, *args)
        pk = request.POST.get("back_to")
        if pk and isinstance(response, HttpResponseRedirect):
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", pk)
        return response

"""When stored files were last verified, and what was found."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.auditing import ReadOnlyAdmin
from uploads.models import FileCheck


@admin.register(FileCheck)
class FileCheckAdmin(ReadOnlyAdmin):
    list_display = (
        "started_at",
        "finished_at",
        "scheduled",
        "verified",
        "missing",
        "altered",
        "unreadable",
        "orphaned",
    )
    fields = (*list_display, "percent")
    readonly_fields = ("verified",)

    @admin.display(description=_("images"))
    def verified(self, check: Any) -> str:
        return _("%(done)s of %(total)s") % {
            "done": f"{check.images:,}",
            "total": f"{check.total * check.percent // 100:,}",
        }

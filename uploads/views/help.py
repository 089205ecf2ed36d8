from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from jobs.codes import Code, explained

PAGES = {
    "direct-uploads": _("Direct Image Uploads"),
    "dashboard": _("Dashboard"),
    "editing": _("Editing"),
    "quotas": _("Quotas"),
    "troubleshooting": _("Troubleshooting"),
}


@require_safe
def page(request: HttpRequest, slug: str = "index") -> HttpResponse:
    if slug != "index" and slug not in PAGES:
        raise Http404
    context = {
        "slug": slug,
        "pages": [{"slug": slug, "title": title} for slug, title in PAGES.items()],
        "error_codes": [explained(code) for code in Code],
    }
    return render(request, f"help/{slug}.html", context)

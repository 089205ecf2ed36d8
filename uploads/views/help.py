from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from jobs.codes import Code, explained
from uploads.changing import undo
from uploads.grading import giving, importing, sheets
from uploads.limits import BULK_IMAGES
from uploads.listing.pages import PAGE_SIZE

PAGES = {
    "direct-uploads": _("Direct Image Uploads"),
    "dashboard": _("Dashboard"),
    "editing": _("Editing"),
    "quotas": _("Quotas"),
    "account": _("Signing in"),
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
        **_limits(),
    }
    return render(request, f"help/{slug}.html", context)


def _limits() -> dict[str, int]:
    """The numbers of lists, changes and grades; those of uploads are on every page."""
    return {
        "page_size": PAGE_SIZE,
        "bulk_images": BULK_IMAGES,
        "undo_hours": undo.POSSIBLE_FOR // timedelta(hours=1),
        "note_length": giving.NOTE_LENGTH,
        "import_rows": sheets.MAX_ROWS,
        "import_megabytes": sheets.MAX_MEGABYTES,
        "import_unpacked": sheets.MAX_UNPACKED // sheets.MEGABYTE,
        "preview_hours": importing.GOOD_FOR // timedelta(hours=1),
    }

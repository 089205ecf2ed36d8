"""Prove that what lists and figures count is what there is."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit, origin
from accounts.models import Action
from uploads import recount
from uploads.models import FundusImage


class Command(BaseCommand):
    help = "Recount images against the counts kept of them. Exit 1 if any differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="write what was recounted")

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for difference in recount.differences():
            found += 1
            self.stdout.write(str(difference))
            if options["repair"]:
                difference.mend()
        images = FundusImage.objects.count()
        summary = f"{images} images recounted: {found} differences"
        if not found:
            self.stdout.write(f"{summary}.")
        elif options["repair"]:
            with origin.acting(origin.Origin(actor_name="command verify_counts")):
                audit.record(Action.RECORD_CHANGED, after={"counts written anew": found})
            self.stdout.write(f"{summary}, written anew. Run it again to see that none is left.")
        else:
            raise CommandError(f"{summary}. With --repair they are written anew.")

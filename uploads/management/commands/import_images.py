"""Upload a folder of this machine for somebody, by the same rules as through the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import finding, origin
from uploads import importing
from uploads.choosing import choices

NAMED = ("lab_unit", "camera", "disease", "area", "mydriatic")


class Command(BaseCommand):
    help = "Upload the files of a folder as a user, and wait until all are processed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--as", required=True, dest="user", help="the uploader's user name")
        parser.add_argument("--lab-unit", required=True, help="Hospital/Unit, id or unique name")
        for name in ("--camera", "--disease", "--area"):
            parser.add_argument(name, required=True, help="name or id")
        parser.add_argument("--mydriatic", action="store_true")
        parser.add_argument(
            "--neutral-names",
            action="store_true",
            help="instead of file names that look like patient data",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = finding.user(options["user"])
        who = origin.Origin(actor_name="command import_images", on_behalf_of=user.get_username())
        with origin.acting(who):
            chosen = choices(user, **{name: options[name] for name in NAMED})
            tally = importing.import_folder(
                options["folder"], user, chosen, self.stdout, neutral=options["neutral_names"]
            )
        for name, reason in tally.failed:
            self.stdout.write(f"{name}: {reason}")
        if tally.telling:
            done = "replaced" if options["neutral_names"] else "kept; --neutral-names replaces such"
            self.stdout.write(f"{tally.telling} file names look like patient data: {done}.")
        if tally.failed or tally.stopped:
            raise CommandError(str(tally))
        self.stdout.write(str(tally))

"""Prove that every stored file is there and unaltered, and that no other is."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import origin
from accounts.progress import Progress
from jobs.storage import StorageAway
from uploads import verifying
from uploads.models import FileCheck


def percentage(text: str) -> int:
    number = int(text.removesuffix("%"))
    if not 1 <= number <= 100:
        raise ValueError
    return number


class Command(BaseCommand):
    help = (
        "Re-hash stored files; name the missing, altered and orphaned ones. Exit code 1 if there"
        " are any, 2 if it could not come to its end."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--resume", action="store_true", help="go on where the last one ended")
        parser.add_argument(
            "--sample", type=percentage, default=100, metavar="N%", help="of the images, by chance"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stopped = False
        before = {number: signal.signal(number, self._stop) for number in STOPPING}
        try:
            with origin.acting(origin.Origin(actor_name="command verify_uploads")):
                check = verifying.interrupted() if options["resume"] else None
                self._verify(check or verifying.begin(percent=options["sample"]))
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _verify(self, check: FileCheck) -> None:
        progress = Progress(self.stdout, check.total * check.percent // 100)
        progress.step(check.images)
        try:
            while check.finished_at is None and not self.stopped:
                for finding in verifying.advance(check):
                    progress.say(str(finding))
                progress.step(check.images - progress.done)
        except StorageAway as trouble:
            raise CommandError(f"The storage is not available ({trouble}).", returncode=2) from None
        finally:
            progress.end()
        self._sum_up(check)

    def _sum_up(self, check: FileCheck) -> None:
        counts = f"{check.missing} missing, {check.altered} altered, {check.orphaned} orphaned"
        if check.unreadable:
            counts += f", {check.unreadable} unreadable"
        summary = f"{check.images} images verified: {counts}."
        if check.finished_at is None:
            raise CommandError(f"Interrupted. {summary} Go on with --resume.", returncode=2)
        if check.found:
            raise CommandError(summary)
        self.stdout.write(summary)

    def _stop(self, number: int, frame: Any) -> None:
        """At the end of the piece under way."""
        self.stopped = True


STOPPING = (signal.SIGINT, signal.SIGTERM)

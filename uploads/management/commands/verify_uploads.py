"""Prove that every stored file is there and unaltered, and that no other is."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.progress import Progress
from jobs.storage import StorageAway
from uploads import verification
from uploads.models import FundusImage


class Command(BaseCommand):
    help = "Re-hash stored files; name the missing, altered and orphaned ones. Exit 1 if any."

    def handle(self, *args: Any, **options: Any) -> None:
        progress = Progress(self.stdout, FundusImage.objects.count())
        found: Counter[str] = Counter()
        try:
            for finding in chain(verification.damaged(progress.step), verification.orphaned()):
                found[finding.kind] += 1
                progress.say(str(finding))
        except StorageAway as trouble:
            raise CommandError(f"The storage is not available ({trouble}).", returncode=2) from None
        finally:
            progress.end()
        told = ", ".join(f"{found[kind]} {kind}" for kind in ("missing", "altered", "orphaned"))
        summary = f"{progress.done} images verified: {told}."
        if found:
            raise CommandError(summary)
        self.stdout.write(summary)

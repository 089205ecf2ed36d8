"""Prove that the audit trail is as it was written: nothing altered, taken out, put in, or moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import AuditEvent
from accounts.progress import Progress
from accounts.trail import guards, heads, proving

SHOWN = 50


class Command(BaseCommand):
    help = "Verify the audit trail against its seals; name what was tampered with. Exit 1 if any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--against", type=Path, help="file with seals that were kept: exported, or the log"
        )
        parser.add_argument(
            "--export", type=Path, help="append the newest seal to this file, if all is sound"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            kept = heads.read(options["against"]) if options["against"] else {}
        except (OSError, ValueError) as trouble:
            raise CommandError(f"{options['against']}: {trouble}", returncode=2) from None
        progress = Progress(self.stdout, AuditEvent.objects.count())
        proof = proving.Proof(kept, progress.step)
        findings = proof.findings()
        count = 0
        for finding in findings:
            count += 1
            if count <= SHOWN:
                progress.say(str(finding))
        progress.end()
        self._sum_up(proof, count)
        if options["export"]:
            heads.append(options["export"], heads.newest())

    def _sum_up(self, proof: proving.Proof, count: int) -> None:
        summary = (
            f"{proof.rows} rows under {proof.seals} seals verified, {proof.tail} not sealed yet"
        )
        if count:
            raise CommandError(f"{summary}: {count} findings.")
        self.stdout.write(f"{summary}: no findings.\n{heads.newest()}")
        if guards.can_be_altered():
            self.stdout.write("Note: the role of this connection could take the guards away.")

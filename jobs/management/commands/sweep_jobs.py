"""What the worker does on a timer, once: for hosts without one, and for the impatient."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts import origin
from jobs import sweeper

WORDS = {
    "requeued": "abandoned by a worker, queued again",
    "exhausted": "given up after the last attempt",
    "rung": "called again",
    "not_received": "never received",
    "settled": "jobs ended",
    "edits": "edits queued again or given up",
    "expired": "kept files past their time removed",
    "orphans": "staged files without an item removed",
    "parts": "half-written files removed",
    "removed": "files of deleted images removed",
}


class Command(BaseCommand):
    help = "Repair upload jobs that stand still and remove what is left over in staging."

    def handle(self, *args: Any, **options: Any) -> None:
        with origin.acting(origin.Origin(actor_name="command sweep_jobs")):
            swept = sweeper.sweep() + sweeper.collect_leftovers() + sweeper.remove_deleted()
        told = [f"{number} {WORDS.get(name, name)}" for name, number in swept.items()]
        self.stdout.write(f"Swept: {', '.join(told) or 'nothing to do'}.")

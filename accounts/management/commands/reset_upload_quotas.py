"""Set upload counts back to what open files still hold."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import F

from accounts import finding, origin, quota


class Command(BaseCommand):
    help = "Reset how many images people have uploaded, of one, of a hospital, a unit, or all."

    def add_arguments(self, parser: CommandParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--user")
        who.add_argument("--hospital")
        who.add_argument("--lab-unit", help="Hospital/Unit, its id, or its name if it is unique")
        who.add_argument("--all", action="store_true")
        parser.add_argument("--dry-run", action="store_true", help="say what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        people = finding.people(options["user"], options["hospital"], options["lab_unit"])
        users = people.exclude(file_upload_count=F("file_upload_held"))
        for user in users.order_by("username"):
            left = user.file_upload_held
            self.stdout.write(f"{user.get_username()}: {user.file_upload_count} to {left}")
        if options["dry_run"]:
            self.stdout.write(f"{users.count()} upload counts would be reset.")
            return
        with origin.acting(origin.Origin(actor_name="command reset_upload_quotas")):
            self.stdout.write(f"{quota.reset(users)} upload counts reset.")

"""Take from the application's role in PostgreSQL what could change the audit trail."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from accounts import audit, origin
from accounts.models import Action
from accounts.trail import guards


class Command(BaseCommand):
    help = "Grant a PostgreSQL role what the application needs; of the audit trail only to append."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", required=True, help="the role that web and worker use")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("SQLite knows no roles: the triggers alone guard the trail there.")
        with transaction.atomic():
            guards.put()
        if refusal := guards.restrict(options["role"]):
            raise CommandError(refusal)
        with origin.acting(origin.Origin(actor_name="command protect_audit")):
            audit.record(Action.RECORD_CHANGED, after={"can only append": options["role"]})
        self.stdout.write(f"{options['role']} can append to the audit trail and read it, no more.")

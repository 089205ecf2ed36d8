from typing import Any

from django.core.management.base import BaseCommand

from jobs.worker.supervisor import Supervisor


class Command(BaseCommand):
    help = "Process uploaded files until SIGTERM or SIGINT: django-q2's cluster, supervised."

    def handle(self, *args: Any, **options: Any) -> None:
        Supervisor().run()

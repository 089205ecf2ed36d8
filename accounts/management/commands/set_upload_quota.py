"""Give one person a lifetime upload limit of their own, or the installation's default again."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import finding, origin, quota

LARGEST = 2**31 - 1


def limit(text: str) -> int | None:
    if text == "default":
        return None
    if text.isascii() and text.isdigit() and int(text) <= LARGEST:
        return int(text)
    raise ArgumentTypeError(f"“{text}” is neither a number of images nor the word default")


class Command(BaseCommand):
    help = "Set how many images a user may upload in all: a number, or the word default."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user")
        parser.add_argument("limit", type=limit, metavar="N|default")

    def handle(self, *args: Any, **options: Any) -> None:
        user = finding.user(options["user"])
        with origin.acting(origin.Origin(actor_name="command set_upload_quota")):
            quota.set_limit(user, options["limit"])
        now = f"{user.effective_quota}{' (default)' if user.upload_quota is None else ''}"
        self.stdout.write(
            f"{user.get_username()} may upload {now} images in all; "
            f"{user.file_upload_count} are used, {user.quota_left} left."
        )

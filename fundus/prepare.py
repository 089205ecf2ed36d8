"""Bring database, static files and demo data up to date: `python -m fundus.prepare`.

One process for all of it, since starting Django costs more than the work itself.
"""

import os
import sys
from hashlib import sha256
from pathlib import Path

import django
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command

PACKAGES = ("fundus", "uploads", "jobs", "accounts")
LOCKS = ("requirements.txt", "package-lock.json")


def static_state(root: Path) -> str:
    """A digest that changes when a static file or a dependency that brings some does."""
    digest = sha256()
    for name in LOCKS:
        digest.update((root / name).read_bytes())
    folders = [root / package / "static" for package in PACKAGES]
    for file in sorted(file for folder in folders for file in folder.rglob("*") if file.is_file()):
        digest.update(f"{file}:{file.stat().st_mtime_ns}:{file.stat().st_size}\n".encode())
    return digest.hexdigest()


def collect_static() -> None:
    """Collect the static files, unless nothing changed since the last time."""
    stamp = settings.DATA_DIR / "static.state"
    state = static_state(settings.BASE_DIR)
    if stamp.is_file() and stamp.read_text() == state:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(state)


def refuse_misconfiguration() -> None:
    """The web server itself runs no system checks."""
    for message in run_checks():
        if message.is_serious():
            sys.exit(f"{message.msg} {message.hint or ''}".strip())


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fundus.settings")
    django.setup()
    refuse_misconfiguration()
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    collect_static()
    call_command("migrate", verbosity=0)
    if settings.FUNDUS_DEMO:
        call_command("demo", verbosity=0)


if __name__ == "__main__":
    main()

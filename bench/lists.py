"""The dashboard with a million images, on SQLite and on PostgreSQL.

Server time of whole requests, signed in: every filter alone, combinations that match much, little
and nothing, both orders, the first page and one half-way down, for three kinds of people. Also what
each costs with one image, and the plan of the slowest statement.

`BENCH_IMAGES` sets another number. The databases are made once a run, in a temporary folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.live.postgres import Postgres

IMAGES = int(os.environ.get("BENCH_IMAGES", "1000000"))


def main() -> None:
    for number in (1, IMAGES):
        with tempfile.TemporaryDirectory() as folder:
            measure("SQLite", number, Path(folder))
    with Postgres() as server:
        for number in (1, IMAGES):
            with tempfile.TemporaryDirectory() as folder:
                measure("PostgreSQL", number, Path(folder), DATABASE_URL=server.database())


def measure(name: str, number: int, data: Path, **database: str) -> None:
    (data / "static").mkdir()
    environment = {
        **os.environ,
        **database,
        "FUNDUS_ENV_FILE": "",
        "FUNDUS_DATA_DIR": str(data),
        "FUNDUS_DEMO": "on",
        "SECRET_KEY": "for-measurements-0123456789-0123456789-0123456789",
        "AUDIT_KEY": "for-measurements-9876543210-9876543210-9876543210",
        "DJANGO_SETTINGS_MODULE": "fundus.settings",
    }
    for command in (
        ["manage.py", "migrate", "-v0"],
        ["manage.py", "collectstatic", "--no-input", "-v0"],
        ["-m", "bench._seeding", str(number)],
        ["-m", "bench._requests", name, str(number)],
    ):
        subprocess.run([sys.executable, *command], env=environment, check=True)


if __name__ == "__main__":
    main()

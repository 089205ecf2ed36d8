"""The audit trail with a million rows, on SQLite and on PostgreSQL.

Rows a second that are appended (with the guards and without), sealed and verified; the largest
process; and the administration's pages of the trail, each filter and search alone.

`BENCH_ROWS` sets another number.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.live.postgres import Postgres

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        measure("SQLite", Path(folder) / "sqlite")
    with tempfile.TemporaryDirectory() as folder, Postgres() as server:
        measure("PostgreSQL", Path(folder) / "postgres", DATABASE_URL=server.database())


def measure(name: str, data: Path, **database: str) -> None:
    (data / "static").mkdir(parents=True)
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
        ["-m", "bench._trail", name, str(ROWS)],
    ):
        subprocess.run([sys.executable, *command], env=environment, check=True)


if __name__ == "__main__":
    main()

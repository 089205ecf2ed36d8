"""PostgreSQL and S3 as the configuration of a whole test run.

`python -m tests.live.stack COMMAND…` starts both, runs the command with their addresses in the
environment, ends both and exits with the command's code.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from fundus.linux import spawn
from tests.live.postgres import Postgres, new_database
from tests.live.s3 import S3, new_bucket

POSTGRES, BUCKETS = "FUNDUS_TEST_POSTGRES", "FUNDUS_TEST_S3"


class Template(NamedTuple):
    """A prepared installation: its data directory and, unless on SQLite, its database."""

    data_dir: Path
    database_url: str


def configured() -> bool:
    """Does this run use PostgreSQL and S3 by configuration?"""
    return POSTGRES in os.environ


def resources(template: str = "template1") -> dict[str, str]:
    """Environment with a database (a copy of `template`) and a bucket; empty on SQLite and disk."""
    if not configured():
        return {}
    database = new_database(os.environ[POSTGRES], template)
    return {"DATABASE_URL": database, **new_bucket(os.environ[BUCKETS])}


def main(command: list[str]) -> int:
    """Run the command between start and end of both servers; its exit code."""
    signal.signal(signal.SIGTERM, _leave)
    with Postgres() as postgres, S3() as s3:
        addresses = {POSTGRES: postgres.url, BUCKETS: s3.endpoint}
        own = {"DATABASE_URL": new_database(postgres.url), **new_bucket(s3.endpoint)}
        return spawn(command, env={**os.environ, **addresses, **own}).wait()


def _leave(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

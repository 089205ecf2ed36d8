"""The product's settings for tests in this process, whatever `.env` says.

`DATABASE_URL` and the `AWS_*` names still come from the environment, so that the same tests run
on PostgreSQL and S3.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def data_directory() -> Path:
    """One of its own for each test run; linters, which write nothing, share one."""
    if "pytest" not in sys.modules:
        return ROOT / "var" / "lint"
    own = Path(tempfile.mkdtemp(prefix="fundus-tests-"))
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return own


DATA = data_directory()
# The middleware for static files warns at each start without it.
(DATA / "static").mkdir(parents=True, exist_ok=True)
os.environ.update(
    FUNDUS_ENV_FILE="",
    FUNDUS_DEMO="on",
    FUNDUS_DATA_DIR=str(DATA),
    SECRET_KEY="only-for-tests-0123456789-0123456789-0123456789-abcdef",
    AUDIT_KEY="only-for-tests-9876543210-9876543210-9876543210-fedcba",
    PORT="8000",
    # Playwright keeps an event loop in the main thread, which Django takes for asynchronous use.
    DJANGO_ALLOW_ASYNC_UNSAFE="true",
)

from fundus.settings import *  # noqa: E402, F403
from fundus.settings import DATABASE, STORAGES  # noqa: E402

if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # In memory, threads would share one connection: no write could ever contend.
    DATABASE["TEST"] = {"NAME": f"{DATA}/test.sqlite3"}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

"""The product's settings for tests in this process, whatever `.env` says.

`DATABASE_URL` and the `AWS_*` names still come from the environment, so that the same tests run
on PostgreSQL and S3.
"""

import atexit
import os
import shutil
import tempfile

DATA = tempfile.mkdtemp(prefix="fundus-tests-")
atexit.register(shutil.rmtree, DATA, ignore_errors=True)
os.environ.update(
    FUNDUS_ENV_FILE="",
    FUNDUS_DEMO="on",
    FUNDUS_DATA_DIR=DATA,
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

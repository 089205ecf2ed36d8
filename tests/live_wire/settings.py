"""Settings of the small site: what the web server and `uploads.wire` ask for, and no database."""

import os
from datetime import timedelta

HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])
READ_TIMEOUT = timedelta(seconds=float(os.environ.get("FUNDUS_READ_TIMEOUT", "30")))
SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.live_wire.app"
INSTALLED_APPS: list[str] = []
MIDDLEWARE = [
    "uploads.wire.middleware.RefuseUnread",
    "tests.live_wire.app.Visitor",
    "uploads.wire.middleware.BodyLimit",
]
FILE_UPLOAD_TEMP_DIR = os.environ["TMPDIR"]
DIRECT_UPLOAD_MAX_FILE_SIZE_MB = 5
DIRECT_UPLOAD_MAX_FILES = 10
DIRECT_UPLOAD_MAX_MEGAPIXELS = 100
DEFAULT_UPLOAD_QUOTA = 50
LOOKUPS_PER_MINUTE = 20
MAX_BODY_BYTES = 2 * 1024 * 1024
REFUSED_BODY_DRAIN = timedelta(seconds=2)
REFUSED_FORM_DRAIN = timedelta(seconds=60)

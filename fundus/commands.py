"""The two processes that make up a running installation."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PREPARE = (sys.executable, "-m", "fundus.prepare")
WORKER = (sys.executable, "manage.py", "runworker")
WEB = (sys.executable, "-m", "gunicorn", "-c", "fundus/server.py", "fundus.wsgi:application")
WEB_ENVIRONMENT = {"FUNDUS_WEB_PROCESS": "on"}

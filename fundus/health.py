"""Whether the parts work, for load balancers and supervisors. No detail beyond ok or failing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import storages
from django.db import DatabaseError, connection
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from accounts.middleware import background
from jobs.models import Heartbeat

HEARTBEAT_AGE = timedelta(minutes=3)


@background
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    parts: dict[str, Callable[[], bool]] = {
        "database": _database,
        "storage": _storage,
        "worker": _worker,
    }
    found = {name: "ok" if works() else "failing" for name, works in parts.items()}
    healthy = all(state == "ok" for state in found.values())
    return JsonResponse(found, status=200 if healthy else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _storage() -> bool:
    try:
        storages["staging"].exists("health")
        folder = Path(settings.DATA_DIR)
        room = shutil.disk_usage(folder).free >= settings.MIN_FREE_BYTES
        return bool(room and os.access(folder, os.W_OK))
    except (OSError, BotoCoreError, ClientError):
        return False


def _worker() -> bool:
    try:
        return bool(Heartbeat.objects.filter(at__gte=Now() - HEARTBEAT_AGE).exists())
    except DatabaseError:
        return False

"""gunicorn's configuration: `gunicorn -c fundus/server.py fundus.wsgi:application`."""

import os
import resource

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fundus.settings")

from django.conf import settings

from fundus.webworker import WebWorker


def raise_descriptor_limit(wanted: int) -> int:
    """The number of descriptors this process may have open: many systems begin at 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
bind = [f"{host}:{settings.PORT}"]
proc_name = "fundus-web"

# A thread is busy as long as a body takes to come, and somebody's line is always slow. Each holds
# a connection, and now and then a spooled file and the database's files as well.
descriptors = raise_descriptor_limit(8192)
worker_class = WebWorker
workers = int(os.environ.get("FUNDUS_WEB_PROCESSES", "1"))
threads = min(int(os.environ.get("FUNDUS_WEB_THREADS", "512")), descriptors // 8)
worker_connections = min(2048, descriptors // 2)
backlog = 1024
timeout = 60  # seconds in which a process must show signs of life
graceful_timeout = 10  # seconds for running requests when the server stops
keepalive = 75  # seconds; longer than usual proxies keep theirs, so that they close first
if os.path.isdir("/dev/shm"):  # noqa: PTH112, S108 - signs of life never wait for a disk
    worker_tmp_dir = "/dev/shm"  # noqa: S108

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190

# What a proxy says about the client is judged in one place, by the number of proxies to trust.
forwarded_allow_ips = ""
control_socket_disable = True

# Addresses of pages name jobs and carry search terms: not for a log.
accesslog = None
errorlog = "-"
loglevel = "info"
logger_class = "fundus.logs.ServerLog"

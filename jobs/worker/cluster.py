"""The process group of one `qcluster`: started, asked to end, or killed as a whole."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

from django.conf import settings

from jobs.worker import identity

# The checks have been run by the supervisor already.
_COMMAND = (sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster", "--skip-checks")


class Cluster:
    """A `qcluster` in a session of its own, so that one signal reaches all of its processes."""

    def __init__(self, owner: str) -> None:
        environment = {**os.environ, identity.VARIABLE: owner}
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            _COMMAND, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def age(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started_at

    def ended(self) -> str:
        """How the main process ended, or "" while it runs. It is not reaped: its number stays
        ours, and with it the group's.
        """
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        end = os.waitid(os.P_PID, self.pid, flags)
        if end is None:
            return ""
        return _meaning(end.si_code, end.si_status)

    def ask_to_stop(self) -> None:
        """Let tasks under way end. To the main process alone: to the group it would kill them."""
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Kill every process of the group, then take leave of the main one."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


def _meaning(code: int, status: int) -> str:
    if code == os.CLD_EXITED:
        return f"with exit code {status}"
    return f"by signal {status}"

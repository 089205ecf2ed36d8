"""A launcher with small programs in place of web server and worker: `python -m … DIR MODE…`.

Each program writes its pid to DIR; the worker has a child in a session of its own.
"""

import os
import sys
from pathlib import Path

from fundus.console import say
from fundus.launch import StopRequest
from fundus.linux import follow_parent
from fundus.supervisor import Patience, Program, Supervisor

WEB = """
import os, pathlib, time
pathlib.Path("web.pid").write_text(str(os.getpid()))
time.sleep(600)
"""
WORKER = """
import os, pathlib, signal, subprocess, sys, time
def stop(number, frame):
    if "stubborn" not in sys.argv:
        child.kill()
        sys.exit(0)
signal.signal(signal.SIGTERM, stop)
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
pathlib.Path("child.pid").write_text(str(child.pid))
pathlib.Path("worker.pid").write_text(str(os.getpid()))
if "crashing" in sys.argv:
    sys.exit("no database")
time.sleep(600)
"""


def main(folder: Path, *modes: str) -> int:
    request = StopRequest()
    follow_parent(request.parent)
    os.chdir(folder)
    programs = [
        Program("the web server", [sys.executable, "-c", WEB], folder / "web.log"),
        Program("the worker", [sys.executable, "-c", WORKER, *modes], folder / "worker.log"),
    ]
    patience = Patience(window=60, pause=0.1, grace=1 if "stubborn" in modes else 20)
    supervisor = Supervisor(programs, patience)
    supervisor.start()
    (folder / "launcher.pid").write_text(str(os.getpid()))
    say("started")
    return supervisor.run(request.wanted, lambda: request.impatient)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))

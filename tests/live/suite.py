"""The whole test suite: once on SQLite and disk with browser, once on PostgreSQL and S3 without.

`python -m tests.live.suite [pytest arguments]`; the exit code is the worse of the two, and what
both runs counted stands in the last lines of the output.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from fundus.console import say
from fundus.linux import spawn

STACK_MARKS = "not browser and not slow"
PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no")
RUNS = {
    "SQLite and disk": PYTEST,
    "PostgreSQL and S3": (sys.executable, "-m", "tests.live.stack", *PYTEST, "-m", STACK_MARKS),
}


def run(command: Sequence[str]) -> tuple[int, str]:
    """Run it with its output shown; exit code and the last line of the output."""
    process = spawn(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    last = ""
    for line in process.stdout:
        sys.stdout.buffer.write(line)
        sys.stdout.flush()
        last = line.decode(errors="replace").strip() or last
    return process.wait(), last


def main(arguments: Sequence[str]) -> int:
    codes, lines = [], []
    for name, command in RUNS.items():
        say(f"== {name}")
        code, line = run([*command, *arguments])
        codes.append(code if code >= 0 else 128 - code)
        lines.append(f"{name}:\n{line}")
    say("\n" + "\n".join(lines))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

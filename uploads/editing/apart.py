"""Makes a proxy in a process of its own: a very large original needs memory that a web server
must not take, and its decoder sees neither keys nor passwords there.

`python -m uploads.editing.apart MIME ORIENTATION` reads an original and writes its proxy.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from uploads.editing import render

ROOT: Final = Path(__file__).resolve().parent.parent.parent
PATIENCE: Final = 60  # seconds


def proxy(data: bytes, *, mime: str, orientation: int) -> render.Proxy:
    """As `render.proxy`. Raises CalledProcessError or TimeoutExpired."""
    command = [sys.executable, "-m", "uploads.editing.apart", mime, str(orientation)]
    made = subprocess.run(
        command, input=data, stdout=subprocess.PIPE, check=True, cwd=ROOT, env={}, timeout=PATIENCE
    )
    return render.Proxy.from_bytes(made.stdout)


def main(mime: str, orientation: str) -> None:
    data = sys.stdin.buffer.read()
    small = render.proxy(data, mime=mime, orientation=int(orientation))
    sys.stdout.buffer.write(small.to_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])

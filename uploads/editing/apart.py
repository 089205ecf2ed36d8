"""Makes a proxy in a process of its own: a very large original needs memory that a web server
must not take, and its decoder sees neither keys nor passwords there.

`python -m uploads.editing.apart MIME ORIENTATION [X Y WIDTH HEIGHT FACTOR]` reads an original
and writes the proxy of all or of that part of it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from uploads.editing import proxies
from uploads.editing.proxies import Proxy
from uploads.editing.steps import Rect

ROOT: Final = Path(__file__).resolve().parent.parent.parent
PATIENCE: Final = 60  # seconds


def whole(data: bytes, *, mime: str, orientation: int) -> Proxy:
    """As `proxies.whole`. Raises CalledProcessError or TimeoutExpired."""
    return _made(data, mime, orientation)


def part(data: bytes, *, mime: str, orientation: int, place: Rect, factor: int) -> Proxy:
    """As `proxies.part`. Raises CalledProcessError or TimeoutExpired."""
    return _made(data, mime, orientation, *place, factor)


def _made(data: bytes, mime: str, *numbers: int) -> Proxy:
    command = [sys.executable, "-m", "uploads.editing.apart", mime, *map(str, numbers)]
    made = subprocess.run(
        command, input=data, stdout=subprocess.PIPE, check=True, cwd=ROOT, env={}, timeout=PATIENCE
    )
    return Proxy.from_bytes(made.stdout)


def main(mime: str, orientation: str, *numbers: str) -> None:
    data = sys.stdin.buffer.read()
    if numbers:
        *place, factor = map(int, numbers)
        made = proxies.part(
            data, mime=mime, orientation=int(orientation), place=Rect(*place), factor=factor
        )
    else:
        made = proxies.whole(data, mime=mime, orientation=int(orientation))
    sys.stdout.buffer.write(made.to_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])

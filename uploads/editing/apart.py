"""Makes a proxy in a process of its own: a very large original needs memory that a web server
must not take, and its decoder sees neither keys nor passwords there.

`python -m uploads.editing.apart PARENT MEMORY MIME ORIENTATION [X Y WIDTH HEIGHT FACTOR FOLDER
SPARED]` reads an original and writes the proxy of all or of that part of it.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Final

from uploads.editing import children, proxies
from uploads.editing.children import Failed
from uploads.editing.proxies import Proxy
from uploads.editing.scanlines import Scratch
from uploads.editing.steps import Rect

log = logging.getLogger(__name__)
PATIENCE: Final = 60  # seconds


def whole(data: bytes, *, mime: str, orientation: int, memory: int | None = None) -> Proxy:
    """As `proxies.whole`, within so many bytes of address space.

    Raises Failed or TimeoutExpired, both SubprocessErrors, and MemoryError.
    """
    return _made(data, memory, mime, orientation)


def part(
    data: bytes,
    *,
    mime: str,
    orientation: int,
    place: Rect,
    factor: int,
    scratch: Scratch | None = None,
    memory: int | None = None,
) -> Proxy:
    """As `proxies.part`. Limits and errors as of `whole`."""
    where = scratch or Scratch()
    spare = where.folder or "", where.spared
    return _made(data, memory, mime, orientation, *place, factor, *spare)


def _made(data: bytes, memory: int | None, *arguments: object) -> Proxy:
    module = "uploads.editing.apart"
    try:
        made = children.run(module, *arguments, data=data, memory=memory, patience=PATIENCE)
    except Failed as failed:
        log.warning("a preview could not be made: %s", failed.args[0])
        raise
    return Proxy.from_bytes(made)


def main(parent: str, memory: str, mime: str, orientation: str, *where: str) -> None:
    children.begin(parent, memory)
    data = sys.stdin.buffer.read()
    if where:
        *numbers, folder, spared = where
        *place, factor = map(int, numbers)
        scratch = Scratch(Path(folder) if folder else None, int(spared))
        made = proxies.part(
            data,
            mime=mime,
            orientation=int(orientation),
            place=Rect(*place),
            factor=factor,
            scratch=scratch,
        )
    else:
        made = proxies.whole(data, mime=mime, orientation=int(orientation))
    sys.stdout.buffer.write(made.to_bytes())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

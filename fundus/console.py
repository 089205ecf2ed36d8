"""What a person at the terminal gets to read."""

import sys
from contextlib import suppress


class StartError(Exception):
    """A start that cannot go on: what happened and what to do, in one sentence."""


def say(text: str, *, error: bool = False) -> None:
    # Nobody may be left to read it; that must not keep us from ending what we started.
    with suppress(OSError):
        print(text, file=sys.stderr if error else sys.stdout, flush=True)

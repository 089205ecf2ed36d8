"""Numbers and digests of seals, kept where the masters of the database cannot reach.

`seal 12 <digest>` stands anywhere in a line, so that the program's own logs will do as well.
"""

from __future__ import annotations

import re
from pathlib import Path

from accounts.models import AuditSeal

Heads = dict[int, set[str]]
_HEAD = re.compile(r"\bseal (\d{1,18}) ([0-9a-f]{64})\b")


def line(seal: AuditSeal) -> str:
    return f"seal {seal.n} {seal.digest} {seal.made_at.isoformat()} up to row {seal.last_id}"


def newest() -> str:
    """The head of the chain, as a line to keep; "" where there is none."""
    head = AuditSeal.objects.order_by("-n").first()
    return line(head) if head else ""


def append(path: Path, head: str) -> None:
    with path.open("a", encoding="utf-8") as kept:
        kept.write(f"{head}\n")


def read(path: Path) -> Heads:
    """Raises OSError, and ValueError where no head stands in the file."""
    heads: Heads = {}
    with path.open(encoding="utf-8", errors="replace") as kept:
        for text in kept:
            for n, digest in _HEAD.findall(text):
                heads.setdefault(int(n), set()).add(digest)
    if not heads:
        raise ValueError("No seal stands in it.")
    return heads

"""What somebody asked to take away, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from accounts.models import User


class Kind(StrEnum):
    CSV = "csv"
    ZIP = "zip"


class Version(StrEnum):
    ORIGINAL = "original"
    EDITED = "edited"


class ExportBroken(Exception):
    """The rest will not come: an archive without its end must not look like a whole one."""


@dataclass(slots=True)
class Progress:
    """Images whose row, or whose bytes, have left us, and those among them with a problem."""

    sent: int = 0
    problems: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """`query` is the canonical query string of the filters; `count` what it found at the start."""

    user: User
    query: str
    kind: Kind
    count: int
    names: bool = False
    version: Version = Version.ORIGINAL
    progress: Progress = field(default_factory=Progress)

"""Request bodies as they come over the line: read in pieces, limited, thrown away, given up.

`fundus.webworker` supplies the line; under Django's test client there is none, and whatever needs
one does nothing.
"""

from uploads.wire.body import (
    Cut,
    Interrupted,
    Stalled,
    TooLarge,
    chunks,
    content_length,
    drain,
    drain_form,
    has_body,
    is_chunked,
    read_all,
    read_body_guard,
)
from uploads.wire.line import close_connection, release_database

__all__ = [
    "Cut",
    "Interrupted",
    "Stalled",
    "TooLarge",
    "chunks",
    "close_connection",
    "content_length",
    "drain",
    "drain_form",
    "has_body",
    "is_chunked",
    "read_all",
    "read_body_guard",
    "release_database",
]

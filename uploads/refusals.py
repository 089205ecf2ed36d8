"""The one exception that blames a file."""

from __future__ import annotations


class Refused(Exception):
    """The file is at fault, never us.

    `code` is the stable code for machines; `params` holds the values its sentence quotes,
    such as ``{"mime_type": "image/gif"}``. The sentence is rendered by whoever shows it.
    """

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, str | int] = params


def corrupt() -> Refused:
    """The verdict on a file that does not parse or does not decode to its end."""
    return Refused("corrupt")

"""Requests as the product reads them: in UTF-8, as every browser writes, whatever they claim."""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters


class Request(WSGIRequest):
    """Pays no heed to the `charset` of a Content-Type; one that cannot be read counts as none.

    Python knows encodings that are none of text, and some by which any character can be written.
    Django reads the address as it is claimed to be written while it still makes the request: no
    middleware is there yet to answer when that fails.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            kind, parameters = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, TypeError, ValueError):
            # Parameters may claim encodings of their own, and come in numbered pieces.
            kind, parameters = "", {}
        self.content_type, self.content_params = kind, parameters


class Handler(WSGIHandler):
    request_class = Request

"""Sessions in the database, looked up only by keys that can be one."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions


class SessionStore(DatabaseSessions):
    def _validate_session_key(self, key: str | None) -> bool:
        # A quoted cookie can hold any character, NUL too, at which PostgreSQL gives up.
        possible: bool = super()._validate_session_key(key)  # type: ignore[misc]
        return possible and key is not None and key.isalnum() and key.isascii()

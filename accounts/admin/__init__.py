"""The administration of people, places and the audit trail."""

from accounts.admin import people, places, trail

__all__ = ["people", "places", "trail"]

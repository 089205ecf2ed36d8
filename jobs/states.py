"""The states of jobs and items, and every transition an item may make."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    PROCESSING = "processing", _("Processing")
    DONE = "done", _("Completed")
    ERROR = "error", _("Error")


class ItemState(models.TextChoices):
    AWAITING = "awaiting", _("Waiting for file")
    QUEUED = "queued", _("Queued")
    PROCESSING = "processing", _("Processing")
    COMPLETED = "completed", _("Completed")
    ERROR = "error", _("Error")

    @classmethod
    def final(cls) -> tuple["ItemState", "ItemState"]:
        return (cls.COMPLETED, cls.ERROR)


OPEN = (ItemState.AWAITING, ItemState.QUEUED, ItemState.PROCESSING)
UNDER_WAY = (JobState.QUEUED, JobState.PROCESSING)

TRANSITIONS = {
    ItemState.AWAITING: {ItemState.QUEUED, ItemState.ERROR},
    ItemState.QUEUED: {ItemState.PROCESSING, ItemState.ERROR},
    ItemState.PROCESSING: {ItemState.COMPLETED, ItemState.ERROR, ItemState.QUEUED},
    ItemState.COMPLETED: set(),
    ItemState.ERROR: {ItemState.QUEUED},
}

TONES = {
    "awaiting": ("grey", "hourglass"),
    "queued": ("grey", "hourglass"),
    "processing": ("blue", "arrow-repeat"),
    "completed": ("green", "check-circle"),
    "done": ("green", "check-circle"),
    "error": ("red", "x-circle"),
}


def badge(state: JobState | ItemState) -> dict[str, str]:
    """Word, tone and icon name of a state."""
    tone, icon = TONES[state.value]
    return {"word": str(state.label), "tone": tone, "icon": icon}

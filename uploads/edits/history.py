"""The saved edits of an image as their list shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from uploads.edits.wording import told
from uploads.models import EditState, ImageEdit

_LOOKS: Final = {
    EditState.QUEUED: ("grey", "clock"),
    EditState.PROCESSING: ("blue", "arrow-repeat"),
    EditState.DONE: ("green", "check-circle"),
    EditState.FAILED: ("red", "exclamation-octagon"),
    EditState.SUPERSEDED: ("grey", "skip-forward"),
}


@dataclass(frozen=True, slots=True)
class Saved:
    number: int
    who: str
    at: datetime
    what: str
    restores: int | None
    word: str
    tone: str
    icon: str
    can_be_restored: bool


def history(edits: Sequence[ImageEdit]) -> list[Saved]:
    """Of edits, newest first. The one in force needs no restoring, unless it has failed."""
    return [_saved(edit, is_newest=place == 0) for place, edit in enumerate(edits)]


def _saved(edit: ImageEdit, *, is_newest: bool) -> Saved:
    state = EditState(edit.state)
    tone, icon = _LOOKS[state]
    return Saved(
        number=edit.number,
        who=edit.author.display_name,
        at=edit.made_at,
        what=told(edit.recipe),
        restores=edit.restores,
        word=str(state.label),
        tone=tone,
        icon=icon,
        can_be_restored=not is_newest or state == EditState.FAILED,
    )

"""What a worker does with a saved edit: render it in full, store it, and let the image name it.

Like the work on a file: claimed under a lease, repeated when a worker dies, and effective once.
"""

from __future__ import annotations

import hashlib
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from accounts import audit
from accounts.models import Action
from jobs.storage import StorageAway, storage_trouble
from uploads import spool, thumbnails
from uploads.editing import render
from uploads.editing.recipe import Recipe
from uploads.edits.saving import replace_edited
from uploads.ingest import EXTENSIONS
from uploads.models import EditState, FundusImage, ImageEdit

log = logging.getLogger(__name__)
TOLD_EVERY = 0.5  # seconds


class Fenced(Exception):
    """Another worker has taken over, or the edit was replaced; what this one did must not count."""


class OriginalDamaged(Exception):
    """The stored original is missing or not the one we stored."""


def claim(edit_id: int) -> ImageEdit | None:
    """queued, or processing under a lease that ran out → processing under a lease of our own."""
    abandoned = Q(state=EditState.PROCESSING, lease_until__lt=Now())
    token = uuid.uuid4()
    claimed = ImageEdit.objects.filter(
        Q(state=EditState.QUEUED) | abandoned,
        pk=edit_id,
        attempts__lt=settings.JOBS_MAX_ATTEMPTS,
    ).update(
        state=EditState.PROCESSING,
        attempts=F("attempts") + 1,
        progress=0,
        lease_token=token,
        lease_until=Now() + settings.JOBS_LEASE,
    )
    if not claimed:
        return None
    edits = ImageEdit.objects.select_related("image", "author")
    return edits.filter(pk=edit_id, lease_token=token).first()


def perform(edit: ImageEdit) -> None:
    """Render a claimed edit. Raises Fenced, OriginalDamaged or StorageAway."""
    rendered = _rendered(edit, _original(edit))
    keys = Keys.of(edit, rendered.mime)
    try:
        thumbnail = thumbnails.render(rendered.picture, orientation=1)
        with storage_trouble():
            default_storage.save(keys.edited, ContentFile(rendered.data))
            default_storage.save(keys.thumbnail, ContentFile(thumbnail))
        _show(edit, keys, rendered)
    except Fenced:
        keys.remove()
        raise


def give_up(edit: ImageEdit) -> bool:
    """processing → failed under our lease."""
    return _end(_leased(edit), edit)


def put_back(edit: ImageEdit, *, counts: bool) -> None:
    """processing → queued for a later try. `counts`: the attempt was spent on the picture."""
    if counts and edit.attempts >= settings.JOBS_MAX_ATTEMPTS:
        give_up(edit)
        return
    _leased(edit).update(
        state=EditState.QUEUED,
        attempts=F("attempts") - (0 if counts else 1),
        lease_token=None,
        lease_until=None,
        enqueued_at=Now(),
    )


@dataclass(frozen=True, slots=True)
class Keys:
    """Of the edit, so that a second attempt overwrites its own leftovers and no other's files."""

    edited: str
    thumbnail: str

    @classmethod
    def of(cls, edit: ImageEdit, mime: str) -> Keys:
        name = f"{edit.uid.hex[:2]}/{edit.uid.hex}"
        return cls(f"edited/{name}.{EXTENSIONS[mime]}", f"edited-thumbnails/{name}.jpg")

    def remove(self) -> None:
        try:
            with storage_trouble():
                default_storage.delete(self.edited)
                default_storage.delete(self.thumbnail)
        except StorageAway as trouble:
            log.warning("files of a replaced edit could not be removed (%s)", trouble)


def _original(edit: ImageEdit) -> bytes:
    try:
        with storage_trouble(), edit.image.original.open("rb") as stored:
            data: bytes = stored.read()
    except FileNotFoundError:
        # Deleted with its image a moment ago, or lost.
        raise (OriginalDamaged if _leased(edit).exists() else Fenced) from None
    if hashlib.sha256(data).hexdigest() != edit.image.stored_sha256:
        raise OriginalDamaged
    return data


def _rendered(edit: ImageEdit, original: bytes) -> render.Rendered:
    width, height = edit.image.upright_size
    return render.full(
        original,
        Recipe.parse(edit.recipe, width=width, height=height),
        mime=edit.image.mime_type,
        orientation=edit.image.orientation,
        progress=_teller(edit),
        scratch=spool.scratch(),
    )


def _teller(edit: ImageEdit) -> Callable[[float], None]:
    """Notes the progress now and then, and stops work that nobody waits for any more."""
    last = time.monotonic()

    def tell(share: float) -> None:
        nonlocal last
        if time.monotonic() - last < TOLD_EVERY:
            return
        last = time.monotonic()
        if not _leased(edit).update(progress=min(99, int(share * 100))):
            raise Fenced

    return tell


@transaction.atomic
def _show(edit: ImageEdit, keys: Keys, rendered: render.Rendered) -> None:
    """The new version takes the place of the one before, in one step."""
    image = FundusImage.objects.select_for_update().filter(pk=edit.image_id).first()
    digest = hashlib.sha256(rendered.data).hexdigest()
    done = _leased(edit).update(
        state=EditState.DONE,
        progress=100,
        lease_token=None,
        finished_at=Now(),
        result_sha256=digest,
    )
    if image is None or not done:
        raise Fenced
    replace_edited(
        image,
        edited=keys.edited,
        edited_thumbnail=keys.thumbnail,
        edited_sha256=digest,
        edited_mime_type=rendered.mime,
        edited_at=Now(),
    )


def _leased(edit: ImageEdit) -> QuerySet[ImageEdit]:
    return ImageEdit.objects.filter(
        pk=edit.pk, state=EditState.PROCESSING, lease_token=edit.lease_token
    )


@transaction.atomic
def _end(rows: QuerySet[ImageEdit], edit: ImageEdit) -> bool:
    ended = rows.update(state=EditState.FAILED, lease_token=None, finished_at=Now())
    if ended:
        audit.record(
            Action.IMAGE_EDIT_FAILED,
            edit.image,
            object_id=str(edit.image.public_id),
            lab_unit_id=edit.image.lab_unit_id,
            succeeded=False,
            after={"edit": edit.number},
        )
    return bool(ended)


def give_up_abandoned(edit: ImageEdit) -> bool:
    """processing, its lease and its attempts used up → failed."""
    rows = ImageEdit.objects.filter(pk=edit.pk, state=EditState.PROCESSING, lease_until__lt=Now())
    return _end(rows, edit)

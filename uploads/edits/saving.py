"""Saving an edit, going back to the original, and restoring what was saved before."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import Action, User
from jobs import removal
from jobs.queue import ring
from uploads.editing.recipe import Recipe
from uploads.models import OPEN_EDITS, EditState, FundusImage, ImageEdit


class EditedMeanwhile(Exception):
    """Somebody has saved another edit since: `newest`."""

    def __init__(self, newest: ImageEdit | None) -> None:
        super().__init__()
        self.newest = newest


class NotEditable(Exception):
    """The image arrived judged: its pixels stay as they are."""


@transaction.atomic
def save(
    *, user: User, image: FundusImage, recipe: Recipe, seen: int, restores: int | None = None
) -> ImageEdit:
    """Keep the recipe as the newest edit and have it rendered; an empty one needs no rendering.

    `seen` is the number of the newest edit that the user knew of, 0 for none. What the same user
    sends once more, because the answer got lost, is saved once, unless it has failed. Raises
    EditedMeanwhile or NotEditable, or FundusImage.DoesNotExist for an image just deleted; nothing
    is kept then.
    """
    locked = FundusImage.objects.select_for_update().get(pk=image.pk)
    if locked.pregraded:
        raise NotEditable
    newest: ImageEdit | None = locked.edits.first()
    if newest and _is_repeated(newest, user, recipe, seen, restores):
        return newest
    if seen != (newest.number if newest else 0):
        raise EditedMeanwhile(newest)
    locked.edits.filter(state__in=OPEN_EDITS).update(
        state=EditState.SUPERSEDED, lease_token=None, finished_at=Now()
    )
    edit = ImageEdit.objects.create(
        image=locked, number=seen + 1, recipe=recipe.to_json(), restores=restores, author=user
    )
    _note(locked, edit, newest)
    if recipe.is_empty:
        _show_original(locked, edit)
    else:
        ring(settings.JOBS_EDIT_TASK, edit.pk)
    return edit


def _is_repeated(
    newest: ImageEdit, user: User, recipe: Recipe, seen: int, restores: int | None
) -> bool:
    if newest.state == EditState.FAILED:
        return False
    return (newest.number, newest.author_id, newest.recipe, newest.restores) == (
        seen + 1,
        user.pk,
        recipe.to_json(),
        restores,
    )


def _show_original(image: FundusImage, edit: ImageEdit) -> None:
    replace_edited(image)
    ImageEdit.objects.filter(pk=edit.pk).update(
        state=EditState.DONE, progress=100, finished_at=Now()
    )


def replace_edited(image: FundusImage, **columns: object) -> None:
    """Let these columns of a locked image name its edited version, or none. The files of the one
    before are removed after the commit.
    """
    removal.remove_after_commit(
        str(field.name) for field in (image.edited, image.edited_thumbnail) if field
    )
    nothing = {
        "edited": "",
        "edited_thumbnail": "",
        "edited_sha256": "",
        "edited_mime_type": "",
        "edited_at": None,
    }
    FundusImage.objects.filter(pk=image.pk).update(**nothing | columns)


def _note(image: FundusImage, edit: ImageEdit, before: ImageEdit | None) -> None:
    audit.record(
        Action.IMAGE_EDITED,
        image,
        object_id=str(image.public_id),
        lab_unit_id=image.lab_unit_id,
        before={"edit": before.number, "recipe": before.recipe} if before else {},
        after={"edit": edit.number, "recipe": edit.recipe, "restores": edit.restores},
    )

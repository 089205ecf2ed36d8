"""The tasks of workers. Each may be delivered twice, late, or for a row that is gone."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.db import InterfaceError, OperationalError

from accounts import audit, origin
from accounts.models import Action
from jobs import lifecycle
from jobs.codes import Code, sentence
from jobs.models import JobItem
from jobs.storage import StorageAway
from uploads import ingest
from uploads.edits import rendering
from uploads.models import ImageEdit
from uploads.refusals import Refused

log = logging.getLogger(__name__)


def process_item(item_id: int) -> None:
    """Process one item if it is still to be done, whatever becomes of it."""
    item = lifecycle.claim(item_id)
    if item is None:
        return
    with origin.acting(_worker_for(item)):
        _attempt(item)
    lifecycle.settle(item.job_id)


def _attempt(item: JobItem) -> None:
    with _boundary(f"item {item.pk}", partial(lifecycle.postpone, item)):
        try:
            ingest.ingest(item)
        except Refused as verdict:
            _refuse(item, verdict)
        except lifecycle.Fenced:
            log.warning("item %s: another worker has taken over", item.pk)


@contextmanager
def _boundary(what: str, postpone: Callable[..., object]) -> Iterator[None]:
    """A task never raises. Whatever is not the file's fault is tried again."""
    try:
        yield
    except (StorageAway, OperationalError, InterfaceError) as trouble:
        log.warning("%s: storage or database away (%s)", what, type(trouble).__name__)
        postpone(counts=False)
    except Exception:
        log.exception("%s: an attempt failed", what)
        postpone(counts=True)


def _refuse(item: JobItem, verdict: Refused) -> None:
    existing = verdict.params.get("existing")
    closed = lifecycle.fail(
        item,
        Code(verdict.code),
        sentence(verdict.code, **verdict.params),
        duplicate_of=uuid.UUID(str(existing)) if existing else None,
    )
    if closed and (item.attempts > 1 or verdict.code == Code.DUPLICATE):
        _clear_up(item)
    if closed and isinstance(verdict, ingest.SameHashOtherContent):
        log.error("item %s: same MD5 as an image, different SHA-256", item.pk)
        audit.record(Action.HASH_CONFLICT, item, after={"sha256": item.content_sha256})


def _clear_up(item: JobItem) -> None:
    """Files without a row must not stay: an earlier attempt may have been cut off after storing."""
    try:
        ingest.remove_leftovers(item)
    except StorageAway as trouble:
        log.warning("item %s: leftovers could not be removed (%s)", item.pk, trouble)


def render_edit(edit_id: int) -> None:
    """Render one saved edit if that is still to be done, whatever becomes of it."""
    edit = rendering.claim(edit_id)
    if edit is None:
        return
    who = origin.Origin(
        actor_name="worker",
        on_behalf_of=edit.author.get_username(),
        task=f"edit {edit.pk}",
    )
    with origin.acting(who):
        _attempt_edit(edit)


def _attempt_edit(edit: ImageEdit) -> None:
    with _boundary(f"edit {edit.pk}", partial(rendering.put_back, edit)):
        try:
            rendering.perform(edit)
        except rendering.Fenced:
            log.info("edit %s: replaced, or taken over by another worker", edit.pk)
        except rendering.OriginalDamaged:
            log.error("image %s: the stored original is missing or altered", edit.image.public_id)
            rendering.give_up(edit)


def _worker_for(item: JobItem) -> origin.Origin:
    return origin.Origin(
        actor_name="worker",
        on_behalf_of=item.job.uploader.get_username(),
        ip=item.job.origin_ip,
        user_agent=item.job.origin_agent,
        job_token=item.job.token,
        task=f"item {item.pk}",
    )

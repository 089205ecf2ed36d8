"""Grades from a table: shown first, then written all or none.

What was shown travels in the page, signed for the person and for a day: nothing is kept on the
server for previews that nobody confirms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from uploads import tallying
from uploads.grading.giving import given_event
from uploads.grading.matching import Match, Outcome, in_parts, match
from uploads.grading.sheets import Row
from uploads.models import FundusImage, Grade

GOOD_FOR = timedelta(hours=24)
MAX_SIGNED = 1_500_000  # bytes; with the rest of the form below what a request may have


class TooMuchText(Exception):
    """The rows are too long to travel in a form."""


class Stale(Exception):
    """The preview is too old, or another person's, or no preview."""


# Row number, id of the image, id of the step, id of the grade revised.
Decision = tuple[int, int, int, int | None]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The rows of a sheet and what was shown to become of them."""

    rows: list[Row]
    decisions: list[Decision]
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class Applied:
    """`written` grades, `revisions` of them of images that had one. If nothing was written,
    `outcome` is what the rows say now; without one, they had been written before.
    """

    written: int = 0
    revisions: int = 0
    outcome: Outcome | None = None


def propose(rows: Sequence[Row], outcome: Outcome, user: User) -> str:
    """The rows and what becomes of them, signed. Raises TooMuchText."""
    listed = [[row.number, row.filename, row.grade, row.note] for row in rows]
    content = {
        "rows": listed,
        "decisions": _decisions(outcome.matches),
        "at": timezone.now().isoformat(),
    }
    signed = signing.dumps(content, salt=_salt(user), compress=True)
    if len(signed) > MAX_SIGNED:
        raise TooMuchText
    return signed


def proposed(signed: str, user: User) -> Proposal:
    """What `propose` signed for the same user within a day. Raises Stale."""
    try:
        content = signing.loads(signed, salt=_salt(user), max_age=GOOD_FOR)
    except signing.BadSignature:
        raise Stale from None
    return Proposal(
        rows=[Row(*values) for values in content["rows"]],
        decisions=[tuple(values) for values in content["decisions"]],
        shown_at=datetime.fromisoformat(content["at"]),
    )


def _salt(user: User) -> str:
    return f"uploads.grades-import:{user.pk}"


def _decisions(matches: Sequence[Match]) -> list[Decision]:
    return [
        (each.row.number, each.image.pk, each.level.pk, each.before.pk if each.before else None)
        for each in matches
    ]


@transaction.atomic
def apply(proposal: Proposal, user: User) -> Applied:
    """Write the grades if the rows still say what was shown; else write nothing."""
    _lock(proposal.decisions)
    outcome = match(proposal.rows, user)
    if outcome.faults or _decisions(outcome.matches) != proposal.decisions:
        if not outcome.faults and all(_is_done(each, proposal, user) for each in outcome.matches):
            return Applied()
        return Applied(outcome=outcome)
    _write(outcome.matches, user)
    return Applied(len(outcome.matches), outcome.revisions)


def _lock(decisions: Sequence[Decision]) -> None:
    ids = sorted(image_id for _number, image_id, _level, _before in decisions)
    for some in in_parts(ids):
        rows = FundusImage.objects.select_for_update(of=("self",)).filter(pk__in=some)
        list(rows.order_by("pk").values_list("pk"))


def _is_done(match: Match, proposal: Proposal, user: User) -> bool:
    """Is the image's newest grade the one that this very preview led to?"""
    grade = match.before
    return (
        grade is not None
        and grade.imported
        and (grade.grader_id, grade.level_id, grade.note)
        == (user.pk, match.level.pk, match.row.note)
        and grade.given_at >= proposal.shown_at
    )


def _write(matches: Sequence[Match], user: User) -> None:
    now = timezone.now()
    grades = [
        Grade(
            image=each.image,
            disease=each.disease,
            scale=each.level.scale,
            level=each.level,
            note=each.row.note,
            seen_sha256=each.image.stored_sha256,
            imported=True,
            grader=user,
            given_at=now,
        )
        for each in matches
    ]
    Grade.objects.bulk_create(grades)
    ungraded = [each.image for each in matches if not each.image.graded]
    tallying.change_all(sorted(ungraded, key=lambda image: image.pk), graded=True)
    audit.record_all(
        [
            given_event(each.image, each.before, grade)
            for each, grade in zip(matches, grades, strict=True)
        ]
    )

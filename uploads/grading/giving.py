"""Giving a grade, and the grades that an image has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Action, User
from uploads import tallying
from uploads.models import Disease, FundusImage, Grade, GradeLevel, GradeScale

NOTE_LENGTH = 1000


class Outdated(Exception):
    """What the grader had before them is not what there is now."""


class Superseded(Outdated):
    """Somebody else has graded the image meanwhile."""

    def __init__(self, newest: Grade) -> None:
        super().__init__()
        self.newest = newest


class PictureChanged(Outdated):
    """The version that was looked at is there no more."""


class DiseaseChanged(Outdated):
    """The image is not graded for this disease any more."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`seen_sha256` is of the version looked at; `revises` is the newest grade that was shown."""

    level: GradeLevel
    note: str
    seen_sha256: str
    revises: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """A grade as the history tells it; `seen` says of what, where that is not what is there now."""

    grade: Grade
    grader: str
    seen: str


def scales(disease: Disease) -> list[GradeScale]:
    """Scales that the disease may be graded by, each with the steps that may be chosen."""
    active = Prefetch("levels", GradeLevel.objects.filter(is_active=True))
    found = GradeScale.objects.filter(disease=disease, is_active=True).order_by("pk")
    return [scale for scale in found.prefetch_related(active) if scale.levels.all()]


def grades(image: FundusImage) -> list[Grade]:
    """Newest first."""
    return list(image.grades.select_related("disease", "scale", "level", "grader"))


def history(image: FundusImage) -> list[Given]:
    """Every grade that the image was given, newest first."""
    return [told(image, grade) for grade in grades(image)]


def told(image: FundusImage, grade: Grade) -> Given:
    name = grade.grader.display_name
    return Given(grade, name, _seen(image, grade))


def _seen(image: FundusImage, grade: Grade) -> str:
    if grade.seen_sha256 == image.stored_sha256:
        return _("given on the original") if image.edited else ""
    if grade.seen_sha256 == image.edited_sha256:
        return _("given on the edited version")
    return _("given on an earlier edited version")


def described(grade: Grade) -> dict[str, Any]:
    """A grade as the audit trail keeps it, labels as they are now."""
    return {
        "grade": grade.level.value,
        "label": grade.level.label,
        "scale": grade.scale.name,
        "disease": grade.disease.name,
        "note": grade.note,
        "grader": grade.grader.get_username(),
        "imported": grade.imported,
        "seen_sha256": grade.seen_sha256,
    }


@transaction.atomic
def give(*, image_id: int, grader: User, judgement: Judgement) -> Grade:
    """Add a grade. Raises Outdated, and FundusImage.DoesNotExist for what may not be graded now."""
    allowed = FundusImage.objects.gradable_by(grader).select_for_update(of=("self",))
    image: FundusImage = allowed.get(pk=image_id)
    before = next(iter(grades(image)), None)
    _check(image, before, judgement)
    grade = Grade.objects.create(
        image=image,
        disease_id=image.disease_id,
        scale_id=judgement.level.scale_id,
        level=judgement.level,
        note=judgement.note,
        seen_sha256=judgement.seen_sha256,
        grader=grader,
    )
    if not image.graded:
        tallying.change(image, graded=True)
    audit.record_all([given_event(image, before, grade)])
    return grade


def given_event(image: FundusImage, before: Grade | None, grade: Grade) -> Any:
    return audit.event(
        Action.GRADE_GIVEN,
        image,
        object_id=str(image.public_id),
        lab_unit_id=image.lab_unit_id,
        before=described(before) if before else {},
        after=described(grade),
    )


def _check(image: FundusImage, newest: Grade | None, judgement: Judgement) -> None:
    if judgement.seen_sha256 not in versions(image).values():
        raise PictureChanged
    if judgement.level.scale.disease_id != image.disease_id:
        raise DiseaseChanged
    if newest and newest.pk != judgement.revises:
        raise Superseded(newest)


def versions(image: FundusImage) -> dict[str, str]:
    """Hash of each version that can be looked at, by its name; the one to begin with first."""
    edited = {"edited": image.edited_sha256} if image.edited else {}
    return {**edited, "original": image.stored_sha256}

"""Grades for tests that are about something else."""

from __future__ import annotations

from accounts.models import User
from uploads.grading import giving
from uploads.models import FundusImage, Grade, GradeLevel, GradeScale


def grade(grader: User, image: FundusImage, note: str = "seen") -> Grade:
    """Grade an image, or revise its grade, by a scale of one step."""
    scale, _ = GradeScale.objects.get_or_create(disease=image.disease, name="One step")
    level, _ = GradeLevel.objects.get_or_create(scale=scale, value="1", label="Mild")
    newest = image.grades.first()
    judgement = giving.Judgement(
        level=level,
        note=note,
        seen_sha256=image.stored_sha256,
        revises=newest.pk if newest else None,
    )
    return giving.give(image_id=image.pk, grader=grader, judgement=judgement)

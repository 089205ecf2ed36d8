"""Reference data, images, their counts, grades, and bulk edits."""

from uploads.models.changes import BulkEdit, BulkEditRow
from uploads.models.grading import Grade
from uploads.models.images import Batch, FundusImage, NameWord
from uploads.models.reference import Area, Camera, Disease, GradeLevel, GradeScale, Laterality
from uploads.models.scope import ScopedQuerySet
from uploads.models.tallies import ImageTally

__all__ = [
    "Area",
    "Batch",
    "BulkEdit",
    "BulkEditRow",
    "Camera",
    "Disease",
    "FundusImage",
    "Grade",
    "GradeLevel",
    "GradeScale",
    "ImageTally",
    "Laterality",
    "NameWord",
    "ScopedQuerySet",
]

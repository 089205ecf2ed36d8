"""Reference data, images, their counts, grades, and bulk edits."""

from uploads.models.changes import BulkEdit, BulkEditRow
from uploads.models.checks import FileCheck
from uploads.models.grading import Grade
from uploads.models.images import Batch, FundusImage, NameWord
from uploads.models.reference import Area, Camera, Disease, GradeLevel, GradeScale, Laterality
from uploads.models.scope import ScopedQuerySet
from uploads.models.tallies import KIND, ImageTally, ImageTotal

__all__ = [
    "KIND",
    "Area",
    "Batch",
    "BulkEdit",
    "BulkEditRow",
    "Camera",
    "Disease",
    "FileCheck",
    "FundusImage",
    "Grade",
    "GradeLevel",
    "GradeScale",
    "ImageTally",
    "ImageTotal",
    "Laterality",
    "NameWord",
    "ScopedQuerySet",
]

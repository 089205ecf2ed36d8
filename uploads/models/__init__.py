"""Reference data, images, their counts, grades, edits, and bulk edits."""

from uploads.models.changes import BulkEdit, BulkEditRow
from uploads.models.checks import FileCheck
from uploads.models.edits import OPEN_EDITS, EditState, ImageEdit
from uploads.models.grading import Grade
from uploads.models.images import Batch, FundusImage, NameWord
from uploads.models.reference import Area, Camera, Disease, GradeLevel, GradeScale, Laterality
from uploads.models.scope import ScopedQuerySet
from uploads.models.tallies import KIND, ImageTally, ImageTotal

__all__ = [
    "KIND",
    "OPEN_EDITS",
    "Area",
    "Batch",
    "BulkEdit",
    "BulkEditRow",
    "Camera",
    "Disease",
    "EditState",
    "FileCheck",
    "FundusImage",
    "Grade",
    "GradeLevel",
    "GradeScale",
    "ImageEdit",
    "ImageTally",
    "ImageTotal",
    "Laterality",
    "NameWord",
    "ScopedQuerySet",
]

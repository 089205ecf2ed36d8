"""What a table of grades says about which images: every row has a match, or is at fault."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from jobs.tables import harmless
from uploads import tallying
from uploads.filenames import display_name, search_words
from uploads.grading.giving import NOTE_LENGTH, scales
from uploads.grading.sheets import Row
from uploads.models import Disease, FundusImage, Grade, GradeLevel
from uploads.models.images import NameHead

T = TypeVar("T")
AT_ONCE = 500
# No step is called by more characters, and folding a million of them can take hours.
LONGEST_GRADE = 200
_WHOLE_NUMBER = re.compile(r"(-?\d+)\.0+")


class Kind(models.TextChoices):
    """What is wrong with a row."""

    MISSING = "missing", gettext_lazy("A cell is empty")
    UNMATCHED = "unmatched", gettext_lazy("No such pre-graded image")
    AMBIGUOUS = "ambiguous", gettext_lazy("Several images have this name")
    BAD_GRADE = "bad_grade", gettext_lazy("Not a grade of this disease")
    DUPLICATE = "duplicate", gettext_lazy("Several rows for one image")
    BAD_NOTE = "bad_note", gettext_lazy("The note is too long")


@dataclass(frozen=True, slots=True)
class Fault:
    row: Row
    kind: Kind
    detail: str


@dataclass(frozen=True, slots=True)
class Match:
    """`before` is the newest grade of the image, which this one revises."""

    row: Row
    image: FundusImage
    disease: Disease
    level: GradeLevel
    before: Grade | None


@dataclass(slots=True)
class Outcome:
    """In the order of the rows."""

    matches: list[Match] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def revisions(self) -> int:
        return sum(match.before is not None for match in self.matches)


def match(rows: Sequence[Row], user: User) -> Outcome:
    """Asks the database a number of times that grows with hundreds of rows, not with rows."""
    outcome = Outcome()
    named = {row.number: _name(row) for row in rows}
    found = _Names(user, {name for name in named.values() if name})
    known: list[tuple[Row, FundusImage]] = []
    for row in rows:
        image = found.image(named[row.number])
        fault = _fault_of_cells(row) or found.fault(row, named[row.number])
        if fault or image is None:
            outcome.faults.append(fault or Fault(row, Kind.UNMATCHED, _("It has been deleted")))
        else:
            known.append((row, image))
    _grade(known, outcome)
    outcome.faults.sort(key=lambda fault: fault.row.number)
    return outcome


def _name(row: Row) -> str:
    """As the name was taken down when the file was uploaded; our exports may have put ' before."""
    cell = row.filename
    if cell.startswith("'") and harmless(cell[1:]) == cell:
        cell = cell[1:]
    return display_name(cell) if cell else ""


def _fault_of_cells(row: Row) -> Fault | None:
    empty = [name for name in ("filename", "grade") if not getattr(row, name)]
    if empty:
        return Fault(row, Kind.MISSING, _("Empty: %(names)s") % {"names": ", ".join(empty)})
    if len(row.note) > NOTE_LENGTH:
        text = _("The note has %(n)d characters; it may have up to %(limit)d")
        return Fault(row, Kind.BAD_NOTE, text % {"n": len(row.note), "limit": NOTE_LENGTH})
    return None


# --- Images by their names -----------------------------------------------------------------


class _Names:
    """The pre-graded images of these names that the user may change."""

    def __init__(self, user: User, names: set[str]) -> None:
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._folded: dict[str, list[int]] = defaultdict(list)
        self._alike: dict[str, str] = {}
        for pk, name in _candidates(user, names):
            self._exact[name].append(pk)
            self._folded[_folded(name)].append(pk)
            self._alike.setdefault(_head(name), name)
        only = [ids[0] for ids in map(self._ids, names) if len(ids) == 1]
        self._images = _by_id(only)

    def image(self, name: str) -> FundusImage | None:
        ids = self._ids(name)
        return self._images.get(ids[0]) if len(ids) == 1 else None

    def fault(self, row: Row, name: str) -> Fault | None:
        ids = self._ids(name)
        if len(ids) > 1:
            text = ngettext(
                "%d pre-graded image has this name", "%d pre-graded images have this name", len(ids)
            )
            return Fault(row, Kind.AMBIGUOUS, text % len(ids))
        if not ids:
            return Fault(row, Kind.UNMATCHED, self._hint(name))
        return None

    def _ids(self, name: str) -> list[int]:
        return self._exact.get(name) or self._folded.get(_folded(name)) or []

    def _hint(self, name: str) -> str:
        alike = self._alike.get(_head(name))
        if alike:
            return _("There is %(name)s: write the name exactly so") % {"name": alike}
        return _("None that you may change has this name")


def _candidates(user: User, names: set[str]) -> Iterator[tuple[int, str]]:
    """Ids and names of images whose names have the same words."""
    # As a subquery: a list of units beside it makes SQLite read all images of those units.
    editable = FundusImage.objects.editable_by(user).filter(pk=OuterRef("pk"))
    images = FundusImage.objects.filter(Exists(editable), pregraded=True)
    for heads in in_parts(sorted({_head(name) for name in names})):
        found = images.alias(head=NameHead("name_words")).filter(head__in=heads)
        yield from found.values_list("pk", "filename").iterator()


def _head(name: str) -> str:
    return tallying.spaced(search_words(name))[: NameHead.LENGTH]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _by_id(ids: Sequence[int]) -> dict[int, FundusImage]:
    images: dict[int, FundusImage] = {}
    for some in in_parts(sorted(set(ids))):
        images |= FundusImage.objects.in_bulk(some)
    return images


def in_parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


# --- Grades --------------------------------------------------------------------------------


def _grade(known: Sequence[tuple[Row, FundusImage]], outcome: Outcome) -> None:
    """Find the step that each row names, for rows whose image is known."""
    diseases = Disease.objects.in_bulk({image.disease_id for _row, image in known})
    steps = {pk: Steps(disease) for pk, disease in diseases.items()}
    newest = _newest([image.pk for _row, image in known])
    numbers: dict[int, list[int]] = defaultdict(list)
    for row, image in known:
        numbers[image.pk].append(row.number)
    for row, image in known:
        level, detail = steps[image.disease_id].find(row.grade)
        if len(numbers[image.pk]) > 1:
            others = ", ".join(str(n) for n in numbers[image.pk] if n != row.number)
            text = _("Also in row %(rows)s") % {"rows": others}
            outcome.faults.append(Fault(row, Kind.DUPLICATE, text))
        elif level is None:
            outcome.faults.append(Fault(row, Kind.BAD_GRADE, detail))
        else:
            disease, before = diseases[image.disease_id], newest.get(image.pk)
            outcome.matches.append(Match(row, image, disease, level, before))


def _newest(ids: Sequence[int]) -> dict[int, Grade]:
    """By image, its newest grade."""
    newest: dict[int, Grade] = {}
    for some in in_parts(ids):
        grades = Grade.objects.filter(image__in=some).order_by("pk")
        for grade in grades.select_related("disease", "scale", "level", "grader"):
            newest[grade.image_id] = grade
    return newest


class Steps:
    """What may be written for a grade of one disease: values, and labels where no value fits."""

    def __init__(self, disease: Disease) -> None:
        self.disease = disease
        self.levels = [level for scale in scales(disease) for level in scale.levels.all()]
        self._by_value = _indexed(self.levels, lambda level: level.value)
        self._by_label = _indexed(self.levels, lambda level: level.label)

    def find(self, cell: str) -> tuple[GradeLevel | None, str]:
        """The one step meant, or why there is none."""
        if len(cell) > LONGEST_GRADE:
            return None, self._allowed()
        whole = _WHOLE_NUMBER.fullmatch(cell)
        wanted = dict.fromkeys([_folded(cell), whole[1] if whole else _folded(cell)])
        for index in (self._by_value, self._by_label):
            meant = [level for text in wanted for level in index.get(text, [])]
            if len(meant) == 1:
                return meant[0], ""
            if meant:
                return None, _("Several scales of %(disease)s have this grade: keep one active") % {
                    "disease": self.disease
                }
        return None, self._allowed()

    def _allowed(self) -> str:
        if not self.levels:
            return _("%(disease)s has no scale to grade by") % {"disease": self.disease}
        values = ", ".join(f"{level.value} ({level.label})" for level in self.levels)
        text = _("Grades of %(disease)s are: %(values)s")
        return text % {"disease": self.disease, "values": values}


def _indexed(
    levels: Iterable[GradeLevel], text: Callable[[GradeLevel], str]
) -> dict[str, list[GradeLevel]]:
    index: dict[str, list[GradeLevel]] = defaultdict(list)
    for level in levels:
        index[_folded(text(level))].append(level)
    return index

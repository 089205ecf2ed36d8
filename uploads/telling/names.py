"""What in a file name looks like a patient's data, by rules that leave cameras' names alone.

A hint and no proof: names in scripts without capitals, and single family names, go unnoticed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from uploads.telling.words import FIRST_NAMES, NEUTRAL

PICTURE = re.compile(r"\.(jpe?g|jpe|jfif|png|tiff?|bmp|gif|webp|heic|dcm)$", re.IGNORECASE)
SIDES = {
    "OD": {"od", "right", "rechts", "rechtes", "dexter"},
    "OS": {"os", "left", "links", "linkes", "sinister"},
    "OU": {"ou", "both", "beide", "beides"},
}
BIRTH_YEARS = range(1900, 2000)  # no digital camera wrote such a year
CAPTURE_YEARS = range(2000, 2100)

# What is made by machines and holds long runs of digits.
_MACHINE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<![0-9a-z])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,64}(?![0-9a-z])",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}", re.IGNORECASE)
_PHONES = [
    re.compile(r"\+[1-9](?:[ ().-]*\d){7,13}(?!\d)"),
    re.compile(r"(?<!\d)00[1-9]\d{1,2}[ .-](?:[ ().-]*\d){7,12}(?!\d)"),
    re.compile(r"(?<![\d-])\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}[ .-]\d{4}(?![\d-])"),
    re.compile(r"(?<!\d)0[1-9](?:[ .-]\d\d){4}(?!\d)"),
    re.compile(r"(?<![\d-])0[1-9]\d{2,3}[ -]\d{6,8}(?![\d-])"),
    re.compile(
        r"(?<![a-z])(?:tel|phone|mobile|cell|handy|fax)[ ._:-]*\+?(?:[ ().-]*\d){6,}", re.IGNORECASE
    ),
]
_RECORDS = [
    re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"),
    re.compile(r"(?<![0-9a-z])[a-z]{6}\d{2}[a-z]\d{2}[a-z]\d{3}[a-z](?![0-9a-z])", re.IGNORECASE),
    re.compile(
        r"(?<![a-z])(?:mrn|nhs|ssn|patid|patientid|patno|kvnr|nric|cpr|pesel|aadhaar|fallnr|hospno)"
        r"[ ._:#-]*[a-z]{0,3}\d{3,}",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![a-z])(?:patient|pat|pid|case|fall)[ ._:#-]*\d{5,}", re.IGNORECASE),
]
_BORN = re.compile(r"(?<![a-z])(?:dob|geb|geboren|born|birth\w*|ddn)[ ._:*-]*\d", re.IGNORECASE)
_DATES = [
    re.compile(r"(?<!\d)(?P<year>\d{4})[-._ ](?P<one>\d{1,2})[-._ ](?P<two>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<one>\d{1,2})[-._ ](?P<two>\d{1,2})[-._ ](?P<year>\d{4})(?!\d)"),
]
_WRITTEN = re.compile(
    r"(?<!\d)\d{1,2}[-._ ]?(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)"
    r"[a-zä]*[-._ ]?19\d\d(?!\d)",
    re.IGNORECASE,
)
_RUN = re.compile(r"\d+")
_COUNTED = re.compile(r"(?:img|dsc|dscn|dscf|pxl|pict|cimg|imag|sam|scan|p)[-_]?$", re.IGNORECASE)
_TIME = re.compile(r"[-_. T]?$")
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_APART = re.compile(r"[\W_]*")
_TITLE = re.compile(
    r"(?<![a-z])(?:mr|mrs|miss|herr|frau|mme|mlle|señora?|signora?)[ ._-]+([^\W\d_]{3,})",
    re.IGNORECASE,
)


def reason(name: str) -> str | None:
    """`email`, `phone`, `record`, `birth_date` or `person`; None where nothing is suspected."""
    stem = _MACHINE.sub(" ", PICTURE.sub("", unicodedata.normalize("NFKC", name)))
    if _EMAIL.search(stem):
        return "email"
    born = _born(stem)
    if any(pattern.search(stem) for pattern in _PHONES):
        return "phone"
    if any(pattern.search(stem) for pattern in _RECORDS) or _long_numbers(stem):
        return "record"
    if born:
        return "birth_date"
    return "person" if _person(stem) else None


def neutral_name(name: str, n: int) -> str:
    """`image-0001.jpg`, with the eye if the name tells one eye: `image-0001_OD.jpg`."""
    eye, kind = eye_of(name), PICTURE.search(name)
    return f"image-{n:04}{'_' if eye else ''}{eye}{kind[0].lower() if kind else ''}"


def eye_of(name: str) -> str:
    words = [word for word, _start, _end in _words(PICTURE.sub("", name))]
    told = {
        eye
        for eye, sides in SIDES.items()
        for word in words
        if word.lower() in sides
        or (word in {"RE", "R"} and eye == "OD")
        or (word in {"LE", "L"} and eye == "OS")
    }
    return told.pop() if len(told) == 1 else ""


# --- Numbers ----------------------------------------------------------------------------------


def _born(stem: str) -> bool:
    if _BORN.search(stem) or _WRITTEN.search(stem):
        return True
    if any(_year(found, BIRTH_YEARS) for found in _separated(stem)):
        return True
    return any(_year(found, BIRTH_YEARS) for run in _RUN.findall(stem) for found in _compact(run))


def _separated(stem: str) -> Iterator[tuple[int, int, int]]:
    for pattern in _DATES:
        for found in pattern.finditer(stem):
            yield int(found["year"]), int(found["one"]), int(found["two"])


def _compact(run: str) -> list[tuple[int, int, int]]:
    """The dates that eight digits may be."""
    if len(run) != 8:
        return []
    parts = [(run[:4], run[4:6], run[6:]), (run[4:], run[:2], run[2:4])]
    return [(int(year), int(one), int(two)) for year, one, two in parts]


def _year(found: tuple[int, int, int], years: range) -> bool:
    year, one, two = found
    return year in years and (_day(year, one, two) or _day(year, two, one))


def _day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _long_numbers(stem: str) -> bool:
    """A run of digits too long to count pictures, and neither date nor time."""
    after_date = -1
    for run in _RUN.finditer(stem):
        text = run[0]
        near = after_date >= 0 and _TIME.fullmatch(stem[after_date : run.start()])
        dated = _is_moment(text)
        after_date = run.end() if dated else -1
        if dated or (near and _is_time(text)):
            continue
        counted = len(text) <= 8 and _COUNTED.search(stem[: run.start()])
        if len(text.lstrip("0")) >= 7 and not counted and not _is_stamp(text):
            return True
    return False


def _is_moment(run: str) -> bool:
    """A date, or a date with the time."""
    if len(run) == 8:
        return any(
            _year(found, BIRTH_YEARS) or _year(found, CAPTURE_YEARS) for found in _compact(run)
        )
    whole = len(run) in {12, 14, 17} and _is_time(run[8:])
    return whole and _year(_compact(run[:8])[0], CAPTURE_YEARS)


def _is_time(run: str) -> bool:
    parts = [run[start : start + 2] for start in range(0, 6, 2)]
    within = all(int(part or 0) < most for part, most in zip(parts, (24, 60, 60), strict=True))
    return len(run) in {4, 6, 8, 9} and within


def _is_stamp(run: str) -> bool:
    """Seconds or milliseconds since 1970."""
    return bool(re.fullmatch(r"1[4-8]\d{8}|1[4-8]\d{11}", run))


# --- Words ------------------------------------------------------------------------------------


def _person(stem: str) -> bool:
    titled = _TITLE.search(stem)
    if titled and titled[1].lower() not in NEUTRAL:
        return True
    words = [word for word in _words(stem) if len(word[0]) > 1]
    if any(word.lower() in FIRST_NAMES for word, _start, _end in words):
        return True
    odd = [word for word in words if word[0].lower() not in NEUTRAL and len(word[0]) > 2]
    return _pair(stem, odd) or bool(odd and _numbered_and_dated(stem))


def _pair(stem: str, odd: list[tuple[str, int, int]]) -> bool:
    """Two capitalised words in a row that are not in every picture's name."""
    return any(
        _APART.fullmatch(stem[end:start])
        and one[0].isupper()
        and two[0].isupper()
        and max(len(one), len(two)) > 3
        for (one, _s, end), (two, start, _e) in pairwise(odd)
    )


def _numbered_and_dated(stem: str) -> bool:
    runs = _RUN.findall(stem)
    dates = [run for run in runs if _is_moment(run)]
    separated = any(_year(found, CAPTURE_YEARS) for found in _separated(stem))
    numbers = [run for run in runs if len(run) > 2 and run not in dates and not _is_year(run)]
    return bool((dates or separated) and [n for n in numbers if len(n) != 6 or not _is_time(n)])


def _is_year(run: str) -> bool:
    return len(run) == 4 and int(run) in CAPTURE_YEARS


def _words(stem: str) -> Iterator[tuple[str, int, int]]:
    """Words with where they begin and end; AnnaSmith is two."""
    for found in _WORDS.finditer(stem):
        start = found.start()
        for at in range(found.start() + 1, found.end()):
            if stem[at - 1].islower() and stem[at].isupper():
                yield stem[start:at], start, at
                start = at
        yield stem[start : found.end()], start, found.end()

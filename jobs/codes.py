"""Why a file did not become an image: a code for machines, sentences for people.

This is the one home of these sentences; pages, JSON, CSV and help read them here.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Code(models.TextChoices):
    NO_FILE = "no_file"
    TOO_MANY_FILES = "too_many_files"
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"
    CORRUPT = "corrupt"
    TOO_MANY_PIXELS = "too_many_pixels"
    DUPLICATE = "duplicate"
    QUOTA = "quota"
    CHANGED = "changed"
    NOT_RECEIVED = "not_received"
    PROCESSING_FAILED = "processing_failed"
    STORAGE_UNAVAILABLE = "storage_unavailable"


# Failures that are ours: the bytes are kept, so that the file can be queued again.
BROKEN = frozenset({Code.PROCESSING_FAILED, Code.STORAGE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Explanation:
    """`sentence` is what users read first; it may hold {limits}. `remedy` says what to do."""

    sentence: str | Promise
    meaning: str | Promise
    remedy: str | Promise


EXPLANATIONS: dict[Code, Explanation] = {
    Code.NO_FILE: Explanation(
        _("No selected file"),
        _("The upload held no file."),
        _("Choose at least one JPG or PNG file and send again."),
    ),
    Code.TOO_MANY_FILES: Explanation(
        _("Too many files (max {max_files})"),
        _("One upload takes a limited number of files. None of these was kept."),
        _("Send them in several uploads of at most {max_files} files."),
    ),
    Code.TOO_LARGE: Explanation(
        _("File too large (max {max_mb}MB)"),
        _("The file has more bytes than one image may have."),
        _("Export it from the camera software with a higher compression, as JPG."),
    ),
    Code.WRONG_TYPE: Explanation(
        _("Invalid file type: {mime_type}. Only JPG/PNG allowed."),
        _("The content of the file is not a JPG or PNG picture, whatever its name says."),
        _("Export the image from the camera software as JPG or PNG."),
    ),
    Code.CORRUPT: Explanation(
        _("Corrupted or unreadable image"),
        _("The picture is damaged, cut short or empty, or cannot be decoded to its end."),
        _("Copy the file from the camera again and check that it opens, then send it again."),
    ),
    Code.TOO_MANY_PIXELS: Explanation(
        _("Image dimensions too large (max {max_megapixels} megapixels)"),
        _("The picture is wider and higher than the system will decode."),
        _("Export it from the camera software at a smaller size."),
    ),
    Code.DUPLICATE: Explanation(
        _("Duplicate file"),
        _("The very same file is already in the system, or twice in this upload."),
        _("Nothing to do: it is stored once already."),
    ),
    Code.QUOTA: Explanation(
        _("Upload quota exceeded"),
        _("Your lifetime number of images is used up."),
        _("Ask your administrator for a higher quota, then send the file again."),
    ),
    Code.CHANGED: Explanation(
        _("The file changed while it was being sent"),
        _("Three times the bytes that arrived were not the ones announced."),
        _("Close other programs that use the file, choose it afresh and send it again."),
    ),
    Code.NOT_RECEIVED: Explanation(
        _("Not received. Send it again."),
        _("The file was announced, but its bytes did not arrive within an hour."),
        _("Check the connection and send the file again."),
    ),
    Code.PROCESSING_FAILED: Explanation(
        _("The file could not be processed"),
        _("Processing failed three times. The fault is on our side; the file is kept for 30 days."),
        _("Tell your administrator the job id: the file can be queued again without a new upload."),
    ),
    Code.STORAGE_UNAVAILABLE: Explanation(
        _("The storage is not available"),
        _("The place where images are kept could not be reached or is full."),
        _("Try again later. If it stays so, tell your administrator the job id."),
    ),
}


def sentence(code: str, **values: str | int) -> str:
    """The sentence for `code` with the limits filled in; unknown codes read as themselves."""
    if code not in EXPLANATIONS:
        return code
    return _filled(EXPLANATIONS[Code(code)].sentence, values)


def remedy(code: str) -> str:
    """What to do about `code`; nothing for no code."""
    return _filled(EXPLANATIONS[Code(code)].remedy, {}) if code else ""


def explained(code: Code) -> dict[str, str]:
    """Sentence, meaning and remedy of one code, for the help pages."""
    why = EXPLANATIONS[code]
    return {
        "code": code.value,
        "sentence": _filled(why.sentence, {"mime_type": "[mime_type]"}),
        "meaning": _filled(why.meaning, {}),
        "remedy": _filled(why.remedy, {}),
    }


def _filled(text: str | Promise, values: dict[str, str | int]) -> str:
    limits = {
        "max_files": settings.DIRECT_UPLOAD_MAX_FILES,
        "max_mb": settings.DIRECT_UPLOAD_MAX_FILE_SIZE_MB,
        "max_megapixels": settings.DIRECT_UPLOAD_MAX_MEGAPIXELS,
        "mime_type": "unknown",
    }
    return str(text).format(**{**limits, **values})

"""Every limit of an upload in one place, for checks, messages, help and the page's script."""

from dataclasses import dataclass

from django.conf import settings

MEGABYTE = 1024 * 1024
FILENAME_LENGTH = 255
BULK_IMAGES = 50  # changed or deleted at once


@dataclass(frozen=True, slots=True)
class Limits:
    max_files: int
    max_file_mb: int
    max_megapixels: int
    default_quota: int
    lookups_per_minute: int

    @property
    def max_file_bytes(self) -> int:
        return self.max_file_mb * MEGABYTE

    @property
    def max_form_bytes(self) -> int:
        """Of the plain form's whole body."""
        return self.max_file_bytes * self.max_files + MEGABYTE


def current() -> Limits:
    return Limits(
        max_files=settings.DIRECT_UPLOAD_MAX_FILES,
        max_file_mb=settings.DIRECT_UPLOAD_MAX_FILE_SIZE_MB,
        max_megapixels=settings.DIRECT_UPLOAD_MAX_MEGAPIXELS,
        default_quota=settings.DEFAULT_UPLOAD_QUOTA,
        lookups_per_minute=settings.LOOKUPS_PER_MINUTE,
    )

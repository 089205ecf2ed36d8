"""The administration of cameras, diseases and scales, areas, images, grades, and file checks."""

from uploads.admin import checks, grades, images, reference

__all__ = ["checks", "grades", "images", "reference"]

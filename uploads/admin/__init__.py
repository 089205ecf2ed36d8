"""The administration of cameras, diseases and scales, areas, images, and grades."""

from uploads.admin import grades, images, reference

__all__ = ["grades", "images", "reference"]

"""The four roles. They are Django groups; one person may hold several."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    UPLOADER = "Uploader", _("Uploader")
    DATA_MANAGER = "Data manager", _("Data manager")
    GRADER = "Grader", _("Grader")
    ADMINISTRATOR = "Administrator", _("Administrator")

"""The choices about a batch, given by name on a command line, under the rules of the form."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandError

from accounts import finding
from accounts.gates import require_role
from accounts.models import LabUnit, User
from accounts.roles import Role
from uploads.forms import NO_ACCESS, ChoicesForm
from uploads.intake import Choices
from uploads.models import Area, Camera, Disease


def choices(
    user: User, *, lab_unit: str, camera: str, disease: str, area: str, mydriatic: bool
) -> Choices:
    """What `user` may choose, by these names. Raises CommandError with what there is instead."""
    _require_uploader(user)
    unit = finding.lab_unit(lab_unit)
    named: dict[str, Any] = {
        "hospital": unit.hospital_id,
        "lab_unit": unit.pk,
        "camera": _camera(camera).pk,
        "disease": _disease(disease).pk,
        "area": _area(area).pk,
        "mydriatic": mydriatic,
    }
    form = ChoicesForm(named, user=user)
    if not form.is_valid():
        raise CommandError(_complaint(form, user))
    return form.choices()


def _require_uploader(user: User) -> None:
    if not user.is_active:
        raise CommandError(f"{user.get_username()} is deactivated.")
    try:
        require_role(user, Role.UPLOADER)
    except PermissionDenied:
        raise CommandError(f"{user.get_username()} is no {Role.UPLOADER.label}.") from None


def _complaint(form: ChoicesForm, user: User) -> str:
    sentence = form.complaint()[0]
    if sentence != str(NO_ACCESS):
        return sentence
    units = [finding.path(unit) for unit in LabUnit.objects.open_to(user)]
    return f"{sentence}. {user.get_username()} may upload to: {', '.join(units) or 'none'}."


def _camera(text: str) -> Camera:
    cameras = Camera.objects.filter(is_active=True)
    return finding.one(cameras, text, what="camera", names=lambda row: [row.name])


def _disease(text: str) -> Disease:
    diseases = Disease.objects.filter(is_active=True)
    return finding.one(diseases, text, what="disease", names=lambda row: [row.name])


def _area(text: str) -> Area:
    areas = Area.objects.filter(is_active=True)
    return finding.one(areas, text, what="area", names=lambda row: [row.laterality, row.label])

"""An image in the words its page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from uploads.models import FundusImage

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what stands beside it; `code` for hashes and the like."""

    label: str
    value: str = ""
    at: datetime | None = None
    code: bool = False


def facts(image: FundusImage) -> list[Fact]:
    """What people chose or did; `image` comes with its related rows."""
    uploader = image.uploaded_by.display_name
    return [
        Fact(_("Hospital"), image.lab_unit.hospital.name),
        Fact(_("Lab unit"), image.lab_unit.name),
        Fact(_("Camera"), image.camera.name),
        Fact(_("Disease"), image.disease.name),
        Fact(_("Area"), image.get_laterality_display()),
        Fact(_("Pupils"), _("Mydriatic") if image.mydriatic else _("Non Mydriatic")),
        Fact(_("Uploaded"), at=image.created_at),
        Fact(_("Uploaded by"), uploader),
    ]


def technical(image: FundusImage) -> list[Fact]:
    """What the file is and says of itself."""
    width, height = image.upright_size
    pixels = f"{width} × {height} px"
    return [
        Fact(_("Size"), f"{pixels} · {width * height / 1e6:.1f} MP"),
        Fact(_("Format"), FORMATS.get(image.mime_type, image.mime_type)),
        Fact(_("As received"), filesizeformat(image.size_bytes)),
        Fact(_("As stored"), filesizeformat(image.stored_size)),
        *_named_camera(image),
        *_exposure(image.exposure),
        Fact(_("Image id"), str(image.public_id), code=True),
        Fact(_("MD5 as received"), image.content_md5, code=True),
        Fact(_("SHA-256 as received"), image.content_sha256, code=True),
        Fact(_("SHA-256 as stored"), image.stored_sha256, code=True),
        *_edited(image),
    ]


def _named_camera(image: FundusImage) -> list[Fact]:
    if image.detected_camera_id in {None, image.camera_id}:
        return []
    return [Fact(_("Camera named in the file"), str(image.detected_camera))]


def _edited(image: FundusImage) -> list[Fact]:
    if not image.edited:
        return []
    return [
        Fact(_("Edited"), at=image.edited_at),
        Fact(_("SHA-256 of the edited version"), image.edited_sha256, code=True),
    ]


def _exposure(numbers: dict[str, Any]) -> list[Fact]:
    """The exposure's numbers, as photographers write them."""
    shown = {
        "exposure_time_s": (_("Exposure time"), _time),
        "f_number": (_("Aperture"), "f/{:.3g}".format),
        "iso": (_("Sensitivity"), "ISO {:.0f}".format),
        "exposure_bias_ev": (_("Exposure bias"), "{:+.2g} EV".format),
        "focal_length_mm": (_("Focal length"), "{:.3g} mm".format),
    }
    return [
        Fact(label, written(numbers[name]))
        for name, (label, written) in shown.items()
        if name in numbers
    ]


def _time(seconds: float) -> str:
    return f"1/{1 / seconds:.0f} s" if 0 < seconds < 0.5 else f"{seconds:.3g} s"

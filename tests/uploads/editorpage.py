"""The editor's page as browsers with and without script send to it."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from uploads.models import FundusImage, ImageEdit
from uploads.tasks import render_edit

FIELDS = {
    "seen": 0, "rotate": 0, "angle": 0, "brightness": 0, "contrast": 0, "gamma": 1,
    "sharpness": 0, "local_contrast": 0, "crop": "", "blackouts": "",
}  # fmt: skip
CROPPED = {"op": "crop", "rect": [4, 2, 20, 16]}
TURNED = {"op": "rotate", "degrees": 90}


def url(image: FundusImage, below: str = "") -> str:
    return f"/direct/uploads/{image.public_id}/edit-image{below}"


def recipe(*steps: dict[str, Any]) -> str:
    return json.dumps({"version": 1, "steps": steps})


def post(client: Client, image: FundusImage, **data: Any) -> Any:
    """As a browser without script sends it."""
    return client.post(url(image), {**FIELDS, **data})


def send(client: Client, image: FundusImage, *steps: dict[str, Any], seen: int = 0) -> Any:
    """As the page's script sends it."""
    data = {"action": "save", "recipe": recipe(*steps), "seen": seen}
    return client.post(url(image), data, headers={"Accept": "application/json"})


def edited(client: Client, image: FundusImage, *steps: dict[str, Any], seen: int = 0) -> ImageEdit:
    """A saved and rendered edit."""
    assert send(client, image, *steps, seen=seen).status_code == 202
    edit = image.edits.get(number=seen + 1)
    render_edit(edit.pk)
    return edit


def value(answer: Any, name: str) -> Any:
    return answer.context["form"][name].value()

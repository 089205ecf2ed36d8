"""Workers that die while they render an edit: it is shown once, and no file is left over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.accidents import EDIT_ACCIDENT, EDIT_POINTS
from tests.faults.frail import PATIENCE, Frail, assert_sound
from tests.faults.test_workers import photo
from tests.live.client import Client
from tests.live.waiting import wait_until

pytestmark = pytest.mark.live
TURNED = json.dumps({"version": 1, "steps": [{"op": "rotate", "degrees": 90}]})


@pytest.fixture
def image(uploader: Client) -> str:
    status = uploader.wait(uploader.upload([photo()]), timeout=PATIENCE)
    return str(status["items"][0]["image_url"])


@pytest.fixture(params=EDIT_POINTS)
def point(request: pytest.FixtureRequest, frail: Frail) -> Iterator[str]:
    fatal = frail.folder / EDIT_ACCIDENT
    fatal.write_text(request.param)
    yield request.param
    fatal.unlink()


def newest(frail: Frail) -> dict[str, Any]:
    names = ("state", "attempts", "result_sha256")
    rows = frail.rows(f"SELECT {', '.join(names)} FROM uploads_imageedit ORDER BY id DESC LIMIT 1")
    return dict(zip(names, rows[0], strict=True))


def test_a_worker_killed_while_rendering_loses_nothing(
    frail: Frail, uploader: Client, image: str, point: str
) -> None:
    answer = uploader.http.post(
        f"{image}/edit-image", data={"recipe": TURNED, "seen": 0}, headers=uploader.headers
    )
    assert answer.status_code in (202, 302), answer.text
    wait_until(lambda: newest(frail)["state"] == "done", timeout=PATIENCE, what="it is rendered")
    assert newest(frail)["attempts"] == (1 if point == "committed" else 2)
    assert uploader.http.get(f"{image}/edited").status_code in (200, 302)
    assert_sound(frail)

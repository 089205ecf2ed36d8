"""What people do in the editor, in words its tests share."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e import steps
from tests.live.client import Client, File
from tests.live.system import System


def uploaded(system: System, name: str, data: bytes) -> str:
    """The address of a new image."""
    with Client(system, "uploader") as client:
        status = client.wait(client.upload([File(name, data)]))
    return str(status["items"][0]["image_url"])


def open_editor(page: Page, image: str, query: str = "") -> None:
    page.goto(f"{image}/edit-image{query}")
    expect(page.locator("[data-picture]")).to_be_visible()


def field(page: Page, name: str) -> str:
    return page.locator(f"[name={name}]").input_value()


def numbers(text: str) -> list[int]:
    return [int(each) for each in text.split()]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place of the picture to another, as shares of it."""
    box = page.locator("[data-frame]").bounding_box()
    assert box
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=8)
    page.mouse.up()


def picture(page: Page) -> str:
    """The address of what is shown once the preview is up to date."""
    expect(page.locator("[data-note]")).to_have_text("")
    return str(page.locator("[data-picture]").get_attribute("src"))


def save_and_wait(page: Page, image: str) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(f"**{image}?*", timeout=steps.PATIENCE)
    expect(page.locator("[data-rendering]")).to_have_count(0)


def stored(page: Page, image: str, name: str = "edited") -> np.ndarray:
    answer = page.request.get(f"{image}/{name}")
    assert answer.ok
    with Image.open(BytesIO(answer.body())) as opened:
        return np.asarray(opened.convert("RGB")).astype(int)


def frame_of(page: Page, kind: str) -> Locator:
    return page.locator(f"cropper-selection[data-kind={kind}]")


def stroke(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    """A finger put on a point of the window, moved in steps and lifted."""
    session = page.context.new_cdp_session(page)
    points = [{"x": start[0] + by[0] * n / 5, "y": start[1] + by[1] * n / 5} for n in range(6)]
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    for point in points[1:]:
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def swipe(page: Page, target: Locator, x: float, y: float) -> None:
    """A finger put on the middle of the target, moved and lifted."""
    box = target.bounding_box()
    assert box
    stroke(page, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), (x, y))

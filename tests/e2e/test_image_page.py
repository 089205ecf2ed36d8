"""Looking at one image in the browser: close, turned, through aids, and on to the next."""

import re
from functools import cache
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FloatRect, Page, expect

from tests.e2e import steps
from tests.e2e.test_pages import findings
from tests.images import exif, jpeg, segment, with_segments
from tests.live.client import Client, File
from tests.live.system import System
from tests.live.waiting import wait_until

NAME = "larkspur"  # what these images alone are called
QUERY = f"?filename={NAME}&sort=oldest"
SIDEWAYS = 6  # the EXIF orientation of a camera held upright


@cache
def images(system: System) -> list[str]:
    """Three photographs and one of a turned camera, in their order; the second has been edited."""
    files = [File(f"{NAME}-{n}.jpg", jpeg(1600, 1200, seed=900 + n)) for n in range(3)]
    told = segment(0xE1, b"Exif\0\0" + exif(SIDEWAYS))
    turned = with_segments(jpeg(1600, 1200, seed=903), told)
    with Client(system, "uploader") as client:
        # One after another: workers that share a job end its files in any order.
        ids = [
            client.wait(client.upload([each]))["items"][0]["image_id"]
            for each in (*files, File(f"{NAME}-3.jpg", turned))
        ]
    system.shell(
        "from tests.edits import edited; from uploads.models import FundusImage;"
        f" edited(FundusImage.objects.get(public_id='{ids[1]}'), 1600, 1200)"
    )
    return [f"/direct/uploads/{each}" for each in ids]


def look(page: Page, address: str) -> None:
    """Opens the page and waits for the picture to stand in the viewer."""
    page.goto(address)
    expect(page.locator("[data-stage]")).to_have_class(re.compile("is-live"))


@pytest.fixture
def viewer(page: Page, system: System) -> Page:
    steps.sign_in(page)
    look(page, images(system)[1] + QUERY)
    return page


def zoom(page: Page) -> int:
    return int(page.locator("[data-zoom-text]").inner_text().removesuffix("\u00a0%"))


def shown(page: Page) -> np.ndarray:
    """The pixels of the stage."""
    box = page.locator("[data-stage]").bounding_box()
    assert box
    clip: FloatRect = {
        "x": int(box["x"]),
        "y": int(box["y"]),
        "width": int(box["width"]),
        "height": int(box["height"]),
    }
    with Image.open(BytesIO(page.screenshot(clip=clip))) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def press_and_wait(page: Page, key: str, before: int) -> int:
    page.keyboard.press(key)
    expect(page.locator("[data-zoom-text]")).not_to_have_text(f"{before}\u00a0%")
    settle(page)
    return zoom(page)


def settle(page: Page, unlike: np.ndarray | None = None) -> np.ndarray:
    """Wait until the picture moves no more, and shows something else than `unlike`."""
    seen = [shown(page)]

    def stands_still() -> bool:
        seen.append(shown(page))
        moved = unlike is None or not np.array_equal(seen[-1], unlike)
        return moved and np.array_equal(seen[-1], seen[-2])

    wait_until(stands_still, timeout=10, what="the movement ends")
    return seen[-1]


def test_wheel_and_keys_go_close_and_back(viewer: Page) -> None:
    whole = zoom(viewer)
    box = viewer.locator("[data-stage]").bounding_box()
    assert box
    viewer.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    viewer.mouse.wheel(0, -300)
    expect(viewer.locator("[data-zoom-text]")).not_to_have_text(f"{whole}\u00a0%")
    settle(viewer)
    close = zoom(viewer)
    closer = press_and_wait(viewer, "+", close)
    assert whole < close < closer
    assert press_and_wait(viewer, "-", closer) < closer
    viewer.keyboard.press("0")
    expect(viewer.locator("[data-zoom-text]")).to_have_text(f"{whole}\u00a0%")


@pytest.mark.parametrize(
    ("key", "name", "css"), [("g", "red-free", "url("), ("i", "invert", "invert(1)")]
)
def test_aids_are_switched_on_and_off(viewer: Page, key: str, name: str, css: str) -> None:
    button, stage = viewer.locator(f"[data-do={name}]"), viewer.locator("[data-stage]")
    viewer.keyboard.press(key)
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(stage).to_have_class(re.compile(f"is-{name}"))
    applied = "getComputedStyle(document.querySelector('[data-stage] canvas')).filter"
    assert css in viewer.evaluate(applied)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert viewer.evaluate(applied) == "none"


def test_red_free_shows_the_green_channel(viewer: Page) -> None:
    coloured = shown(viewer)
    viewer.keyboard.press("g")
    grey = shown(viewer)
    assert np.abs(grey - coloured[:, :, 1:2]).max() <= 6


def test_contrast_goes_in_steps(viewer: Page) -> None:
    button = viewer.locator("[data-do=contrast]")
    for amount in ("130 %", "160 %", "200 %", ""):
        viewer.keyboard.press("c")
        expect(button.locator("[data-contrast-text]")).to_have_text(amount)
        expect(button).to_have_attribute("aria-pressed", str(amount != "").lower())


def test_the_view_turns(viewer: Page) -> None:
    before = shown(viewer)
    viewer.keyboard.press("r")
    after = settle(viewer, unlike=before)
    assert left(before) > 1.3  # brighter to the left
    assert top(after) > 1.3


def left(pixels: np.ndarray) -> float:
    """How much brighter the left half is than the right."""
    half = pixels.shape[1] // 2
    return float(pixels[:, :half].mean() / pixels[:, -half:].mean())


def top(pixels: np.ndarray) -> float:
    return left(pixels.swapaxes(0, 1))


def test_a_photograph_of_a_turned_camera_stands_upright(page: Page, system: System) -> None:
    steps.sign_in(page)
    look(page, images(system)[3])
    pixels = shown(page)
    assert top(pixels) > 1.3
    assert 0.9 < left(pixels) < 1.1
    size = page.locator("[data-picture]").evaluate(
        "image => [image.naturalWidth, image.naturalHeight]"
    )
    assert size == [1200, 1600]


def test_the_view_fills_the_screen(viewer: Page) -> None:
    viewer.keyboard.press("f")
    viewer.wait_for_function("document.fullscreenElement?.matches('[data-viewer]')")
    expect(viewer.locator("[data-do=full-screen]")).to_have_attribute("aria-pressed", "true")
    viewer.keyboard.press("f")
    viewer.wait_for_function("!document.fullscreenElement")


def test_arrow_keys_walk_through_the_filter(viewer: Page, system: System) -> None:
    first, second, third, _ = images(system)
    viewer.keyboard.press("ArrowRight")
    viewer.wait_for_url(f"**{third}{QUERY}")
    viewer.keyboard.press("ArrowLeft")
    viewer.wait_for_url(f"**{second}{QUERY}")
    viewer.keyboard.press("ArrowLeft")
    viewer.wait_for_url(f"**{first}{QUERY}")
    expect(viewer.locator("[rel=prev]")).to_have_count(0)


def test_arrow_keys_move_a_zoomed_picture_that_has_the_focus(viewer: Page) -> None:
    address = viewer.url
    press_and_wait(viewer, "+", zoom(viewer))
    viewer.locator(".openseadragon-canvas").focus()
    before = shown(viewer)
    viewer.keyboard.press("ArrowRight")
    assert np.abs(settle(viewer, unlike=before) - before).mean() > 2
    assert viewer.url == address


def test_letters_can_be_kept_to_the_viewer(viewer: Page) -> None:
    viewer.locator(".viewer-help summary").click()
    viewer.get_by_label("Letter keys work everywhere").uncheck()
    viewer.reload()
    expect(viewer.locator("[data-stage]")).to_have_class(re.compile("is-live"))
    button = viewer.locator("[data-do=red-free]")
    viewer.keyboard.press("g")
    expect(button).to_have_attribute("aria-pressed", "false")
    viewer.locator(".openseadragon-canvas").focus()
    viewer.keyboard.press("g")
    expect(button).to_have_attribute("aria-pressed", "true")


def test_the_edited_version_takes_the_place_of_the_original(viewer: Page) -> None:
    close = press_and_wait(viewer, "+", zoom(viewer))
    original = shown(viewer)
    viewer.get_by_role("link", name="Edited", exact=True).click()
    expect(viewer.locator("[data-version=edited]")).to_have_attribute("aria-current", "true")
    assert zoom(viewer) == close
    assert np.abs(shown(viewer) - original).mean() > 1
    assert viewer.url.endswith(f"{QUERY}&version=edited")
    download = viewer.get_by_role("link", name="Download")
    expect(download).to_have_attribute("href", re.compile(r"/edited\?download$"))
    viewer.keyboard.press("e")
    expect(viewer.locator("[data-version=original]")).to_have_attribute("aria-current", "true")


def test_the_picture_comes_once_and_from_nowhere_else(page: Page, system: System) -> None:
    steps.sign_in(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    look(page, images(system)[0])
    page.wait_for_load_state("networkidle")
    places = (system.url, system.env.get("AWS_S3_ENDPOINT_URL", system.url))
    assert [url for url in asked if not url.startswith(places)] == []
    assert len([url for url in asked if url.endswith("/original")]) == 1


def test_without_scripts_the_picture_stands_there(plain_page: Page, system: System) -> None:
    steps.sign_in(plain_page)
    with plain_page.expect_response("**/edited") as answer:
        plain_page.goto(f"{images(system)[1]}?version=edited")
    assert answer.value.status in {200, 302}
    expect(plain_page.locator(".viewer-plain")).to_be_visible()
    expect(plain_page.locator("[data-do=zoom-in]")).to_be_hidden()
    plain_page.get_by_role("link", name="Original").click()
    expect(plain_page.locator("[data-version=original]")).to_have_attribute("aria-current", "true")


def test_the_page_is_for_everybody(open_page: steps.OpenPage, system: System) -> None:
    page = open_page(system, bypass_csp=True, reduced_motion="reduce")
    steps.sign_in(page, "admin")
    look(page, images(system)[1])
    page.keyboard.press("c")
    page.locator(".image-technical summary").click()
    page.locator(".viewer-help summary").click()
    assert findings(page) == []


def test_every_tool_is_reached_by_the_tab_key(viewer: Page) -> None:
    for selector in (".openseadragon-canvas", "[data-version=edited]", "[data-do=invert]"):
        steps.tab_to(viewer, selector)
    for tool in viewer.locator(".viewer-tool:visible").all():
        box = tool.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24

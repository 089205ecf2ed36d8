"""A large photograph enlarged in the editor: small letters are covered to the pixel."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import ImageDraw, ImageFont
from playwright.sync_api import CDPSession, Page, ViewportSize, expect

from tests.e2e import steps
from tests.e2e.editing import (
    field,
    frame_of,
    numbers,
    open_editor,
    picture,
    save_and_wait,
    stored,
    uploaded,
)
from tests.e2e.test_pages import findings
from tests.images import photo
from tests.live.system import System

WIDTH, HEIGHT = 4000, 3000
NAME = "MUSTERFRAU, ERIKA"
AT = (3300, 2800)
# Of the letters, as they are burned in; 20 pixels high.
LETTERS = ImageFont.load_default(20).getbbox(NAME)
COVER = [AT[0] - 6, AT[1] - 4, int(LETTERS[2]) + 12, int(LETTERS[3]) + 8]
TABLET: ViewportSize = {"width": 768, "height": 1024}
PC: ViewportSize = {"width": 1366, "height": 768}


def named(seed: int) -> bytes:
    picture = photo(WIDTH, HEIGHT, seed)
    ImageDraw.Draw(picture).text(AT, NAME, fill="white", font=ImageFont.load_default(20))
    output = BytesIO()
    picture.save(output, "JPEG", quality=80)
    return output.getvalue()


@pytest.fixture(scope="module")
def image(system: System) -> str:
    return uploaded(system, "named.jpg", named(0))


@pytest.fixture
def editor(page: Page, image: str) -> Page:
    page.set_viewport_size(PC)
    steps.sign_in(page)
    open_editor(page, image)
    picture(page)
    return page


def point(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the original lies in the window."""
    box = page.locator("[data-frame]").bounding_box()
    assert box
    return box["x"] + x * box["width"] / WIDTH, box["y"] + y * box["height"] / HEIGHT


def percent(page: Page) -> int:
    text = page.locator("[data-zoom-text]").inner_text()
    return int(text.replace(",", "").removesuffix("%").strip())


def wheel_with_ctrl(page: Page, place: tuple[float, float], turns: int) -> None:
    """Zooms about a place of the original, notch by notch."""
    page.mouse.move(*point(page, *place))
    page.keyboard.down("Control")
    for _ in range(abs(turns)):
        before = percent(page)
        page.mouse.wheel(0, -120 if turns > 0 else 120)
        page.wait_for_function(
            "was => document.querySelector('[data-zoom-text]').textContent !== was",
            arg=f"{before}\u00a0%",
        )
    page.keyboard.up("Control")


def draw(page: Page, rect: list[int]) -> None:
    x, y, width, height = rect
    page.mouse.move(*point(page, x, y))
    page.mouse.down()
    page.mouse.move(*point(page, x + width / 2, y + height / 2), steps=4)
    page.mouse.move(*point(page, x + width, y + height), steps=4)
    page.mouse.up()


def sharp(page: Page) -> dict[str, float]:
    """The part shown in detail: how many pixels it has, and of how many of the original."""
    expect(page.locator("[data-sharp]")).to_be_visible()
    picture(page)
    sizes: dict[str, float] = page.locator("[data-sharp]").evaluate(
        """(image, width) => ({
          columns: image.naturalWidth,
          covers: Number.parseFloat(image.style.width) / 100 * width,
        })""",
        WIDTH,
    )
    return sizes


@pytest.mark.parametrize("size", [TABLET, PC], ids=["tablet", "pc"])
def test_a_name_is_covered_to_the_pixel(page: Page, system: System, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    steps.sign_in(page)
    image = uploaded(system, "named.jpg", named(size["width"]))
    open_editor(page, image)
    picture(page)
    page.get_by_role("button", name="Black out", exact=True).click()
    wheel_with_ctrl(page, (COVER[0] + 90, COVER[1] + 10), 5)
    assert percent(page) >= 100
    detail = sharp(page)
    assert detail["columns"] == pytest.approx(detail["covers"], abs=1)
    draw(page, COVER)
    assert numbers(field(page, "blackouts")) == pytest.approx(COVER, abs=1)
    save_and_wait(page, image)
    done, before = stored(page, image), stored(page, image, "original")
    x, y, width, height = COVER
    assert done[y : y + height, x : x + width].max() <= 20  # JPEG at the edges
    assert done[y + 8 : y + height - 8, x + 8 : x + width - 8].max() == 0
    around = np.abs(done - before)
    around[y - 8 : y + height + 8, x - 8 : x + width + 8] = 0
    assert around.max() < 30  # the rest is as it was, the letters being gone from nowhere else
    assert before[y : y + height, x : x + width].max() > 200


def test_what_the_pointer_points_at_stays_there(editor: Page) -> None:
    page = editor
    left, top = point(page, 0, 0)
    scale = (point(page, WIDTH, 0)[0] - left) / WIDTH
    at = 690, 560
    place = (at[0] - left) / scale, (at[1] - top) / scale
    wheel_with_ctrl(page, place, 5)
    assert point(page, *place) == pytest.approx(at, abs=1.5)
    wheel_with_ctrl(page, place, -1)
    assert point(page, *place) == pytest.approx(at, abs=1.5)


def test_the_wheel_alone_moves_the_picture(editor: Page) -> None:
    page = editor
    page.get_by_role("button", name="Full size").click()
    start = point(page, 0, 0)
    page.mouse.move(400, 300)
    page.mouse.wheel(40, 70)
    page.wait_for_function("document.querySelector('[data-scroll]').scrollTop > 0")
    expected = (start[0] - 40, start[1] - 70)
    page.wait_for_function(
        "top => document.querySelector('[data-frame]').getBoundingClientRect().top < top + 1",
        arg=expected[1],
    )
    assert point(page, 0, 0) == pytest.approx(expected, abs=1)
    assert percent(page) == 100


def test_buttons_and_keys_zoom(editor: Page) -> None:
    page = editor
    whole = percent(page)
    out, closer = (page.get_by_role("button", name=name) for name in ("Zoom out", "Zoom in"))
    expect(out).to_be_disabled()
    closer.click()
    first = percent(page)
    assert first > whole
    page.keyboard.press("+")
    assert percent(page) > first
    page.keyboard.press("-")
    assert percent(page) == first
    page.keyboard.press("1")
    assert percent(page) == 100
    for _ in range(20):
        page.keyboard.press("+")
    assert percent(page) == 800
    expect(closer).to_be_disabled()
    page.keyboard.press("0")
    assert percent(page) == whole
    page.get_by_role("button", name="Full size").click()
    assert percent(page) == 100
    page.get_by_role("button", name="Whole picture").first.click()
    assert percent(page) == whole


def test_keys_that_are_typed_do_not_zoom(editor: Page) -> None:
    page = editor
    whole = percent(page)
    page.locator("[name=brightness]").fill("")
    page.locator("[name=brightness]").press_sequentially("-10")
    assert field(page, "brightness") == "-10"
    assert percent(page) == whole


def test_arrow_keys_move_a_frame_in_finer_steps_the_larger_it_stands(editor: Page) -> None:
    page = editor
    page.get_by_role("button", name="Add a rectangle").click()
    start = numbers(field(page, "blackouts"))
    page.keyboard.press("ArrowRight")
    assert numbers(field(page, "blackouts"))[0] == start[0] + 10
    page.keyboard.press("1")
    for _ in range(2):
        page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    end = numbers(field(page, "blackouts"))
    assert end == [start[0] + 11, start[1] + 10, *start[2:]]
    expect(frame_of(page, "blackout")).to_be_in_viewport()


def test_a_frame_reached_by_tab_comes_into_sight(editor: Page) -> None:
    page = editor
    page.get_by_role("button", name="Black out", exact=True).click()
    wheel_with_ctrl(page, (3300, 2800), 5)
    draw(page, COVER)
    page.keyboard.press("0")
    page.keyboard.press("1")
    page.locator("[data-scroll]").evaluate("scroller => scroller.scrollTo(0, 0)")
    expect(frame_of(page, "blackout")).not_to_be_in_viewport()
    steps.tab_to(page, "cropper-selection[data-kind=blackout]")
    expect(frame_of(page, "blackout")).to_be_in_viewport()
    for handle in frame_of(page, "blackout").locator("cropper-handle[action$=resize]").all():
        shape = handle.bounding_box()
        assert shape
        assert min(shape["width"], shape["height"]) >= 24


@pytest.mark.parametrize("how", ["space", "middle"])
def test_the_enlarged_picture_is_dragged(editor: Page, how: str) -> None:
    page = editor
    page.get_by_role("button", name="Full size").click()
    start = point(page, 0, 0)
    page.mouse.move(500, 400)
    if how == "space":
        page.keyboard.down(" ")
    page.mouse.down(button="left" if how == "space" else "middle")
    page.mouse.move(380, 300, steps=5)
    page.mouse.up(button="left" if how == "space" else "middle")
    page.keyboard.up(" ")
    assert point(page, 0, 0) == pytest.approx((start[0] - 120, start[1] - 100), abs=1.5)
    assert percent(page) == 100
    assert field(page, "crop") == ""


def test_a_new_crop_is_drawn_on_the_whole_picture(editor: Page) -> None:
    page = editor
    page.get_by_role("button", name="Full size").click()
    left, top = (round(each) for each in middle_of_sight(page))
    draw(page, [left, top, 120, 90])
    assert numbers(field(page, "crop")) == pytest.approx([left, top, 120, 90], abs=1)


def middle_of_sight(page: Page) -> tuple[float, float]:
    box, frame = (page.locator(f"[data-{name}]").bounding_box() for name in ("scroll", "frame"))
    assert box
    assert frame
    scale = frame["width"] / WIDTH
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return (x - frame["x"]) / scale, (y - frame["y"]) / scale


def test_the_result_shows_the_same_place(editor: Page) -> None:
    page = editor
    wheel_with_ctrl(page, (3300, 2800), 5)
    page.locator("[data-slider=angle] [name=angle]").fill("5")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Edit", exact=True).click()
    sharp(page)
    x, y = middle_of_sight(page)
    page.get_by_role("button", name="Result", exact=True).click()
    expect(page.locator("[data-picture]")).to_have_attribute(
        "alt", "The picture as it will be saved"
    )
    sharp(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    sharp(page)
    assert middle_of_sight(page) == pytest.approx((x, y), abs=3)


def touch(session: CDPSession, kind: str, *places: tuple[float, float]) -> None:
    points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_two_fingers_zoom_and_move_and_draw_nothing(
    open_page: steps.OpenPage, system: System, image: str
) -> None:
    page = open_page(system, viewport=TABLET, has_touch=True, reduced_motion="reduce")
    steps.sign_in(page)
    open_editor(page, image)
    picture(page)
    page.get_by_role("button", name="Black out", exact=True).tap()
    before, rects = percent(page), field(page, "blackouts")
    x, y = point(page, WIDTH / 2, HEIGHT / 2)
    session = page.context.new_cdp_session(page)
    touch(session, "touchStart", (x - 20, y))
    touch(session, "touchMove", (x - 40, y - 20))  # the first finger begins to draw
    touch(session, "touchStart", (x - 40, y - 20), (x + 40, y + 20))
    for n in range(1, 6):
        by = 1 + n * 0.8
        touch(session, "touchMove", (x - 40 * by, y - 20 * by), (x + 40 * by, y + 20 * by))
    touch(session, "touchEnd")
    assert percent(page) == pytest.approx(before * 5, rel=0.05)
    assert point(page, WIDTH / 2, HEIGHT / 2) == pytest.approx((x, y), abs=2)
    assert field(page, "blackouts") == rects
    expect(page.locator("[data-undo]")).to_be_disabled()
    touch(session, "touchStart", (x - 40, y), (x + 40, y))
    for n in range(1, 6):
        touch(session, "touchMove", (x - 40 + n * 12, y + n * 8), (x + 40 + n * 12, y + n * 8))
    touch(session, "touchEnd")
    assert point(page, WIDTH / 2, HEIGHT / 2) == pytest.approx((x + 60, y + 40), abs=2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_enlarged_picture_is_for_everybody(
    open_page: steps.OpenPage, system: System, image: str, scheme: str
) -> None:
    page = open_page(system, bypass_csp=True, reduced_motion="reduce", color_scheme=scheme)
    steps.sign_in(page)
    open_editor(page, image)
    for view in ("Edit", "Result"):
        page.get_by_role("button", name=view, exact=True).click()
        page.get_by_role("button", name="Full size").click()
        sharp(page)
        assert findings(page) == []

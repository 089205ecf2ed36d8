"""Every page: readable by everybody, in both themes, at any width, whatever files are called."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import steps
from tests.live import browser as chromium_browser
from tests.live.client import Client, File
from tests.live.system import System

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS: list[tuple[int, Literal["light", "dark"]]] = [
    (1366, "light"),
    (1366, "dark"),
    (375, "dark"),
    (375, "light"),
]
LARGE = bytes(6 * 2**20)
AWKWARD = [
    "a-very-long-name-" + "x" * 180 + "-OD-macula.jpg",
    "صورة-العين-اليمنى.jpg",
    "<img src=x onerror=alert(1)> &amp; 'quoted'.jpg",
    "👁️ œil droit.png",
    "=HYPERLINK(1).jpg",
]
PAGES = (
    "/direct/upload",
    "{processing}",
    "{results}",
    "/direct/jobs",
    "/direct/dashboard",
    "/direct/dashboard?area=OD&graded=no&filename=macula",
    "/direct/dashboard?area=OD&mydriatic=yes&filename=nowhere",
    "/direct/dashboard?date_from=2024-13-45",
    "/direct/dashboard/export",
    "/direct/dashboard/export?area=OD&format=xls",
    "{image}",
    "/accounts/profile",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/password/reset/",
    "/accounts/sessions/",
    "/help",
    "/help/direct-uploads",
    "/help/dashboard",
    "/help/editing",
    "/help/quotas",
    "/help/account",
    "/help/troubleshooting",
    "/no/such/page",
)


@cache
def places(system: System) -> dict[str, str]:
    """A finished job with awkward names, one still waiting for its files, and an image."""
    with Client(system, "uploader") as client:
        data = [payload["buffer"] for payload in steps.photographs(len(AWKWARD))]
        files = [File(name, content) for name, content in zip(AWKWARD, data, strict=True)]
        broken = File("broken " + AWKWARD[0], data[0][:400])
        status = client.wait(client.upload([*files, broken]), timeout=steps.PATIENCE / 1000)
        waiting = client.create_job(client.manifest([File("later.jpg", b"not yet sent")])).json()
    image = next(item["image_url"] for item in status["items"] if item["image_url"])
    pages = {"results": status["results_url"], "image": image}
    return pages | {"processing": waiting["processing_url"]}


@pytest.fixture(scope="module")
def checked_page(chromium: Browser, system: System) -> Iterator[Page]:
    """Signed in, still, and open to the checker, which the pages' own policy keeps out."""
    options = {"base_url": system.url, "bypass_csp": True, "reduced_motion": "reduce"}
    with chromium_browser.watched_page(chromium, **options) as page:
        steps.sign_in(page)
        yield page
        steps.excuse(page, "/no/such/page")
        steps.excuse(page, "format=xls")


@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_nothing_and_nothing_sticks_out(
    checked_page: Page, system: System, address: str
) -> None:
    checked_page.goto(address.format(**places(system)))
    assert findings(checked_page) == []


def test_the_sign_in_page_passes_too(open_page: steps.OpenPage, system: System) -> None:
    page = open_page(system, bypass_csp=True, reduced_motion="reduce")
    page.goto("/accounts/login")
    assert findings(page) == []
    page.fill("[name=login]", "uploader")
    page.fill("[name=password]", "not the password")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert], .errorlist, .field-error").first).to_be_visible()
    assert findings(page) == []


@pytest.mark.parametrize("part", ["warning", "ended"])
def test_the_end_of_a_session_passes_too(checked_page: Page, part: str) -> None:
    page = checked_page
    page.goto("/direct/jobs")
    dialog = page.locator("dialog[data-idle]")
    dialog.evaluate(
        """(dialog, part) => {
            for (const name of ["warning", "ended"]) {
                dialog.querySelector(`[data-${name}]`).hidden = name !== part;
            }
            dialog.querySelector("[data-countdown]").textContent = "1:59";
            dialog.showModal();
        }""",
        part,
    )
    assert findings(page) == []


def test_a_form_with_files_and_a_missing_field_passes_too(checked_page: Page) -> None:
    page = checked_page
    page.goto("/direct/upload")
    page.set_input_files("#file-input", [*steps.photographs(2), steps.payload("large.jpg", LARGE)])
    expect(steps.rows(page, "ready")).to_have_count(2)
    page.select_option("#camera", "")
    steps.send(page)
    expect(page.locator("#form-error")).to_be_visible()
    assert findings(page) == []


def test_the_dashboard_with_images_selected_passes_too(checked_page: Page, system: System) -> None:
    page = checked_page
    places(system)
    page.goto("/direct/dashboard")
    page.locator("input[name=ids]").first.check()
    expect(page.get_by_role("button", name="Delete Selected")).to_be_visible()
    assert findings(page) == []
    page.keyboard.press("Escape")


def test_the_dashboard_with_its_filters_unfolded_passes_too(
    checked_page: Page, system: System
) -> None:
    page = checked_page
    places(system)
    page.goto("/direct/dashboard")
    page.set_viewport_size({"width": 375, "height": 800})
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("button", name="Show the breakdown").click()
    page.locator(".filter-more > summary").click()
    page.evaluate("scrollTo(0, 0)")  # nothing half under the bar
    assert findings(page) == []


def findings(page: Page) -> list[str]:
    """What axe finds at each width in each theme, and where the page is wider than the window."""
    found = []
    page.add_script_tag(path=AXE)
    for width, theme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme)
        results = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", TAGS)
        found += [
            f"{width} {theme}: {each['id']}: {each['nodes'][0]['html'][:200]}"
            for each in results["violations"]
        ]
        if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
            found.append(f"{width}: wider than the window")
    return found


@pytest.mark.parametrize("place", ["results", "dashboard"])
def test_names_are_shown_as_they_are(page: Page, system: System, place: str) -> None:
    addresses = {**places(system), "dashboard": "/direct/dashboard"}
    steps.sign_in(page)
    page.goto(addresses[place])
    shown = page.locator(".fname").evaluate_all(
        "all => all.map(one => [one.title, one.textContent.trim()])"
    )
    assert {(name, name) for name in AWKWARD} <= {(title, text) for title, text in shown}


def test_names_are_shown_as_they_are_before_sending(page: Page) -> None:
    steps.open_form(page)
    data = steps.photographs(len(AWKWARD))
    files = [{**each, "name": name} for each, name in zip(data, AWKWARD, strict=True)]
    page.set_viewport_size({"width": 375, "height": 800})
    page.set_input_files("#file-input", files)  # type: ignore[arg-type]
    expect(steps.rows(page, "ready")).to_have_count(len(AWKWARD))
    assert page.locator("#file-list .fname").all_text_contents() == AWKWARD
    assert not page.evaluate("document.scrollingElement.scrollWidth > innerWidth")


def test_the_theme_can_be_switched_and_stays(page: Page) -> None:
    steps.sign_in(page)
    light = background(page)
    page.locator("summary", has_text="Theme").click()
    page.get_by_role("button", name="Dark").click()
    dark = background(page)
    assert dark != light
    page.goto("/help")
    assert background(page) == dark
    page.reload()
    assert background(page) == dark


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_a_job_out_of_scope_looks_like_one_that_is_not_there(page: Page, system: System) -> None:
    steps.sign_in(page, "grader")
    unknown = "/direct/upload/results/00000000-0000-4000-8000-000000000000"
    texts = []
    for address in (places(system)["results"], unknown):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404
        texts.append(page.locator("main").inner_text())
    assert texts[0] == texts[1]
    steps.excuse(page, "404")


def test_a_role_that_is_missing_is_told(page: Page) -> None:
    steps.sign_in(page, "grader")
    answer = page.goto("/direct/upload")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("main")).to_contain_text("Your account lacks the role")
    steps.excuse(page, "403")

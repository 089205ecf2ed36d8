"""Every page: readable by everybody, in both themes, at any width, whatever files are called."""

from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import steps
from tests.live.browser import complaints_of
from tests.live.client import Client, File
from tests.live.system import System

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AWKWARD = [
    "a-very-long-name-" + "x" * 180 + "-OD-macula.jpg",
    "صورة-العين-اليمنى.jpg",
    "<script>alert(1)</script> & 'quoted'.jpg",
    "👁️ œil droit.png",
    "=HYPERLINK(1).jpg",
]
PAGES = (
    "/direct/upload",
    "{results}",
    "/direct/jobs",
    "/direct/dashboard",
    "{image}",
    "/accounts/profile",
    "/help",
    "/help/direct-uploads",
    "/help/dashboard",
    "/help/editing",
    "/help/quotas",
    "/help/troubleshooting",
    "{processing}",
)
LOOKS = [("light", 1366), ("dark", 375), ("light", 375), ("dark", 1366)]


@cache
def places(system: System) -> dict[str, str]:
    """A finished job with awkward names, one still waiting for its files, and an image."""
    with Client(system, "uploader") as client:
        data = [payload["buffer"] for payload in steps.photographs(len(AWKWARD))]
        files = [File(name, content) for name, content in zip(AWKWARD, data, strict=True)]
        broken = File("broken " + AWKWARD[0], data[0][:400])
        status = client.wait(client.upload([*files, broken]))
        waiting = client.create_job(client.manifest([File("later.jpg", b"not yet sent")])).json()
    image = next(item["image_url"] for item in status["items"] if item["image_url"])
    pages = {"results": status["results_url"], "image": image}
    return pages | {"processing": waiting["processing_url"]}


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_no_finding_of_axe_and_nothing_sticks_out(
    chromium: Browser, system: System, theme: str, width: int
) -> None:
    context = chromium.new_context(
        base_url=system.url,
        bypass_csp=True,  # for the checker, which the pages' own policy keeps out
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": width, "height": 800},
    )
    page = context.new_page()
    page.goto("/accounts/login")
    found = findings(page, "sign-in")
    steps.sign_in(page)
    for address in PAGES:
        page.goto(address.format(**places(system)))
        found += findings(page, address)
    page.goto("/direct/upload")
    page.set_input_files("#file-input", steps.photographs(2))
    expect(steps.rows(page, "ready")).to_have_count(2, timeout=steps.PATIENCE)
    found += findings(page, "upload with files")
    context.close()
    assert not found, "\n".join(found)


def findings(page: Page, place: str) -> list[str]:
    """What axe finds and whether the page is wider than the window."""
    if not page.evaluate("!!window.axe"):
        page.add_script_tag(path=AXE)
    options = {"runOnly": {"type": "tag", "values": TAGS}}
    results = page.evaluate("options => axe.run(document, options)", options)
    found = [
        f"{place}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in results["violations"]
    ]
    if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
        found.append(f"{place}: wider than the window")
    return found


def test_names_are_shown_as_they_are(page: Page, system: System) -> None:
    steps.sign_in(page)
    page.goto(places(system)["results"])
    for name in AWKWARD:
        assert page.locator(f'[title="{name}"], [aria-label="{name}"]').count() or (
            name in page.locator("main").inner_text()
        ), name


def test_the_theme_can_be_switched_and_stays(page: Page) -> None:
    steps.sign_in(page)
    before = background(page)
    page.locator("[data-theme-switch]").click()
    assert background(page) != before
    switched = background(page)
    page.goto("/help")
    assert background(page) == switched


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_a_job_out_of_scope_looks_like_one_that_is_not_there(page: Page, system: System) -> None:
    steps.sign_in(page, "grader")
    address = places(system)["results"]
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 404
    other = page.goto("/direct/upload/results/00000000-0000-4000-8000-000000000000")
    assert other is not None
    assert other.status == 404
    complaints_of(page).clear()


def test_a_role_that_is_missing_is_told(page: Page) -> None:
    steps.sign_in(page, "grader")
    answer = page.goto("/direct/upload")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("main")).to_be_visible()
    complaints_of(page).clear()

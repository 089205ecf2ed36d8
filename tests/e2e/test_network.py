"""Lines break, servers restart, sessions end, tabs are reloaded: nothing is lost, all is said."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e import steps
from tests.live.browser import complaints_of
from tests.live.system import System
from tests.live.waiting import wait_until

STORED = "SELECT COUNT(*) FROM uploads_fundusimage"
CUT = 5_000  # milliseconds


@pytest.fixture
def slow_page(page: Page) -> Page:
    """A line so slow that there is a middle to cut."""
    session = page.context.new_cdp_session(page)
    conditions = {"offline": False, "latency": 20, "downloadThroughput": -1}
    session.send("Network.emulateNetworkConditions", {**conditions, "uploadThroughput": 400_000})
    return page


def test_a_line_cut_for_five_seconds(slow_page: Page, system: System) -> None:
    page = slow_page
    [(before,)] = system.rows(STORED)
    begin_sending(page, 12)
    page.context.set_offline(True)
    expect(page.locator("#wait-notice")).to_contain_text("Connection lost", timeout=steps.PATIENCE)
    page.wait_for_timeout(CUT)  # the cut itself, not a wait for something to happen
    page.context.set_offline(False)
    steps.await_results(page)
    assert system.rows(STORED) == [(before + 12,)]
    complaints_of(page).clear()  # the browser logs each request it could not send


def test_the_web_server_restarts_meanwhile(
    slow_page: Page, new_system: Callable[..., System]
) -> None:
    page, own = slow_page, new_system().start()
    page.goto(f"{own.url}/accounts/login")
    sign_in_at(page, own)
    begin_sending(page, 12, base=own.url)
    own.kill_web()
    expect(page.locator("#wait-notice")).to_contain_text("Connection lost", timeout=steps.PATIENCE)
    own.start_web()
    steps.await_results(page)
    assert own.rows(STORED) == [(12,)]
    complaints_of(page).clear()


def test_a_session_that_ended_is_told_and_nothing_is_lost(slow_page: Page, system: System) -> None:
    page = slow_page
    [(before,)] = system.rows(STORED)
    begin_sending(page, 12)
    system.rows("DELETE FROM django_session")
    expect(page.locator("#wait-notice")).to_contain_text("Sign in again", timeout=steps.PATIENCE)
    with page.context.new_page() as other:
        steps.sign_in(other)
    page.locator("#wait-notice [data-retry]").click()
    steps.await_results(page)
    assert system.rows(STORED) == [(before + 12,)]
    complaints_of(page).clear()


def test_a_reloaded_upload_goes_on_from_its_processing_page(
    slow_page: Page, system: System, tmp_path: Path
) -> None:
    page = slow_page
    [(before,)] = system.rows(STORED)
    files = begin_sending(page, 12, folder=tmp_path)
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/direct/jobs", wait_until="domcontentloaded")
    page.locator("a.job-open").first.click()
    page.wait_for_url(steps.PROCESSING)
    expect(page.locator("[data-resume]")).to_be_visible()
    page.set_input_files("#resume-files", files)
    steps.await_results(page)
    assert system.rows(STORED) == [(before + 12,)]
    complaints_of(page).clear()


def test_leaving_mid_way_warns(slow_page: Page) -> None:
    page = slow_page
    begin_sending(page, 12)
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("location.assign('/help')")
    wait_until(lambda: page.evaluate("1") and asked, what="the browser asks")
    assert asked == ["beforeunload"]
    steps.await_results(page)


def test_a_refused_look_up_is_waited_out(page: Page) -> None:
    steps.open_form(page)
    answers = [429]

    def once_busy(route: Route) -> None:
        if not answers:
            return route.fallback()
        body = '{"error": "Too many look-ups.", "code": "throttled"}'
        route.fulfill(status=answers.pop(), headers={"Retry-After": "1"}, body=body)
        return None

    page.route("**/api/uploads/check", once_busy)
    page.set_input_files("#file-input", steps.photographs(2))
    expect(steps.rows(page, "ready")).to_have_count(2, timeout=steps.PATIENCE)
    assert not answers
    complaints_of(page).clear()


def test_the_back_button_after_the_results_sends_nothing_again(page: Page, system: System) -> None:
    steps.open_form(page)
    page.set_input_files("#file-input", steps.photographs(1))
    steps.send(page)
    steps.await_results(page)
    [(jobs,)] = system.rows("SELECT COUNT(*) FROM jobs_job")
    page.go_back()
    page.wait_for_load_state()
    assert system.rows("SELECT COUNT(*) FROM jobs_job") == [(jobs,)]


def begin_sending(
    page: Page, number: int, *, base: str = "", folder: Path | None = None
) -> list[str]:
    """Start an upload that takes some seconds, and be in its middle."""
    if not base:
        steps.sign_in(page)
    page.goto(f"{base}/direct/upload")
    steps.choose_all(page)
    payloads = steps.photographs(number, size=(480, 320))
    files = steps.on_disk(folder, payloads) if folder else payloads
    page.set_input_files("#file-input", files)
    expect(steps.rows(page, "ready")).to_have_count(number, timeout=steps.PATIENCE)
    steps.send(page)
    expect(steps.rows(page, "sent").first).to_be_visible(timeout=steps.PATIENCE)
    return files if folder else []


def sign_in_at(page: Page, system: System) -> None:
    page.fill("[name=login]", "uploader")
    page.fill("[name=password]", system.env["FUNDUS_DEMO_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/direct/dashboard")

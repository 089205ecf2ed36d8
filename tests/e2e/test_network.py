"""Lines break, servers restart, sessions end, tabs are reloaded: nothing is lost, all is said."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, FilePayload, Page, Route, expect

from tests.e2e import steps
from tests.live.system import System
from tests.live.waiting import wait_until

STORED = "SELECT COUNT(*) FROM uploads_fundusimage"
JOBS = "SELECT COUNT(*) FROM jobs_job"
CUT = 5_000  # milliseconds
NUMBER = 12
NO_LINE = "net::ERR_"  # what the browser logs of a request it could not send


@pytest.fixture
def line(page: Page) -> steps.Line:
    """A line so slow that there is a middle to cut."""
    line = steps.Line(page)
    line.slow(150_000)
    return line


def test_a_line_cut_for_five_seconds(page: Page, line: steps.Line, system: System) -> None:
    [(before,)] = system.rows(STORED)
    steps.sign_in(page)
    begin_sending(page)
    line.cut()
    expect(page.locator("#wait-notice")).to_contain_text("Connection lost")
    page.wait_for_timeout(CUT)  # the cut itself, not a wait for something to happen
    line.mend()
    steps.await_results(page)
    assert system.rows(STORED) == [(before + NUMBER,)]
    steps.excuse(page, NO_LINE)


def test_the_web_server_restarts_meanwhile(
    page: Page, line: steps.Line, new_system: Callable[..., System]
) -> None:
    own = new_system().start()
    steps.sign_in(page, at=own.url)
    begin_sending(page, at=own.url)
    own.kill_web()
    expect(page.locator("#wait-notice")).to_contain_text("Connection lost")
    own.start_web()
    line.mend()
    steps.await_results(page)
    assert own.rows(STORED) == [(NUMBER,)]
    steps.excuse(page, NO_LINE)


def test_a_session_that_ended_is_told_and_nothing_is_lost(
    page: Page, line: steps.Line, system: System
) -> None:
    [(before,)] = system.rows(STORED)
    steps.sign_in(page)
    begin_sending(page)
    system.rows("DELETE FROM django_session")
    expect(page.locator("#wait-notice")).to_contain_text("Sign in again")
    with page.expect_popup() as popup:
        page.locator("#wait-notice [data-sign-in]").click()
    with popup.value as other:
        steps.fill_sign_in(other)
        other.wait_for_function("() => !location.pathname.startsWith('/accounts/login')")
    line.mend()
    page.locator("#wait-notice [data-retry]").click()
    steps.await_results(page)
    assert system.rows(STORED) == [(before + NUMBER,)]
    steps.excuse(page, "401")


def test_a_reloaded_upload_goes_on_from_its_processing_page(
    page: Page, line: steps.Line, system: System, tmp_path: Path
) -> None:
    [(before,)] = system.rows(STORED)
    steps.sign_in(page)
    files = steps.on_disk(tmp_path, photographs())
    begin_sending(page, files)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    line.mend()
    page.goto("/direct/jobs")
    page.locator("a.job-open").first.click()
    page.wait_for_url(steps.PROCESSING)
    expect(page.locator("[data-resume]")).to_be_visible()
    sent = steps.sent_files(page)
    page.set_input_files("#resume-files", files)
    steps.await_results(page)
    assert 0 < len(sent) < NUMBER
    assert system.rows(STORED) == [(before + NUMBER,)]


def test_leaving_mid_way_warns(page: Page, line: steps.Line) -> None:
    steps.sign_in(page)
    begin_sending(page)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.evaluate("location.assign('/help')")
    wait_until(lambda: page.evaluate("1") and asked, what="the browser asks")
    assert asked == ["beforeunload"]
    line.mend()
    steps.await_results(page)


def test_a_refused_look_up_is_waited_out(page: Page) -> None:
    steps.open_form(page)
    answers = [429]

    def once_busy(route: Route) -> None:
        if not answers:
            return route.fallback()
        body = '{"error": "Too many look-ups.", "code": "throttled"}'
        return route.fulfill(status=answers.pop(), headers={"Retry-After": "1"}, body=body)

    page.route("**/api/uploads/check", once_busy)
    page.set_input_files("#file-input", steps.photographs(2))
    expect(steps.rows(page, "ready")).to_have_count(2)
    assert not answers
    steps.excuse(page, "429")


def test_the_back_button_after_the_results_sends_nothing_again(page: Page, system: System) -> None:
    steps.open_form(page)
    page.set_input_files("#file-input", steps.photographs(1))
    steps.send(page)
    results = steps.await_results(page)
    before = system.rows(JOBS)
    page.go_back()
    page.wait_for_url("**/direct/upload")
    expect(page.locator("#upload-button")).to_have_text("Upload Images")
    expect(steps.rows(page)).to_have_count(0)
    page.go_forward()
    page.wait_for_url(results)
    assert system.rows(JOBS) == before


def photographs() -> list[FilePayload]:
    return steps.photographs(NUMBER, size=(480, 320))


def begin_sending(page: Page, files: Sequence[str] = (), *, at: str = "") -> None:
    """Start an upload that takes some seconds, and be in its middle."""
    page.goto(f"{at}/direct/upload")
    steps.choose_all(page)
    page.set_input_files("#file-input", files or photographs())
    expect(steps.rows(page, "ready")).to_have_count(NUMBER)
    steps.send(page)
    expect(steps.rows(page, "sent").first).to_be_visible()

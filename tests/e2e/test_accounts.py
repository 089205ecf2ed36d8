"""Passkeys, codes, and what happens to a page whose session ends, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from re import compile as pattern
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from tests.e2e.steps import PATIENCE, OpenPage, photographs, rows, sign_in
from tests.live.browser import complaints_of
from tests.live.system import PASSWORD, System
from tests.live.waiting import wait_until

NewSystem = Callable[..., System]
SHORT = {"SESSION_IDLE_MINUTES": "1"}


@pytest.fixture
def own(new_system: NewSystem) -> System:
    """A system of the test's own, under a name, since passkeys do not belong to numbers."""
    system = new_system().start(worker=False)
    system.url = system.url.replace("127.0.0.1", "localhost")
    return system


def virtual_authenticator(page: Page) -> Any:
    """A security key that always says yes, in this page."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def keep_codes(page: Page) -> None:
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    page.check("#kept")
    page.get_by_role("button", name="Go on").click()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login")


def current_code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def test_a_passkey_is_added_and_signs_in_alone(own: System, open_page: OpenPage) -> None:
    page = open_page(own)
    virtual_authenticator(page)
    sign_in(page, "manager")
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add").click()
    keep_codes(page)
    expect(page.get_by_text("1 passkey")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/direct/dashboard", timeout=PATIENCE)


def test_a_passkey_is_the_second_factor_beside_the_password(
    own: System, open_page: OpenPage
) -> None:
    page = open_page(own)
    virtual_authenticator(page)
    sign_in(page, "manager")
    page.goto("/accounts/2fa/webauthn/add/")
    page.uncheck("[name=passwordless]")
    page.get_by_role("button", name="Add").click()
    keep_codes(page)
    sign_out(page)
    page.goto("/accounts/login?next=/direct/jobs")
    page.fill("[name=login]", "manager")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/direct/jobs", timeout=PATIENCE)


def test_codes_of_an_app(own: System, open_page: OpenPage) -> None:
    page = open_page(own)
    sign_in(page, "admin")
    page.goto("/accounts/2fa/totp/activate/")
    secret = page.input_value("#authenticator_secret")
    page.fill("[name=code]", current_code(secret))
    page.get_by_role("button", name="Turn on").click()
    keep_codes(page)
    sign_out(page)
    page.fill("[name=login]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.fill("[name=code]", "000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This code is wrong")).to_be_visible()


def test_where_passkeys_cannot_work_the_page_says_so(page: Page) -> None:
    page.goto("/accounts/login")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_disabled()
    expect(page.get_by_text("Passkeys need a browser")).to_be_visible()


# --- The end of a session ----------------------------------------------------------------------


@pytest.fixture
def hasty(new_system: NewSystem) -> System:
    """Sessions end after a minute; pages warn after half of it."""
    return new_system(SHORT).start(worker=False)


def forgive_asking(page: Page) -> None:
    """Browsers report every 401, and pages ask until they hear one."""
    complaints = complaints_of(page)
    complaints[:] = [each for each in complaints if "401" not in each]


def test_the_page_warns_and_stays_on_request(hasty: System, open_page: OpenPage) -> None:
    page = open_page(hasty)
    sign_in(page)
    warning = page.get_by_text("Are you still there?")
    expect(warning).to_be_visible(timeout=45_000)
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    expect(page.locator("[data-countdown]")).to_have_text(pattern(r"0:\d\d"))
    page.keyboard.press("Enter")
    expect(warning).to_be_hidden()
    assert not page.locator("dialog.idle").is_visible()


def test_use_in_one_tab_keeps_the_other_quiet(hasty: System, open_page: OpenPage) -> None:
    page = open_page(hasty)
    sign_in(page)
    other = page.context.new_page()
    other.goto("/direct/jobs")
    warning = page.get_by_text("Are you still there?")
    expect(warning).to_be_visible(timeout=45_000)
    other.get_by_role("button", name="Stay signed in").click()
    expect(warning).to_be_hidden()


def test_an_ended_session_covers_the_page_and_leads_back(
    hasty: System, open_page: OpenPage
) -> None:
    page = open_page(hasty)
    sign_in(page)
    page.goto("/direct/upload")
    expect(page.get_by_text("You were signed out")).to_be_visible(timeout=90_000)
    assert not page.locator("main").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert not page.locator("main").is_visible()
    sign_in_again(page, "uploader")


def choose_camera(page: Page) -> str:
    page.select_option("#camera", index=2)
    return page.input_value("#camera")


def sign_in_again(page: Page, name: str) -> None:
    page.get_by_role("link", name="Sign in again").click()
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/direct/upload", timeout=PATIENCE)
    forgive_asking(page)


@pytest.mark.parametrize(("who", "offers"), [("uploader", 1), ("admin", 0)])
def test_unsent_work_waits_for_the_same_person(
    hasty: System, open_page: OpenPage, who: str, offers: int
) -> None:
    page = open_page(hasty)
    sign_in(page)
    page.goto("/direct/upload")
    chosen = choose_camera(page)
    expect(page.get_by_text("You were signed out")).to_be_visible(timeout=90_000)
    sign_in_again(page, who)
    expect(page.get_by_role("button", name="Put it back")).to_have_count(offers)
    if offers:
        page.get_by_role("button", name="Put it back").click()
        assert page.input_value("#camera") == chosen
    assert page.evaluate("Object.keys(sessionStorage).filter(k => k.includes('keep')).length") == 0


def test_chosen_files_stay_while_signing_in_elsewhere(hasty: System, open_page: OpenPage) -> None:
    page = open_page(hasty)
    sign_in(page)
    page.goto("/direct/upload")
    page.set_input_files("#file-input", photographs(2))
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_text("You were signed out")).to_be_visible(timeout=90_000)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in again").click()
    other = opened.value
    other.fill("[name=login]", "uploader")
    other.fill("[name=password]", PASSWORD)
    other.keyboard.press("Enter")
    other.wait_for_url("**/direct/upload", timeout=PATIENCE)
    expect(page.locator("#upload-form")).to_be_visible()
    expect(rows(page)).to_have_count(2)
    forgive_asking(page)


def test_signing_out_covers_the_other_tabs(page: Page) -> None:
    sign_in(page)
    other = page.context.new_page()
    other.goto("/direct/jobs")
    sign_out(page)
    expect(other.get_by_text("You were signed out")).to_be_visible()
    assert not other.locator("main").is_visible()
    forgive_asking(page)


def test_nothing_is_left_in_the_browser_after_signing_out(page: Page) -> None:
    sign_in(page)
    page.evaluate("sessionStorage.setItem('fundus-keep:x:/y', '{}')")
    sign_out(page)
    wait_until(lambda: page.evaluate("sessionStorage.length") == 0)

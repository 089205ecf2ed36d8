"""The administration in a real browser: its scripts work, and none breaks the content policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.steps import sign_in
from tests.live.system import PASSWORD

LISTS = ["user", "hospital", "auditevent", "job", "jobitem", "fundusimage", "camera", "area"]
APPS = {"user": "accounts", "hospital": "accounts", "auditevent": "accounts"} | {
    "job": "jobs",
    "jobitem": "jobs",
}


@pytest.fixture
def office(page: Page) -> Page:
    """The administration's index."""
    sign_in(page, "admin")
    page.goto("/admin/")
    expect(page).to_have_title("Administration | Fundus")
    return page


def test_the_door_leads_back_to_the_administration(page: Page) -> None:
    page.goto("/admin/accounts/user/")
    page.fill("[name=login]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_title("Select user to change | Fundus")


def test_every_list_is_reached_from_the_index(office: Page) -> None:
    for model in LISTS:
        office.goto(f"/admin/{APPS.get(model, 'uploads')}/{model}/")
        expect(office.get_by_role("heading", level=1)).to_contain_text("Select")


def test_units_are_chosen_by_moving_them_over(office: Page) -> None:
    office.goto("/admin/accounts/user/add/")
    office.get_by_role("listbox", name="Available lab units").select_option(index=0)
    office.locator(".selector-add").click()
    expect(office.locator("#id_lab_units_to option")).to_have_count(1)


def test_a_hospital_takes_another_unit(office: Page) -> None:
    office.goto("/admin/accounts/hospital/add/")
    office.get_by_text("Add another Lab unit").click()
    expect(office.locator("#id_lab_units-1-name")).to_be_visible()


def test_a_count_is_reset_by_a_button(office: Page) -> None:
    office.goto("/admin/accounts/user/")
    office.get_by_role("link", name="grader", exact=True).click()
    office.get_by_role("button", name="Reset upload count").click()
    expect(office.locator(".messagelist")).to_contain_text("1 held nothing that can be reset.")
    expect(office.get_by_role("heading", level=1)).to_have_text("Change user")


def test_it_is_dark_where_the_site_is_dark(office: Page) -> None:
    office.evaluate("document.cookie = 'fundus-theme=dark; Path=/'")
    office.reload()
    expect(office.locator("body")).to_have_css("background-color", "rgb(22, 28, 34)")


def test_signing_out_leads_to_the_door(office: Page) -> None:
    office.get_by_role("button", name="Sign out").click()
    office.goto("/admin/")
    expect(office).to_have_url("/accounts/login?next=/admin/")

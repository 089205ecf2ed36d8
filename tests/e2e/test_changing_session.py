"""Sessions that end while many images are changed: nothing chosen or typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.e2e.test_changing import name, press, select_all
from tests.live.browser import complaints_of
from tests.live.system import PASSWORD, System

__all__ = ["name"]
KEPT = "Object.keys(sessionStorage).filter(key => key.startsWith('fundus-keep')).length"


def ended_elsewhere(page: Page, system: System) -> None:
    """The page notices by itself; the person follows its link."""
    system.rows("DELETE FROM django_session")
    other = page.context.new_page()
    other.goto("/accounts/login")
    page.get_by_role("link", name="Sign in again").click()
    complaints = complaints_of(page)
    complaints[:] = [each for each in complaints if "401" not in each]
    other.close()


def ended_unnoticed(button: str) -> Callable[[Page, System], None]:
    """The person finds out by pressing something."""

    def end(page: Page, system: System) -> None:
        system.rows("DELETE FROM django_session")
        press(page, button)

    return end


def sign_in_again(page: Page, who: str = "uploader") -> None:
    page.fill("[name=login]", who)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")


def open_bulk_edit(page: Page, name: str) -> None:
    steps.sign_in(page)
    select_all(page, name)
    press(page, "Edit Selected")
    page.select_option("#id_disease", label="Glaucoma")
    page.select_option("#id_lab_unit", label="Screening")


@pytest.mark.parametrize(
    "end", [ended_elsewhere, ended_unnoticed("Preview changes")], ids=["noticed", "unnoticed"]
)
def test_a_bulk_edit_goes_on_after_signing_in(
    page: Page, system: System, name: str, end: Callable[[Page, System], None]
) -> None:
    open_bulk_edit(page, name)
    end(page, system)
    sign_in_again(page)
    expect(page.get_by_role("heading", name="Edit 3 images")).to_be_visible()
    expect(page.locator("#id_disease option:checked")).to_have_text("Glaucoma")
    expect(page.locator("#id_lab_unit option:checked")).to_have_text("Screening")
    expect(page.locator("#id_area option:checked")).to_have_text("(unchanged)")
    expect(page.get_by_role("button", name="Put it back")).to_have_count(0)
    assert f"filename={name}" in page.url
    assert page.evaluate(KEPT) == 0
    press(page, "Preview changes")
    expect(page.locator(".bulk-row")).to_have_count(3)


@pytest.mark.parametrize(
    "end", [ended_elsewhere, ended_unnoticed("Change 3 images")], ids=["noticed", "unnoticed"]
)
def test_a_preview_goes_on_after_signing_in(
    page: Page, system: System, name: str, end: Callable[[Page, System], None]
) -> None:
    open_bulk_edit(page, name)
    press(page, "Preview changes")
    expect(page.locator(".bulk-row")).to_have_count(3)
    end(page, system)
    sign_in_again(page)
    expect(page.locator(".bulk-row")).to_have_count(3)
    expect(page.locator(".bulk-row").first).to_contain_text("Glaucoma")
    press(page, "Change 3 images")
    expect(page.get_by_text("Changed 3 images.")).to_be_visible()


@pytest.mark.parametrize(
    "end", [ended_elsewhere, ended_unnoticed("Delete 3 images")], ids=["noticed", "unnoticed"]
)
def test_deleting_asks_again_after_signing_in(
    page: Page, system: System, name: str, end: Callable[[Page, System], None]
) -> None:
    steps.sign_in(page)
    select_all(page, name)
    press(page, "Delete Selected")
    expect(page.get_by_role("heading", name="Delete 3 images?")).to_be_visible()
    end(page, system)
    sign_in_again(page)
    expect(page.get_by_role("heading", name="Delete 3 images?")).to_be_visible()
    expect(page.locator("input[name=ids]")).to_have_count(3)


def test_a_selection_that_was_not_sent_waits_on_the_dashboard(
    page: Page, system: System, name: str
) -> None:
    steps.sign_in(page)
    select_all(page, name)
    ended_unnoticed("Edit Selected")(page, system)
    sign_in_again(page)
    page.get_by_role("link", name="Back to the dashboard").click()
    expect(page.get_by_text("3 selected")).to_be_visible()
    press(page, "Edit Selected")
    expect(page.get_by_role("heading", name="Edit 3 images")).to_be_visible()


def test_somebody_else_does_not_get_it(page: Page, system: System, name: str) -> None:
    open_bulk_edit(page, name)
    ended_elsewhere(page, system)
    sign_in_again(page, "manager")
    expect(page.get_by_role("heading", name="No images selected")).to_be_visible()
    assert page.evaluate(KEPT) == 0


def test_another_selection_is_not_offered_what_was_typed_for_the_first(
    page: Page, system: System, name: str
) -> None:
    """Warned of the end, somebody stays and goes on with other images."""
    open_bulk_edit(page, name)
    page.evaluate("document.dispatchEvent(new Event('fundus:session-ending'))")
    assert page.evaluate(KEPT) == 1
    page.get_by_role("link", name="Cancel").click()
    page.locator("input[name=ids]").first.uncheck()
    press(page, "Edit Selected")
    expect(page.get_by_role("heading", name="Edit 2 images")).to_be_visible()
    expect(page.get_by_role("button", name="Put it back")).to_have_count(0)
    assert page.evaluate(KEPT) == 0
    page.wait_for_url(re.compile("/direct/uploads/bulk-edit"))

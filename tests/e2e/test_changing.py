"""Correcting and deleting images in the browser, one by one and many at once."""

import re
from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import steps
from tests.e2e.test_pages import findings
from tests.live import browser as chromium_browser
from tests.live.client import Client, File
from tests.live.system import System

MESSAGES = "main .page > [role=status]"
CONFLICT = "409"  # the answer the browser logs
_words = count(1)


@pytest.fixture
def name(system: System) -> str:
    """What three images that no other test touches are called."""
    word = f"heron{next(_words)}"
    payloads = steps.photographs(3, name=word)
    with Client(system, "uploader") as client:
        client.wait(client.upload([File(each["name"], each["buffer"]) for each in payloads]))
    return word


@pytest.fixture
def open_checked(chromium: Browser, system: System) -> Iterator[Page]:
    """A page that the checker of accessibility can enter."""
    options = {"base_url": system.url, "bypass_csp": True, "reduced_motion": "reduce"}
    with chromium_browser.watched_page(chromium, **options) as page:
        yield page


def list_of(page: Page, name: str) -> None:
    page.goto(f"/direct/dashboard?filename={name}")


def select_all(page: Page, name: str) -> None:
    list_of(page, name)
    for box in page.locator("input[name=ids]").all():
        box.check()


def edit_first(page: Page, name: str) -> None:
    list_of(page, name)
    card = page.locator("figure", has=page.locator("input[name=ids]")).first
    page.goto(card.locator("a[href*='/edit']").first.get_attribute("href") or "")


def pill(page: Page, label: str) -> None:
    page.locator("label.pill:visible", has_text=re.compile(f"^{label}$")).click()


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()


def bulk_edit_and_undo(page: Page, name: str) -> None:
    """The whole way, by links and buttons alone."""
    select_all(page, name)
    press(page, "Edit Selected")
    expect(page.get_by_role("heading", name="Edit 3 images")).to_be_visible()
    page.select_option("#id_disease", label="Glaucoma")
    page.select_option("#id_mydriatic", label="Mydriatic")
    press(page, "Preview changes")
    expect(page.locator(".bulk-row")).to_have_count(3)
    expect(page.locator(".bulk-row").first).to_contain_text("Non Mydriatic")
    press(page, "Change 3 images")
    expect(page.locator(MESSAGES)).to_contain_text("Changed 3 images.")
    assert f"filename={name}" in page.url
    page.get_by_role("link", name="Review and undo").click()
    press(page, "Undo")
    expect(page.locator(MESSAGES)).to_contain_text("Restored 3 images.")
    expect(page.get_by_text("Restored", exact=True)).to_have_count(3)


def test_a_bulk_edit_and_its_undoing(page: Page, name: str) -> None:
    steps.sign_in(page)
    bulk_edit_and_undo(page, name)


def test_the_same_without_script(plain_page: Page, name: str) -> None:
    steps.sign_in(plain_page)
    bulk_edit_and_undo(plain_page, name)


def test_lab_units_follow_the_hospital_in_a_bulk_edit(page: Page, name: str) -> None:
    steps.sign_in(page)
    select_all(page, name)
    press(page, "Edit Selected")
    page.select_option("#id_lab_unit", label="Screening")
    expect(page.locator("#id_hospital option:checked")).to_have_text("North")
    page.select_option("#id_hospital", label="South")
    expect(page.locator("#id_lab_unit")).to_have_value("")
    assert page.locator("#id_lab_unit optgroup:not(:disabled)").count() == 1


def test_an_image_is_corrected_and_the_filter_kept(page: Page, name: str) -> None:
    steps.sign_in(page)
    edit_first(page, name)
    pill(page, "Left eye")
    press(page, "Save")
    page.wait_for_url(re.compile(rf"/direct/uploads/[0-9a-f-]{{36}}\?filename={name}"))
    expect(page.locator(MESSAGES)).to_contain_text("Saved: Area.")


def test_of_two_at_once_the_second_is_told_and_may_still_save(
    page: Page, open_page: steps.OpenPage, system: System, name: str
) -> None:
    other = open_page(system)
    for each, who in ((page, "uploader"), (other, "manager")):
        steps.sign_in(each, who)
        edit_first(each, name)
    pill(other, "Left eye")
    press(other, "Save")
    expect(other.locator(MESSAGES)).to_contain_text("Saved: Area.")
    pill(page, "Both eyes")
    press(page, "Save")
    row = page.get_by_role("row", name="Area")
    expect(row).to_contain_text(re.compile("Both eyes.*Left eye.*manager", re.DOTALL))
    steps.excuse(page, CONFLICT)
    press(page, "Save anyway")
    expect(page.locator(MESSAGES)).to_contain_text("Saved: Area.")


def test_deleting_asks_once_and_enter_does_not_do_it(page: Page, name: str) -> None:
    steps.sign_in(page)
    select_all(page, name)
    press(page, "Delete Selected")
    expect(page.get_by_text("Deleted images cannot be recovered.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Delete 3 images?")).to_be_visible()
    press(page, "Delete 3 images")
    expect(page.locator(MESSAGES)).to_contain_text("Deleted 3 images.")
    expect(page.locator("input[name=ids]")).to_have_count(0)


def test_every_page_can_be_read_by_everybody(open_checked: Page, name: str) -> None:
    page = open_checked
    steps.sign_in(page, "manager")
    edit_first(page, name)
    found = findings(page)
    page.goto(page.url.replace("/edit", "/delete"))
    found += findings(page)
    for action in ("Edit Selected", "Delete Selected"):
        select_all(page, name)
        press(page, action)
        found += findings(page)
    page.goto("/direct/uploads/bulk-edit")
    found += findings(page)
    select_all(page, name)
    press(page, "Edit Selected")
    page.select_option("#id_area", label="Left eye")
    press(page, "Preview changes")
    found += findings(page)
    press(page, "Change 3 images")
    page.get_by_role("link", name="Review and undo").click()
    found += findings(page)
    assert found == []

"""Finding, selecting and acting on images in the browser."""

import re
from functools import cache
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import steps
from tests.live.client import Client, File
from tests.live.system import System

NAME = "cornflower"  # what these images alone are called
LIST = f"/direct/dashboard?filename={NAME}"
IMAGES, PAGE, LIMIT = 60, 48, 50


@pytest.fixture(autouse=True)
def sixty_images(system: System) -> None:
    upload_once(system)


@cache
def upload_once(system: System) -> None:
    """Two pages of them, a third of which are left eyes with glaucoma."""
    files = [File(each["name"], each["buffer"]) for each in steps.photographs(IMAGES, name=NAME)]
    with Client(system, "uploader") as client:
        client.wait(client.upload(files[:40]))
        client.wait(client.upload(files[40:], area="OS", disease=2))


def open_list(page: Page, name: str = "uploader", address: str = LIST) -> None:
    steps.sign_in(page, name)
    page.goto(address)


def boxes(page: Page) -> Locator:
    return page.locator("input[name=ids]")


def checked(page: Page) -> Locator:
    return page.locator("input[name=ids]:checked")


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="Selected images")


def ids_posted(page: Page, button: Locator, to: str = "bulk-edit") -> list[str]:
    with page.expect_request(f"**/direct/uploads/{to}**") as sent:
        button.click()
    return parse_qs(sent.value.post_data or "")["ids"]


def test_a_card_sets_a_filter_and_its_chip_takes_it_away(page: Page) -> None:
    open_list(page)
    expect(page.locator("[data-count]")).to_have_text(f"{IMAGES} images match")
    page.locator(".facet-row", has_text="Glaucoma").click()
    expect(page.locator("[data-count]")).to_have_text("20 images match")
    expect(page.locator(".chip")).to_have_count(2)
    page.get_by_role("link", name="Remove the filter Disease: Glaucoma").click()
    expect(page.locator("[data-count]")).to_have_text(f"{IMAGES} images match")
    page.go_back()
    expect(page.locator(".facet-row[aria-current]")).to_contain_text("Glaucoma")


def test_a_date_is_applied_once_it_is_whole_and_back_takes_it_away(page: Page) -> None:
    open_list(page)
    page.fill("#id_date_from", "2050-01-01")
    page.wait_for_url("**date_from=2050-01-01**")
    expect(page.locator("[data-card]")).to_have_count(0)
    page.go_back()
    expect(page.locator("[data-card]")).to_have_count(PAGE)
    expect(page.locator("#id_date_from")).to_have_value("")


def test_a_choice_is_applied_at_once_and_makes_an_address_to_keep(
    page: Page, system: System, open_page: steps.OpenPage
) -> None:
    open_list(page)
    page.select_option("#id_area", "OS")
    page.wait_for_url("**area=OS**")
    expect(page.locator("#id_area")).to_be_focused()
    assert set(parse_qs(page.url.partition("?")[2], keep_blank_values=True)) == {"filename", "area"}
    elsewhere = open_page(system)
    open_list(elsewhere, address=page.url)
    expect(elsewhere.locator("[data-card]")).to_have_count(20)


def test_text_is_applied_by_enter_and_not_before(page: Page) -> None:
    open_list(page, address="/direct/dashboard?area=OS")
    address = page.url
    page.locator("#id_filename").press_sequentially(NAME, delay=30)
    assert page.url == address
    page.keyboard.press("Enter")
    expect(page.locator("[data-count]")).to_have_text("20 images match")


def test_lab_units_follow_the_hospital(page: Page) -> None:
    open_list(page, "admin")
    page.select_option("#id_hospital", label="South")
    expect(page.locator(".chip", has_text="South")).to_be_visible()
    offered = page.locator("#id_lab_unit optgroup:not([disabled])")
    expect(offered).to_have_count(1)
    expect(offered).to_have_attribute("label", "South")


def test_an_impossible_date_is_told_at_its_field(page: Page) -> None:
    open_list(page, address=f"{LIST}&date_from=2024-13-45")
    expect(page.locator("#id_date_from_error")).to_contain_text("2024-13-45")
    expect(page.locator("[data-card]")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("No images are listed")


def test_nothing_found_says_by_what_and_leads_back(page: Page) -> None:
    open_list(page, address=f"{LIST}&area=OU")
    expect(page.locator(".empty")).to_contain_text(f"Area: Both eyes · File name: {NAME}")
    page.get_by_role("link", name="Clear all filters").click()
    expect(page.locator(".chip")).to_have_count(0)


def test_selecting_more_than_a_page_up_to_the_limit(page: Page) -> None:
    open_list(page)
    page.get_by_label("Select all visible").check()
    expect(bar(page)).to_contain_text(f"{PAGE} selected")
    page.locator(".list-head").get_by_role("link", name="Older").click()
    expect(bar(page)).to_contain_text(f"{PAGE} of them on other pages")
    page.get_by_label("Select all visible").click()
    expect(bar(page)).to_contain_text(f"Select at most {LIMIT} images")
    expect(checked(page)).to_have_count(LIMIT - PAGE)
    posted = ids_posted(page, page.get_by_role("button", name="Edit Selected"))
    assert len(set(posted)) == len(posted) == LIMIT


def test_a_range_by_shift_and_all_undone_by_escape(page: Page) -> None:
    open_list(page)
    boxes(page).nth(2).click()
    boxes(page).nth(9).click(modifiers=["Shift"])
    expect(bar(page)).to_contain_text("8 selected")
    boxes(page).nth(5).click()
    boxes(page).nth(7).click(modifiers=["Shift"])
    expect(bar(page)).to_contain_text("5 selected")
    page.keyboard.press("Escape")
    expect(bar(page)).to_be_hidden()
    expect(checked(page)).to_have_count(0)


def test_selecting_and_deleting_by_keyboard(page: Page) -> None:
    open_list(page)
    wanted = [boxes(page).nth(n).input_value() for n in range(3)]
    boxes(page).first.focus()
    page.keyboard.press("Space")
    for key in ("ArrowRight", "ArrowRight", "Shift+Space"):
        page.keyboard.press(key)
    expect(page.locator("[data-live]")).to_have_text("3 selected")
    delete = page.get_by_role("button", name="Delete Selected")
    delete.focus()
    with page.expect_request("**/direct/uploads/bulk-delete**") as sent:
        page.keyboard.press("Enter")
    assert sorted(parse_qs(sent.value.post_data or "")["ids"]) == sorted(wanted)


def test_a_selection_is_kept_by_turning_back_and_ends_with_the_deed(
    page: Page, system: System
) -> None:
    files = [File(each["name"], each["buffer"]) for each in steps.photographs(3, name="bluebell")]
    with Client(system, "uploader") as client:
        client.wait(client.upload(files))
    open_list(page, address="/direct/dashboard?filename=bluebell")
    boxes(page).nth(0).check()
    boxes(page).nth(2).check()
    page.get_by_role("button", name="Delete Selected").click()
    page.get_by_role("link", name="Keep them").click()
    expect(bar(page)).to_contain_text("2 selected")
    page.get_by_role("button", name="Delete Selected").click()
    page.get_by_role("button", name="Delete 2 images").click()
    expect(page.locator("[data-card]")).to_have_count(1)
    expect(bar(page)).to_be_hidden()
    assert page.evaluate("sessionStorage.length") == 0


def test_the_actions_of_a_card_show_when_the_keyboard_reaches_them(page: Page) -> None:
    open_list(page)
    steps.tab_to(page, ".shot-action")
    expect(page.locator(".shot-actions").first).to_have_css("opacity", "1")
    expect(page.locator(".shot-actions").nth(1)).to_have_css("opacity", "0")


def test_each_filter_has_its_own_selection(page: Page) -> None:
    open_list(page)
    boxes(page).first.check()
    page.goto(f"{LIST}&area=OD")
    expect(bar(page)).to_be_hidden()
    page.goto(f"{LIST}&sort=oldest")
    expect(bar(page)).to_contain_text("1 selected")


def test_edited_and_original_are_shown_in_turn(page: Page, system: System) -> None:
    system.rows(
        "UPDATE uploads_fundusimage SET edited = original, edited_thumbnail = thumbnail,"
        " edited_sha256 = content_sha256 WHERE filename = %s",
        f"{NAME}-041.png",
    )
    open_list(page)
    card = page.locator("[data-card]", has=page.locator("[data-versions]"))
    picture = card.locator("img")
    edited = picture.get_attribute("src")
    card.get_by_role("button", name="Original").press("Enter")
    expect(card.get_by_role("button", name="Original")).to_have_attribute("aria-pressed", "true")
    expect(picture).not_to_have_attribute("src", str(edited))
    card.get_by_role("button", name="Edited").press("Enter")
    expect(picture).to_have_attribute("src", str(edited))
    expect(picture).to_have_js_property("complete", value=True)


def test_a_grader_selects_nothing(page: Page) -> None:
    open_list(page, "grader")
    expect(page.locator("[data-card]")).to_have_count(PAGE)
    expect(boxes(page)).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile("^Grade ")).first).to_be_visible()


def test_without_script_filters_and_selected_images_are_sent(plain_page: Page) -> None:
    page = plain_page
    open_list(page)
    page.select_option("#id_area", "OS")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("[data-count]")).to_have_text("20 images match")
    wanted = [boxes(page).nth(n).input_value() for n in (0, 3)]
    for value in wanted:
        page.check(f"input[value='{value}']")
    button = page.get_by_role("button", name="Edit Selected")
    assert sorted(ids_posted(page, button)) == sorted(wanted)


def test_on_a_phone_filters_fold_and_several_are_applied_together(
    system: System, open_page: steps.OpenPage
) -> None:
    page = open_page(system, viewport={"width": 375, "height": 812}, has_touch=True)
    open_list(page)
    expect(page.locator("#id_area")).to_be_hidden()
    page.get_by_role("button", name="Filters (1)").click()
    page.select_option("#id_area", "OS")
    page.select_option("#id_disease", label="Glaucoma")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("button", name="Filters (3)")).to_be_visible()
    expect(page.locator("[data-count]")).to_have_text("20 images match")

"""What a lab with a state machine has besides comes when it is used, and what was pressed meanwhile is done."""

import re

from playwright.sync_api import Page, expect

from tests.browsing import HeldBack

LAB = "/labs/when-a-step-fails/"
MODULE = re.compile(r"/labs/workflow\.")


def test_who_only_reads_does_not_load_it(page: Page) -> None:
    held = HeldBack(page, MODULE)
    page.goto(LAB)
    page.locator(".lesson-text").first.hover()
    page.wait_for_load_state("networkidle")
    assert held.routes == []
    with page.expect_request(MODULE):
        page.locator(".stage").hover()


def test_a_press_before_it_is_there_is_done_once_it_is(page: Page) -> None:
    held = HeldBack(page, MODULE)
    page.goto(LAB)
    page.locator("#view-tools [data-zoom=in]").click()
    page.locator("#state-choice").select_option(index=1)
    chosen = page.locator("#state-choice").input_value()
    held.let_go()
    expect(page.locator("#state-heading")).to_have_text(chosen)
    expect(page.locator(".stage .zoomed")).to_have_count(1)


def test_a_state_chosen_in_the_diagram_before_it_is_there_is_shown_once_it_is(page: Page) -> None:
    held = HeldBack(page, MODULE)
    page.goto(LAB)
    state = page.locator(".stage svg:visible .st[data-state]").first
    state.click()
    held.let_go()
    expect(page.locator("#state-heading")).to_have_text(state.get_attribute("data-state") or "")


def test_what_was_typed_before_it_is_there_is_a_draft(page: Page) -> None:
    held = HeldBack(page, MODULE)
    page.goto(LAB)
    page.locator(".lab-tabs [data-tab=definition]").click()
    page.locator("#definition-text").evaluate("field => { field.value += ' '; field.focus(); }")
    held.let_go()
    expect(page.locator("#undo-definition")).to_be_visible()
    page.unroute(MODULE)
    page.reload()
    expect(page.locator("#definition-text")).to_be_visible()
    expect(page.locator("#undo-definition")).to_be_visible()

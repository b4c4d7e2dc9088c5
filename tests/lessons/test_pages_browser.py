"""The pages in a real browser: axe in both themes, no sideways scrolling, the keyboard, the popover, the miniature."""

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Console, NewPage, axe_violations
from tests.scale import TORTURE

PAGES = [
    "/",
    "/stops/overview/",
    "/stops/sqs/",
    "/stops/scenarios/",
    "/stops/summary/",
    "/labs/",
    "/glossary/",
    "/labs/visibility-timeout/notes/",
]
WIDTHS = (320, 390, 600, 768, 820, 1100, 1280, 1366, 1440, 1920)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_violation_on_any_page(new_page: NewPage, theme: str) -> None:
    for width in (1440, 390) if theme == "light" or TORTURE else (1440,):
        page = new_page(color_scheme=theme, viewport={"width": width, "height": 900})
        for address in PAGES:
            page.goto(address)
            assert axe_violations(page, theme == "dark") == [], f"{address} at {width}, {theme}"


def test_a_page_that_is_not_there_is_accessible_too(page: Page, console: Console) -> None:
    console.allow("404")
    page.goto("/labs/visibilty-timeout/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This message has no subscriber.")
    assert axe_violations(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways(new_page: NewPage, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 800})
    for address in PAGES:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_home_shows_a_journey_rests_and_publishes_by_keyboard(page: Page) -> None:
    page.goto("/")
    drawing = page.locator(".hero-wide")
    expect(drawing.locator(".hero-traveller").first).to_be_attached(timeout=2_000)
    expect(drawing.locator(".hero-traveller")).to_have_count(0, timeout=5_000)
    page.get_by_role("radio", name="refund").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Publish")).to_be_focused()
    page.keyboard.press("Enter")
    desk = drawing.locator("[data-node='refund-desk'] [data-gauge='arrived']")
    expect(desk).to_have_text("1")
    expect(page.locator("#live")).to_contain_text("Copies went to shipping, update-stock and refund-desk.")
    expect(page.get_by_role("button", name="Publish")).to_be_focused()


def test_with_reduced_motion_nothing_travels_and_the_counts_are_right(new_page: NewPage) -> None:
    page = new_page(reduced_motion="reduce")
    page.goto("/")
    expect(page.locator(".hero-wide [data-node='shipping'] [data-gauge]")).to_have_text("1")
    page.get_by_role("button", name="Publish").press("Enter")
    expect(page.locator(".hero-wide [data-node='shipping'] [data-gauge]")).to_have_text("2")
    assert page.locator(".hero-traveller").count() == 0


def test_a_term_opens_on_focus_and_on_hover_and_escape_closes_it(page: Page) -> None:
    page.goto("/stops/sqs/")
    term = page.locator("a.term", has_text="visibility timeout")
    popover = page.locator("#glossary-popover")
    page.locator("a.term").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(popover).to_be_visible()
    page.keyboard.press("Escape")
    expect(popover).to_be_hidden()
    expect(page.locator("a.term").first).to_be_focused()
    term.hover()
    expect(popover).to_contain_text("0 s to 12 h")
    popover.hover()
    expect(popover).to_be_visible()
    assert axe_violations(page) == []
    page.keyboard.press("Escape")
    expect(popover).to_be_hidden()


def test_theme_and_motion_are_kept_and_hold_before_the_first_paint(page: Page) -> None:
    page.goto("/labs/")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("radio", name="Dark").check(force=True)
    page.get_by_role("switch", name="Reduce motion").check()
    assert axe_violations(page) == []
    page.goto("/glossary/", wait_until="commit")
    expect(page.locator("html[data-theme='dark'][data-motion='reduced']")).to_be_attached()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("radio", name="System").check(force=True)
    assert page.evaluate("localStorage.getItem('theme')") is None
    assert page.evaluate("document.documentElement.dataset.theme") is None


def test_a_wrong_answer_is_read_and_explained_by_keyboard_alone(page: Page) -> None:
    page.goto("/labs/visibility-timeout/")
    page.get_by_role("radio", name="At 09:00:15, because SQS notices the crash").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Lock in")).to_be_focused()
    page.keyboard.press("Enter")
    outcome = page.locator("#prediction-received-again")
    expect(outcome.get_by_role("heading")).to_be_focused()
    expect(page.locator("#live")).to_contain_text("Not what you predicted.")
    expect(outcome).to_contain_text("SQS sees no consumers")
    expect(page.get_by_role("heading", name="What happens, and why")).to_be_attached()


def test_the_course_works_without_a_script(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/")
    page.get_by_role("radio", name="refund").check(force=True)
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".hero-wide [data-node='refund-desk'] [data-gauge]")).to_have_text("1")
    page.goto("/labs/visibility-timeout/")
    page.get_by_role("radio", name="At 09:00:42").check()
    page.get_by_role("button", name="Lock in").click()
    expect(page.locator("#prediction-received-again")).to_contain_text("As you predicted")
    page.goto("/stops/sqs/")
    page.locator("a.term").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Glossary")


FIRST_TAB = """
new MutationObserver(() => {
  const page = document.querySelector("main");
  if (page?.dataset.tab) window.firstTab ??= [page.dataset.tab, document.getElementById("lesson") !== null];
}).observe(document, { attributes: true, childList: true, subtree: true });
"""


@pytest.mark.parametrize("slug", ["the-buffer", "sign-up-workflow"])
def test_a_lab_opens_on_its_first_tab_before_there_is_anything_to_see(new_page: NewPage, slug: str) -> None:
    for width, tab in ((390, "stage"), (1280, "lesson")):
        page = new_page(viewport={"width": width, "height": 844})
        page.add_init_script(FIRST_TAB)
        page.goto(f"/labs/{slug}/")
        assert page.evaluate("window.firstTab") == [tab, False]
        expect(page.locator("main")).to_have_attribute("data-tab", tab)

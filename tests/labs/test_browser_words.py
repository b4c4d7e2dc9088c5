"""No word of a diagram is smaller than 11 px: what would be, as a whole, is shown in part and scrolled."""

import re

import pytest
from playwright.sync_api import Page, expect

from courseapp.lessons.content import course
from tests.browsing import NewPage, axe_violations
from tests.scale import TORTURE

LARGE = ["three-services", "fan-out", "outage-drill", "when-a-step-fails", "what-it-costs", "recap-board"]
LABS = [lab.slug for lab in course().labs if TORTURE or lab.slug in LARGE]
SIZES = [(1440, 900), (1366, 768), (390, 844), *([(1280, 720), (1024, 768), (640, 900)] if TORTURE else [])]
MARGIN = 8  # empty, around each picture
TOO_SMALL = """() => {
  const shown = (each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const high = (text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a;
  return [...document.querySelectorAll(".stage-drawing svg.dg text")]
    .filter((text) => shown(text) && text.textContent.trim() && high(text) < 11)
    .map((text) => `${text.textContent} ${high(text).toFixed(2)}`);
}"""
SMALLEST = """() => {
  const shown = (text) => text.checkVisibility() && text.textContent.trim();
  const texts = [...document.querySelectorAll(".stage-drawing svg.dg text")].filter(shown);
  return Math.min(...texts.map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a));
}"""
UNSEEN = """() => {
  const box = (each) => each.getBoundingClientRect(), stage = box(document.querySelector(".stage"));
  const inside = ({ left, top, right, bottom }) =>
    left >= stage.left && top >= stage.top && right <= stage.right && bottom <= stage.bottom;
  return [...document.querySelectorAll(".stage-drawing svg.dg :is(.group > rect, [data-node])")]
    .filter((each) => each.checkVisibility() && !inside(box(each)))
    .map((each) => each.dataset.node || each.nextElementSibling.textContent);
}"""
ASIDE = "document.querySelector('.stage').scrollWidth - document.querySelector('.stage').clientWidth"


def view(page: Page, wide: int, high: int) -> None:
    page.set_viewport_size({"width": wide, "height": high})
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


@pytest.mark.parametrize("slug", LABS)
def test_every_word_of_a_diagram_can_be_read(page: Page, slug: str) -> None:
    page.goto(f"/labs/{slug}/")
    page.locator('.lab-tabs [data-tab="stage"]').evaluate("(tab) => tab.click()")  # the part that a phone then shows
    expect(page.locator(".stage-drawing svg.dg:visible")).to_have_count(1)
    for wide, high in SIZES:
        view(page, wide, high)
        assert page.evaluate(TOO_SMALL) == [], f"{wide}x{high}"
        assert page.evaluate(ASIDE) <= MARGIN, f"{wide}x{high}"


def test_what_runs_is_kept_in_sight_until_the_reader_looks_elsewhere(page: Page) -> None:
    page.goto("/labs/when-a-step-fails/")
    view(page, 1366, 768)
    stage = page.get_by_role("region", name="Diagram")
    expect(stage).to_have_attribute("data-more", "down")
    assert axe_violations(page) == []
    page.get_by_role("button", name="Start the two branches").click()
    expect(page.locator('.dg:visible .st[data-state="CreateCrmRecord"]')).to_be_in_viewport(ratio=1)
    expect(stage).to_have_attribute("data-more", "up")
    stage.focus()
    page.keyboard.press("Home")
    expect(stage).to_have_attribute("data-more", "down")
    page.get_by_role("button", name="Start the two branches").press("Enter")
    rows = page.locator("#history-rows tr")
    expect(page.locator("#execution")).to_contain_text("2")
    expect(rows.last).to_contain_text("ExecutionFailed")
    expect(stage).to_have_attribute("data-more", "down")
    page.get_by_label("Show the state").select_option("CreateCrmRecord")
    expect(page.locator('.dg:visible .st.selected[data-state="CreateCrmRecord"]')).to_be_in_viewport(ratio=1)


def test_fit_shows_all_of_a_picture_and_pressed_again_what_can_be_read(page: Page) -> None:
    page.goto("/labs/what-it-costs/")
    view(page, 1366, 768)
    stage, fit = page.locator(".stage"), page.get_by_role("button", name="Fit")
    expect(fit).to_have_attribute("aria-pressed", "false")
    fit.press("Enter")
    expect(fit).to_have_attribute("aria-pressed", "true")
    expect(stage).to_have_attribute("data-more", "")
    expect(stage).not_to_have_attribute("tabindex", "0")
    assert page.evaluate(TOO_SMALL) != []
    fit.press("Enter")
    expect(stage).to_have_attribute("data-more", re.compile("down"))
    assert page.evaluate(TOO_SMALL) == []


@pytest.mark.parametrize("size", [(1440, 900), (1366, 768), (1280, 720)])
def test_the_courses_first_picture_shows_all_three_services_on_a_laptop(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/labs/three-services/")
    expect(page.locator(".dg:visible .group")).to_have_count(3)
    view(page, *size)
    assert page.evaluate(UNSEEN) == []
    assert page.evaluate(TOO_SMALL) == []


@pytest.mark.parametrize("slug", ["three-services", "outage-drill"])
def test_the_big_screen_shows_all_of_a_picture_since_nobody_can_scroll_there(new_page: NewPage, slug: str) -> None:
    host = new_page(viewport={"width": 1440, "height": 900})
    host.goto(f"/labs/{slug}/")
    host.get_by_role("button", name="Host", exact=True).click()
    with host.expect_popup() as opened:
        host.get_by_role("link", name="Open the big screen").click()
    screen = opened.value
    for wide, high in ((1920, 1080), (1280, 720)):
        view(screen, wide, high)
        expect(screen.locator(".stage")).to_have_attribute("data-more", "")
        assert screen.evaluate(UNSEEN) == [], f"{wide}x{high}"
    if slug == "three-services":
        view(screen, 1920, 1080)
        screen.wait_for_function(f"({SMALLEST})() >= 18")

"""htmx comes when it is first used, and nothing that was done before is lost."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Console, HeldBack

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LAB = "/labs/visibility-timeout/"
HTMX = re.compile(r"/htmx-2\.")


def asked_for(page: Page) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if HTMX.search(request.url) else None)
    return asked


def mark(page: Page) -> None:
    """Something that a page loaded anew would not have."""
    page.evaluate("document.body.dataset.same = 'yes'")


@pytest.mark.browser
def test_who_only_reads_does_not_load_it(page: Page) -> None:
    asked = asked_for(page)
    page.goto(LAB)
    page.keyboard.press("Tab")
    page.wait_for_load_state("networkidle")
    assert asked == []
    page.get_by_role("radio", name="At 09:00:42").hover()
    page.wait_for_function("window.htmx")
    assert len(asked) == 1


@pytest.mark.browser
def test_a_press_before_it_is_there_is_done_once_it_is(page: Page) -> None:
    held = HeldBack(page, HTMX)
    page.goto(LAB)
    mark(page)
    page.get_by_role("button", name="Just show me").click()
    expect(page.locator("#explanation")).to_have_count(0)
    held.let_go()
    expect(page.locator("#explanation")).to_be_attached()
    expect(page.locator(".prediction-kicker").first).to_contain_text("Not predicted")
    assert page.evaluate("document.body.dataset.same") == "yes"


@pytest.mark.browser
def test_an_opened_part_is_filled_once_it_is_there(page: Page) -> None:
    page.goto(LAB)
    page.get_by_role("button", name="Just show me").click()
    expect(page.locator("#explanation")).to_be_attached()
    held = HeldBack(page, HTMX)
    page.reload()
    page.locator(".facts-of-run summary").press("Enter")
    page.wait_for_function("!!document.querySelector('.facts-of-run[open]')")
    held.let_go()
    expect(page.locator(".facts-of-run .facts-list")).not_to_contain_text("Running the lab again")


@pytest.mark.browser
def test_where_it_does_not_come_a_form_is_sent_as_forms_are(page: Page, console: Console) -> None:
    console.allow("Failed to load resource")
    page.route(HTMX, lambda route: route.abort())
    page.goto(LAB)
    mark(page)
    page.get_by_role("button", name="Just show me").click()
    expect(page.locator("#explanation")).to_be_attached()
    assert page.evaluate("document.body.dataset.same") is None


def test_no_template_waits_for_anything_else_than_what_brings_it() -> None:
    """A form, something that opens, or a clock of its own: page.js knows these three."""
    for path in TEMPLATES.rglob("*.html"):
        for tag in re.findall(r"<[^>]*\shx-(?:get|post)=[^>]*>", path.read_text()):
            trigger = re.search(r'hx-trigger="([^"]*)"', tag)
            assert trigger or tag.startswith("<form"), f"{path.name}: {tag}"
            assert not trigger or re.match(r"toggle\b|every\b", trigger[1]), f"{path.name}: {tag}"

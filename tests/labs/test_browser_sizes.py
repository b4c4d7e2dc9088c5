"""Sizes on a lab's page that other browsers than Chromium, or classic scrollbars, once showed to be wrong."""

import re

from playwright.sync_api import Page, expect


def begin(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#clock-state")).to_contain_text(re.compile("Opening|At rest"))


def test_a_prediction_keeps_inside_its_card_where_a_scrollbar_takes_room(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/labs/fan-out/")
    for scrollbar in (0, 17):
        page.locator("#lesson").evaluate("(lesson, px) => { lesson.style.paddingRight = `${24 + px}px`; }", scrollbar)
        assert (
            page.locator(".prediction").first.evaluate("""card => {
          const inner = card.getBoundingClientRect().right - parseFloat(getComputedStyle(card).paddingRight);
          const parts = [...card.querySelectorAll(":scope > :not([type=hidden]), button")];
          return parts.filter(part => part.getBoundingClientRect().right > inner + 0.5).map(part => part.className);
        }""")
            == []
        )


def test_the_sizes_of_a_page_settle_without_a_loop_of_observers(page: Page) -> None:
    page.add_init_script("window.failed = []; addEventListener('error', ({ message }) => failed.push(message));")
    begin(page, "/labs/fan-out/")
    for width in (1440, 1100, 800, 500, 390, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_timeout(200)
    assert page.evaluate("failed") == []


def test_the_clock_s_field_is_as_wide_as_its_text_in_every_browser(page: Page) -> None:
    begin(page, "/labs/the-buffer/")
    field = page.locator("#clock")
    field.evaluate("field => { field.style.fieldSizing = 'fixed'; field.style.minWidth = '0'; }")
    assert field.evaluate("field => field.scrollWidth <= field.clientWidth && field.clientWidth < 90")


def test_the_line_that_is_typed_in_stays_in_sight_beside_the_line_numbers_and_above_the_problems(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/labs/when-a-step-fails/")
    page.locator('.lab-tabs [data-tab="definition"]').press("Enter")
    text, editor = page.locator("#definition-text"), page.locator("#editor")
    text.focus()
    expect(page.locator("#problem-count")).to_have_text("No problem")
    rows = editor.evaluate("editor => Math.floor((editor.clientHeight - 8) / 20)")
    text.evaluate(
        """(text, rows) => {
          const lines = text.value.split("\\n");
          const last = lines.findLastIndex((line, at) => at < rows && line.includes('"Next"'));
          const at = lines.slice(0, last).join("\\n").length + lines[last].indexOf('": "') + 5;
          text.setSelectionRange(at, at);
        }""",
        rows,
    )
    page.keyboard.type("Zz")
    expect(page.locator("#definition-problems")).to_be_visible()
    wash, problems = page.locator(".wash-bad").bounding_box(), page.locator("#definition-problems").bounding_box()
    assert wash and problems and wash["y"] + wash["height"] <= problems["y"] + 1

    text.evaluate("text => { const at = text.value.indexOf('Comment'); text.setSelectionRange(at, at); }")
    page.keyboard.press("End")
    page.wait_for_function("document.getElementById('editor').scrollLeft > 100")
    page.keyboard.press("Home")
    page.wait_for_function("document.getElementById('editor').scrollLeft === 0")

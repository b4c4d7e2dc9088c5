"""Ruth's scenario in a real browser, by keyboard alone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsing import NewPage, axe_violations
from tests.quizzes.learner import Learner


def tab_to(page: Page, target: Locator, most: int = 40) -> None:
    """Press Tab until the target has the focus, as somebody without a pointer does."""
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead there")


def choose(page: Page, part: int, option: str) -> None:
    """Into the group of options with Tab, to the option with the arrow, and on to the button."""
    group = page.locator(f'#part-{part} input[name="option"]')
    wanted = page.locator(f'#part-{part} input[value="{option}"]')
    for _ in range(40):
        if page.evaluate("document.activeElement.name === 'option'"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(group.count()):
        if wanted.is_checked():
            break
        page.keyboard.press("ArrowDown")
    expect(wanted).to_be_checked()
    tab_to(page, page.locator(f"#part-{part} button"))
    page.keyboard.press("Enter")


def test_ruths_quiz_by_keyboard_wrongly_with_the_reason_and_then_rightly(page: Page) -> None:
    ruth = Learner("ruth").scenario
    page.goto("/scenarios/ruth/")
    expect(page.get_by_role("heading", level=1)).to_have_text(ruth.title)
    assert axe_violations(page) == []

    choose(page, 1, "sns")
    wrong = page.locator("#option-1-sns")
    expect(wrong).to_be_focused()
    expect(wrong).to_contain_text(ruth.parts[0].option("sns").explains)
    expect(wrong).to_contain_text("Your first try")
    expect(page.locator("#live")).to_contain_text(ruth.parts[0].option("sns").explains)
    expect(page.get_by_text(ruth.parts[0].option("sqs").explains)).to_have_count(0)
    assert axe_violations(page) == []

    choose(page, 1, "sqs")
    expect(page.locator("#option-1-sqs")).to_be_focused()
    expect(page.locator("#part-1 .chip")).to_have_text("18 of 30")
    expect(page.locator("#live")).to_contain_text("Part 2 is open")
    assert axe_violations(page) == []

    choose(page, 2, "decouple")
    expect(page.locator("#option-2-decouple")).to_be_focused()
    expect(page.locator("#result .figure")).to_have_text("78")
    expect(page.locator("#live")).to_contain_text("78 of 100 points, passed")
    expect(page.locator("#scenario-side")).to_contain_text("78 of 100, attempt 1")
    assert axe_violations(page) == []

    page.reload()
    expect(page.locator("#result .figure")).to_have_text("78")
    tab_to(page, page.get_by_role("button", name="Try again"), most=60)
    page.keyboard.press("Enter")
    expect(page.locator("#part-1-asks")).to_be_focused()
    expect(page.locator("#live")).to_have_text("Attempt 2 begins.")
    expect(page.get_by_text(ruth.parts[0].option("sns").explains)).to_have_count(0)


def test_nothing_chosen_is_said_at_the_part(page: Page) -> None:
    page.goto("/scenarios/jessi/")
    page.evaluate("document.querySelectorAll('#part-1 input').forEach(input => input.required = false)")
    page.get_by_role("button", name="Lock in answer 1").press("Enter")
    expect(page.locator("#error-1")).to_have_text("Choose one of the answers, then lock it in.")
    expect(page.locator('#part-1 input[name="option"]').first).to_be_focused()
    assert axe_violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 820, 1920])
def test_a_scenario_that_went_wrong_reads_well_on_every_screen(new_page: NewPage, scheme: str, width: int) -> None:
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 1000})
    page.goto("/scenarios/roger/")
    for part, options in ((1, ["direct", "shared-queue", "queue-each"]), (2, ["order", "stores", "unknown"])):
        for option in options:
            page.locator(f'#part-{part} input[value="{option}"]').check()
            page.locator(f"#part-{part} button").click()
            expect(page.locator(f"#option-{part}-{option}")).to_be_focused()
    expect(page.locator("#option-1-sns")).to_contain_text("This fits")
    expect(page.locator("#result")).to_contain_text("Not passed yet")
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_a_script_the_forms_do_the_same(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/scenarios/roger/")
    for part, option in ((1, "direct"), (1, "sns"), (2, "unknown")):
        page.locator(f'#part-{part} input[value="{option}"]').check()
        page.locator(f"#part-{part} button").click()
        expect(page).to_have_url(re.compile(rf"#part-{part}$"))
    expect(page.locator("#result .figure")).to_have_text("78")

"""Buttons with two sides: every page says what the next press will do, whoever pressed last and by whatever means."""

import pytest
from playwright.sync_api import Page, expect

from courseapp.labs.content import content_of
from courseapp.labs.models import Lab
from courseapp.labs.start import start_content
from courseapp.labs.stored import in_database
from courseapp.web.visitor import hashed
from tests.labs.people import IRIS, ZOE, looking


def the_buffer() -> Lab:
    content = content_of("the-buffer")
    assert content is not None
    return start_content(content, hashed(IRIS))


@pytest.mark.usefixtures("live")
async def test_everyone_hears_which_buttons_would_now_undo():
    lab = await in_database(the_buffer)()
    async with looking(lab.id, IRIS) as iris, looking(lab.id, ZOE) as zoe:
        assert (await zoe.next())["toggled"] == []
        for key, toggled in (("+", ["+"]), ("-", ["+", "-"]), ("+", [])):
            await iris.asks(type="press", key=key)
            assert (await zoe.until(lambda frame: "toggled" in frame))["toggled"] == toggled
        await iris.command("SetParameter", "workers", workers=3)
        assert (await zoe.until(lambda frame: "toggled" in frame))["toggled"] == ["+"]
        await iris.clock("reset")
        assert (await zoe.until("picture"))["toggled"] == []


@pytest.mark.browser
def test_a_button_says_what_it_will_do_after_another_window_or_a_slider_did_the_same(page: Page) -> None:
    page.goto("/labs/the-buffer/")
    three = page.locator('[data-press="+"]')
    three.click()
    expect(three).to_contain_text("Work with two again")
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator('[data-press="+"]')).to_contain_text("Work with two again")
    other.locator('[data-press="+"]').click()
    expect(other.locator('[data-press="+"]')).to_contain_text("Work with three")
    expect(three).to_contain_text("Work with three")
    page.get_by_label("Workers, typed").fill("1")
    page.get_by_label("Workers, typed").press("Enter")
    expect(page.locator('[data-press="-"]')).to_contain_text("Work with two again")
    expect(other.locator('[data-press="-"]')).to_contain_text("Work with two again")
    page.locator("#reset").click()
    expect(page.locator('[data-press="-"]')).to_contain_text("Work with one")

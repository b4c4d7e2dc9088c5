"""Buttons with two sides: every page says what the next press will do, whoever pressed last and by whatever means."""

import pytest
from playwright.sync_api import Page, expect

from courseapp.labs.content import content_of, toggled
from courseapp.labs.models import Lab
from courseapp.labs.present import present_of
from courseapp.labs.run import Log
from courseapp.labs.start import start_content
from courseapp.labs.stored import in_database, read
from courseapp.web.visitor import hashed
from tests.labs.people import IRIS, ZOE, looking


def lab_of_the_course(slug: str) -> Lab:
    content = content_of(slug)
    assert content is not None
    return start_content(content, hashed(IRIS))


@pytest.mark.usefixtures("live")
async def test_everyone_hears_which_buttons_would_now_undo():
    lab = await in_database(lab_of_the_course)("the-buffer")
    async with looking(lab.id, IRIS) as iris, looking(lab.id, ZOE) as zoe:
        assert (await zoe.next())["toggled"] == []
        for key, toggled in (("+", ["+"]), ("-", ["+", "-"]), ("+", [])):
            await iris.asks(type="press", key=key)
            assert (await zoe.until(lambda frame: "toggled" in frame))["toggled"] == toggled
        await iris.command("SetParameter", "workers", workers=3)
        assert (await zoe.until(lambda frame: "toggled" in frame))["toggled"] == ["+"]
        await iris.clock("reset")
        assert (await zoe.until("picture"))["toggled"] == []


@pytest.mark.usefixtures("live")
async def test_a_button_whose_press_the_run_refused_still_says_what_it_would_do():
    lab = await in_database(lab_of_the_course)("five-kinds-of-service")
    async with looking(lab.id, IRIS) as iris:
        assert (await iris.next())["toggled"] == []
        typed = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
        await iris.command("SetParameter", "intake", definition=typed, task_seconds={}, mocks={})
        for _ in range(2):
            await iris.says(type="press", key="y")
            told = await iris.until(lambda frame: any(each["type"] == "refused" for each in frame.get("records", ())))
            assert told["toggled"] == []
            assert "no BuildReport" in next(each["says"] for each in told["records"] if each["type"] == "refused")
        stored = await in_database(read)(await in_database(Lab.objects.get)(pk=lab.id))
        assert toggled(stored.content, Log.of(stored.commands), stored.architecture) == {"y"}
        present = await in_database(present_of)(stored)
        assert present is not None
        assert toggled(stored.content, Log.of(stored.commands), stored.architecture, present["refused"]) == frozenset()


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

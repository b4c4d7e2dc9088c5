"""Showing a lab to others in real browsers: Iris hosts on a laptop, Ana follows on a phone."""

import re

from playwright.sync_api import Page, expect

from tests.browsing import Console, NewPage, axe_violations, slowly
from tests.scale import TORTURE

LAB = "/labs/visibility-timeout/"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
LAPTOP = {"viewport": {"width": 1440, "height": 900}}
PROJECTOR = {"viewport": {"width": 1920, "height": 1080}}


def hosts(page: Page, lab: str = LAB) -> str:
    """Open the lab, press Host; the code on the screen."""
    page.goto(lab)
    page.get_by_role("button", name="Host", exact=True).click()
    expect(page.get_by_role("heading", name="This lab is open to others")).to_be_visible()
    expect(page.locator("#play")).to_be_enabled()
    return page.locator(".room-panel .room-code").inner_text().replace(" ", "")


def joins(page: Page, code: str) -> None:
    """With the code, on the home page."""
    page.goto("/")
    page.get_by_label("Join with a code").fill(code)
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page).to_have_url(re.compile(f"/live/{code}/$"))
    in_step(page)


def in_step(page: Page) -> None:
    expect(page.locator("#in-step")).to_have_text("In step")
    expect(page.locator("#banner")).to_contain_text("You are following the host’s clock")


def node(page: Page, name: str):
    return page.locator(f'.dg:visible [data-node="{name}"]')


def test_a_follower_sees_the_hosts_crash_and_goes_back_with_the_host(new_page: NewPage) -> None:
    iris, ana = new_page(**LAPTOP), new_page(**PHONE)
    code = hosts(iris)
    joins(ana, code)
    expect(iris.locator("#room summary")).to_contain_text("1 following")

    iris.keyboard.press("Escape")  # the panel gives the picture free
    expect(iris.locator(".room-panel")).to_be_hidden()
    expect(iris.locator("#room summary")).to_be_focused()
    slowly(iris)
    iris.get_by_role("button", name="Play", exact=True).click()
    iris.get_by_role("button", name="Crash whoever holds it").click()
    expect(node(ana, "A")).to_have_attribute("data-status", "fail")
    expect(ana.locator("#happened")).to_contain_text("crashed")
    expect(ana.locator("#clock-state")).to_have_text("Live")

    iris.get_by_role("button", name="Pause").click()
    expect(ana.locator("#clock-state")).to_have_text("Paused")
    iris.locator(".playhead").focus()
    iris.keyboard.press("Home")
    expect(iris.locator("#clock-state")).to_contain_text("behind live")
    expect(ana.locator("#clock-state")).to_contain_text("behind live")
    expect(ana.locator("#clock")).to_have_value(iris.input_value("#clock"))
    expect(node(ana, "A")).not_to_have_attribute("data-status", "fail")
    iris.get_by_role("button", name="Go to live").click()
    expect(node(ana, "A")).to_have_attribute("data-status", "fail")


def test_a_late_follower_may_look_closer_and_finds_the_seat_again_after_a_reload(new_page: NewPage) -> None:
    iris, ana = new_page(**LAPTOP), new_page(**PHONE)
    code = hosts(iris)
    iris.locator("#room summary").click()
    slowly(iris)
    iris.get_by_role("button", name="Crash whoever holds it").click()
    expect(node(iris, "A")).to_have_attribute("data-status", "fail")

    ana.goto(f"/live/{code}/")
    in_step(ana)
    expect(node(ana, "A")).to_have_attribute("data-status", "fail")
    node(ana, "orders").click()
    expect(ana.locator("#inspected")).to_contain_text("VisibilityTimeout")
    expect(ana.get_by_text("You have seat 1")).to_be_attached()
    ana.reload()
    in_step(ana)
    expect(ana.get_by_text("You have seat 1")).to_be_attached()
    expect(ana.locator("#following")).to_contain_text("1 following")


def test_a_follower_finds_no_control_that_would_do_nothing(new_page: NewPage) -> None:
    iris, ana = new_page(**LAPTOP), new_page(**LAPTOP)
    joins(ana, hosts(iris))
    page = ana.locator("main")
    assert page.get_by_role("button").count() == 0
    assert page.get_by_role("slider").count() == 0
    ana.locator("body").press("Space")
    ana.locator(".playhead").press(".")
    expect(iris.locator("#play")).to_have_accessible_name("Play")


def test_the_room_goes_with_the_host_to_the_next_act(new_page: NewPage) -> None:
    iris, ana = new_page(**LAPTOP), new_page(**PHONE)
    joins(ana, hosts(iris, "/labs/outage-drill/"))
    first = ana.locator("#stage").get_attribute("data-run")
    iris.locator("#room summary").click()
    iris.locator(".acts button").nth(1).click()
    iris.get_by_role("button", name="Show to the room").click()
    expect(iris.locator("#room summary")).to_contain_text("1 following")
    expect(ana.locator("#stage")).not_to_have_attribute("data-run", first or "")
    in_step(ana)
    expect(ana.get_by_text("You have seat 1")).to_be_attached()


def test_a_workflow_can_be_followed_and_looked_into_but_not_edited(new_page: NewPage) -> None:
    iris, ana = new_page(**LAPTOP), new_page(**LAPTOP)
    joins(ana, hosts(iris, "/labs/sign-up-workflow/"))
    iris.locator("#room summary").click()
    iris.locator(".moments").get_by_role("button", name="Start an execution").click()
    expect(ana.locator("#clock-state")).to_have_text("Live")  # the first act of a lab sets its clock going
    expect(ana.locator("#history-rows")).to_contain_text("TaskSucceeded")
    expect(ana.get_by_role("textbox", name="Definition")).not_to_be_visible()
    expect(ana.get_by_role("button", name="Save")).not_to_be_visible()
    assert axe_violations(ana) == []


def test_a_closed_room_says_so_and_leads_to_the_lab_for_oneself(new_page: NewPage) -> None:
    iris, ana = new_page(**LAPTOP), new_page(**PHONE)
    joins(ana, hosts(iris))
    iris.get_by_role("button", name="Close the room").click()
    expect(iris.get_by_role("button", name="Host", exact=True)).to_be_visible()
    expect(ana.get_by_role("heading", name="The room is closed")).to_be_visible()
    ana.get_by_role("link", name=re.compile("^Open")).click()
    expect(ana).to_have_url(re.compile(f"{LAB}$"))
    expect(ana.get_by_role("button", name="Play")).to_be_enabled()


def test_a_wrong_code_is_said_on_the_home_page_and_what_was_typed_stays(new_page: NewPage) -> None:
    ana = new_page(**PHONE)
    ana.goto("/")
    field = ana.get_by_label("Join with a code")
    field.fill("000001")
    field.press("Enter")
    expect(ana.get_by_role("alert")).to_have_text(
        "That code isn’t in use. Check the six digits on the instructor’s screen."
    )
    expect(field).to_have_value("000001")
    expect(field).to_be_focused()
    assert axe_violations(ana) == []


def test_a_run_that_began_on_this_page_is_the_one_that_is_hosted(new_page: NewPage) -> None:
    iris = new_page(**LAPTOP)
    iris.goto(LAB)
    expect(iris.locator("#clock-state")).to_contain_text("At rest")  # A holds the order by now
    slowly(iris)
    iris.get_by_role("button", name="Crash whoever holds it").click()
    expect(node(iris, "A")).to_have_attribute("data-status", "fail")
    address = iris.url
    iris.get_by_role("button", name="Host", exact=True).click()
    expect(iris.locator("#room")).to_be_visible()
    assert iris.url == address
    expect(node(iris, "A")).to_have_attribute("data-status", "fail")


def test_host_on_the_home_page_leads_to_a_room(new_page: NewPage) -> None:
    iris = new_page(**LAPTOP)
    iris.goto("/")
    iris.get_by_role("link", name=re.compile("^Host.*choose a lab")).click()
    iris.get_by_role("button", name=re.compile("^Host")).first.click()
    expect(iris.get_by_role("heading", name="This lab is open to others")).to_be_visible()


def test_the_pages_are_accessible_light_and_dark(new_page: NewPage, console: Console) -> None:
    console.allow("status of 404")
    for scheme in ("light", "dark"):
        iris = new_page(**LAPTOP, color_scheme=scheme)
        code = hosts(iris)
        assert axe_violations(iris, scheme == "dark") == []
        for size in (PHONE, PROJECTOR) if scheme == "light" or TORTURE else (PHONE,):
            ana = new_page(**size, color_scheme=scheme)
            joins(ana, code)
            assert axe_violations(ana, scheme == "dark") == []
            node(ana, "orders").click()
            expect(ana.locator("#inspected")).to_contain_text("VisibilityTimeout")
            assert axe_violations(ana, scheme == "dark") == []
        iris.get_by_role("button", name="Close the room").click()
        expect(ana.get_by_role("heading", name="The room is closed")).to_be_visible()
        assert axe_violations(ana, scheme == "dark") == []
        ana.goto("/live/join/")
        assert axe_violations(ana, scheme == "dark") == []

"""A lab's page in a real browser: it opens and moves, rests, starts with the first act, and never loses anything."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from courseapp.engine.architecture import parse
from courseapp.labs.picture import Shown
from courseapp.labs.run import Log, Run
from tests.browsing import Console, NewPage, axe_violations, slowly
from tests.labs.people import shop_with
from tests.server import Server

LAB = "/labs/visibility-timeout/"
SHOWS_A_TOKEN = "() => document.querySelector('.stage canvas[data-moves]') !== null"


def state(page: Page) -> Locator:
    return page.locator("#clock-state")


def visible(page: Page, node: str = "orders") -> Locator:
    """How many messages wait in a queue of the diagram."""
    return page.locator(f'.dg:visible [data-node="{node}"] [data-gauge="ApproximateNumberOfMessagesVisible"]').first


def begin(page: Page, address: str = LAB) -> None:
    page.goto(address)
    expect(state(page)).to_contain_text(re.compile("Opening|At rest"))


def at_rest(page: Page) -> None:
    """Wait until the picture stands still: what was on its way has landed."""
    page.wait_for_selector(".stage[data-rests]")


def seconds(page: Page) -> int:
    hours, minutes, rest = page.input_value("#clock").split(" ")[-1].split(":")
    return (int(hours) * 60 + int(minutes)) * 60 + int(float(rest))


def wait_for_second(page: Page, second: int) -> None:
    """Wait until the clock shows so many seconds after nine."""
    page.wait_for_function(
        "(wanted) => document.querySelector('#clock').value >= wanted", arg=f"09:{second // 60:02d}:{second % 60:02d}"
    )


@pytest.mark.parametrize("slug", ["one-message-many-listeners", "how-long-how-big", "sign-up-workflow"])
def test_something_moves_within_two_seconds(page: Page, slug: str) -> None:
    page.goto(f"/labs/{slug}/")
    page.wait_for_function(SHOWS_A_TOKEN, timeout=2_000)


@pytest.mark.parametrize("slug", ["three-services", "how-long-how-big"])
def test_an_opening_rests_within_five_seconds(page: Page, slug: str) -> None:
    page.goto(f"/labs/{slug}/")
    expect(state(page)).to_contain_text("At rest", timeout=5_000)


def test_looking_at_a_lab_stores_nothing(page: Page, site: Server) -> None:
    count = "from courseapp.labs.models import Lab; print(Lab.objects.count())"
    before = site.manage("shell", "--verbosity", "0", "-c", count)
    begin(page)
    assert site.manage("shell", "--verbosity", "0", "-c", count) == before
    assert page.context.cookies() == [] or all(cookie["name"] != "visitor" for cookie in page.context.cookies())


def test_a_consumer_crashes_and_its_message_comes_back_to_another(page: Page) -> None:
    begin(page)
    slowly(page)
    page.get_by_role("button", name="Crash whoever holds it").click()
    expect(page.locator('.dg:visible [data-node="A"]')).to_have_attribute("data-status", "fail")
    expect(state(page)).to_have_text("Live")
    expect(page).to_have_url(re.compile(r"\?lab=[A-Za-z0-9_-]{22}$"))
    page.get_by_role("button", name="Speed").click()
    page.get_by_role("radio", name="100×").click(force=True)
    expect(page.locator("#happened")).to_contain_text("B deleted order 1")
    expect(page.locator('.dg:visible [data-node="order-rows"] [data-gauge="rows"]').first).to_have_text("1")


def test_a_burst_fills_the_queue_and_the_same_lab_is_there_after_a_reload(page: Page) -> None:
    begin(page, "/labs/the-buffer/")
    page.get_by_role("button", name="Send a burst of 40").click()
    page.wait_for_function("() => Number(document.querySelector('.dg [data-gauge=messages]').textContent) > 30")
    page.locator("#play").click()
    expect(state(page)).to_have_text("Paused")
    at_rest(page)
    address, waits, at = page.url, visible(page).text_content(), page.input_value("#clock")
    page.reload()
    expect(state(page)).to_have_text("Paused")
    at_rest(page)
    assert (page.url, visible(page).text_content(), page.input_value("#clock")) == (address, waits, at)


def test_the_figures_of_a_node_that_is_looked_at_follow_the_clock(page: Page) -> None:
    begin(page, "/labs/the-buffer/")
    page.get_by_role("button", name="Send a burst of 40").click()
    page.locator('.dg:visible [data-node="orders"]').click()
    age = page.locator('[data-metric="ApproximateAgeOfOldestMessage"]')
    page.set_viewport_size({"width": 1440, "height": 900})
    lane = page.locator(".lane-value").nth(1)
    expect(age).to_be_visible()
    page.wait_for_function(
        "() => Number(document.querySelector('[data-metric=ApproximateAgeOfOldestMessage]').textContent) > 4"
    )
    page.locator("#play").click()
    at_rest(page)
    minutes, seconds = (lane.text_content() or "").split(":")
    expect(age).to_have_text(re.compile(rf"^{int(minutes) * 60 + int(seconds)}(\.\d+)?$"))


def test_a_body_is_counted_in_bytes_and_a_reset_sets_the_controls_back(page: Page) -> None:
    begin(page, "/labs/how-long-how-big/")
    counted = page.locator("[data-bytes-of]")
    page.get_by_role("button", name="Go to the next expiry").click()
    page.locator("#play").click()
    page.get_by_role("radio", name="é").check(force=True)
    many = page.get_by_label("How many of them, typed")
    many.fill("150000")
    many.press("Enter")
    expect(counted).to_have_text("150,000 × é = 300,000 bytes")
    page.get_by_role("button", name="Reset lab").click()
    expect(counted).to_have_text("1,000 × a = 1,000 bytes")


def test_the_clock_goes_back_to_an_earlier_moment_and_live_again(page: Page) -> None:
    begin(page)
    page.locator("#play").click()
    wait_for_second(page, 18)
    page.locator("#play").click()
    expect(state(page)).to_have_text("Paused")
    rows = page.locator('.dg:visible [data-node="order-rows"] [data-gauge="rows"]').first
    expect(rows).to_have_text("1")
    page.locator("#clock").fill("09:00:15")
    page.locator("#clock").press("Enter")
    expect(state(page)).to_contain_text("behind live")
    expect(page.locator("#clock")).to_have_value("09:00:15")
    expect(rows).to_have_text("0")
    page.get_by_role("button", name="Crash whoever holds it").click()
    expect(page.locator("#moments-error")).to_contain_text("earlier moment")
    page.locator("#moments-error").get_by_role("button", name="Live").click()
    expect(state(page)).to_have_text("Paused")
    expect(rows).to_have_text("1")


def test_dragging_the_playhead_looks_back(page: Page) -> None:
    begin(page)
    page.locator("#play").click()
    wait_for_second(page, 20)
    page.locator("#play").click()
    expect(state(page)).to_have_text("Paused")
    handle = page.locator(".playhead i").bounding_box()
    assert handle is not None
    page.mouse.move(handle["x"] + 8, handle["y"] + 12)
    page.mouse.down()
    page.mouse.move(handle["x"] - 120, handle["y"] + 12, steps=6)
    page.mouse.up()
    expect(state(page)).to_contain_text("behind live")
    page.get_by_role("button", name="Go to live").click()
    expect(state(page)).to_have_text("Paused")


def test_a_node_and_then_a_message_in_the_inspector(page: Page) -> None:
    begin(page)
    page.get_by_role("button", name="Crash whoever holds it").click()
    page.locator("#play").click()
    page.locator('.dg:visible a[data-node="orders"]').click()
    inspected = page.locator("#inspected")
    expect(inspected).to_contain_text("ApproximateNumberOfMessagesNotVisible")
    expect(inspected).to_contain_text("VisibilityTimeout")
    inspected.get_by_role("link", name="order 1").click()
    expect(inspected).to_contain_text("Received by A")
    expect(page.locator(".dg:visible .token.selected")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator('.dg:visible a[data-node="orders"]')).to_be_focused()


def test_a_value_typed_wrong_is_refused_at_its_field_and_kept(page: Page) -> None:
    begin(page)
    field = page.get_by_label("Visibility timeout, s, typed")
    field.fill("90000")
    field.press("Enter")
    expect(page.locator("form.control").first.locator(".field-error")).to_contain_text("43")
    expect(field).to_have_value("90000")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("20")
    field.press("Enter")
    expect(page.locator("form.control").first.locator(".field-error")).to_be_hidden()
    expect(field).to_have_value("20")


def test_by_keyboard_alone(page: Page) -> None:
    begin(page)
    page.locator("#play").focus()
    page.keyboard.press("k")
    expect(page.locator("#happened")).to_contain_text("crashed")
    page.locator('.dg:visible a[data-node="orders"]').focus()
    page.keyboard.press(" ")
    expect(state(page)).to_have_text("Paused")
    page.keyboard.press("Enter")
    expect(page.locator("#inspected")).to_contain_text("VisibilityTimeout")
    page.locator(".playhead").focus()
    page.keyboard.press("Home")
    expect(state(page)).to_contain_text("behind live")
    page.keyboard.press("Shift+L")
    expect(state(page)).to_have_text("Paused")
    at_rest(page)
    at = seconds(page)
    page.keyboard.press(".")
    page.wait_for_function("(at) => !document.querySelector('#clock').value.endsWith(String(at % 60))", arg=at)
    page.keyboard.press("<")
    expect(state(page)).to_contain_text("behind live")


@pytest.mark.parametrize("slug", ["outage-drill", "waiting-for-a-person", "how-long-how-big"])
def test_what_a_slider_is_set_to_stands_in_one_line_however_narrow_the_panel(page: Page, slug: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/labs/{slug}/")
    beyond, lines = page.evaluate(
        """() => {
            const forms = [...document.querySelectorAll("form.control")];
            for (const form of forms) form.hidden = false;
            const inside = document.querySelector("#controls"), edge = inside.getBoundingClientRect().right;
            const values = forms.flatMap((form) => [...form.querySelectorAll(".exact, .slider")]);
            const heights = [...document.querySelectorAll(".exact")].map((each) => each.offsetHeight);
            return [values.filter((each) => each.getBoundingClientRect().right > edge).length, new Set(heights).size];
        }"""
    )
    assert (beyond, lines) == (0, 1)


def test_keys_can_be_switched_off_and_do_nothing_outside_the_lab(page: Page) -> None:
    begin(page, "/labs/the-buffer/")
    for outside in (page.get_by_role("link", name="App Integration Lab"), page.get_by_label("How many seconds after")):
        outside.focus()
        page.keyboard.press("b")
    expect(page.get_by_label("How many seconds after")).to_have_value("b")
    page.get_by_role("button", name="Keys in this lab").click()
    page.keyboard.press("b")
    page.keyboard.press("Escape")
    page.evaluate("localStorage.setItem('shortcuts', 'off')")
    page.locator("#play").focus()
    page.keyboard.press("b")
    page.locator("h1").click()
    page.keyboard.press(" ")
    expect(state(page)).to_contain_text("At rest")
    assert page.locator("#stage").get_attribute("data-run") is None


def test_keys_work_from_the_lesson_too_and_at_once_after_locking_in(page: Page) -> None:
    begin(page)
    page.get_by_label("At 09:00:42, when 30 s have passed since the receive").check()
    page.get_by_role("button", name="Lock in and play").click()
    expect(page.locator("#banner")).to_contain_text("your turn")
    expect(page.locator(".prediction-asks").first).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("#banner")).to_contain_text("09:00:42, the moment that the question asked about")
    page.locator(".lesson-text").first.click()
    page.keyboard.press(",")
    expect(state(page)).to_contain_text("behind live")
    page.keyboard.press("Shift+L")
    expect(state(page)).to_have_text("Paused")
    page.locator(".lesson a.term").first.focus()
    page.keyboard.press(" ")
    expect(state(page)).to_have_text("Live")


@pytest.fixture
def cut(page: Page) -> Iterator[list[WebSocketRoute]]:
    """The page's sockets so far, in a list: each may be cut."""
    sockets: list[WebSocketRoute] = []

    def through(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        server = socket.connect_to_server()
        socket.on_message(server.send)
        server.on_message(socket.send)

    page.route_web_socket(re.compile("/ws/labs/"), through)
    yield sockets


def test_a_socket_that_is_cut_comes_back_and_nothing_is_lost(page: Page, cut: list[WebSocketRoute]) -> None:
    begin(page)
    page.locator("#play").click()
    expect(state(page)).to_have_text("Live")
    cut[0].close(code=4012)
    page.wait_for_function("(at) => document.querySelector('#clock').value > at", arg="09:00:20")
    assert len(cut) == 2
    expect(state(page)).to_have_text("Live")


def test_a_page_that_was_left_and_is_shown_again_has_its_connection_back(page: Page, cut: list[WebSocketRoute]) -> None:
    begin(page)
    page.locator("#play").click()
    expect(state(page)).to_have_text("Live")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    cut[0].close(code=4000)
    page.wait_for_timeout(300)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    page.wait_for_function("(at) => document.querySelector('#clock').value > at", arg="09:00:20")
    assert len(cut) == 2
    expect(state(page)).to_have_text("Live")


def test_without_a_connection_the_lab_freezes_and_says_so(page: Page, console: Console) -> None:
    console.allow("WebSocket|ERR_")
    begin(page)
    page.locator("#play").click()
    expect(state(page)).to_have_text("Live")
    page.route_web_socket(re.compile("/ws/labs/"), lambda socket: socket.close(code=4000))
    page.reload()
    expect(page.locator("#banner")).to_contain_text("No connection since")
    expect(page.locator("#banner")).to_contain_text("nothing is lost")


def test_somebody_else_follows_and_cannot_act(new_page: NewPage) -> None:
    host, guest = new_page(), new_page()
    begin(host)
    host.locator("#play").click()
    expect(state(host)).to_have_text("Live")
    guest.goto(host.url)
    expect(guest.locator("#banner")).to_contain_text("You are following the host’s clock")
    expect(guest.locator("#play")).to_be_disabled()
    expect(state(guest)).to_have_text("Live")
    host.locator("#play").click()
    expect(state(guest)).to_have_text("Paused")
    at_rest(host)
    at_rest(guest)
    assert guest.input_value("#clock") == host.input_value("#clock")


def test_with_reduced_motion_nothing_travels(new_page: NewPage) -> None:
    page = new_page(reduced_motion="reduce")
    begin(page, "/labs/one-message-many-listeners/")
    page.get_by_role("button", name="Publish an order").click()
    page.wait_for_function(
        "() => Number(document.querySelector('.dg [data-node=shipping] [data-gauge=messages]').textContent) > 1"
    )


def test_nothing_runs_while_nothing_moves(page: Page) -> None:
    page.add_init_script(
        "window.frames_asked = 0; window.ask_for_a_frame = window.requestAnimationFrame.bind(window);"
        "window.requestAnimationFrame = (done) => { window.frames_asked++; return ask_for_a_frame(done); };"
    )
    begin(page)
    expect(state(page)).to_have_text("At rest")
    at_rest(page)
    asked = page.evaluate("window.frames_asked")
    page.evaluate("() => new Promise((done) => ask_for_a_frame(() => ask_for_a_frame(done)))")
    assert page.evaluate("window.frames_asked") == asked


@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_while_a_lab_runs_in_either_theme(new_page: NewPage, width: int) -> None:
    page = new_page(color_scheme="light", viewport={"width": width, "height": 900})
    begin(page)
    page.locator("#play").click()
    expect(state(page)).to_have_text("Live")
    page.locator("#play").click()
    page.locator('.dg:visible a[data-node="orders"]').click()
    expect(page.locator("#inspected")).to_contain_text("VisibilityTimeout")
    assert axe_violations(page) == []
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # at once: no colour is on its way
    assert axe_violations(page) == []


def test_on_a_tablet_the_diagram_stands_above_the_fold_and_the_lesson_unfolds(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 820, "height": 1180})
    begin(page)
    drawn = page.locator(".stage-drawing > .dg:visible").bounding_box()
    assert drawn is not None and drawn["y"] + drawn["height"] < 1180
    fold = page.locator(".lesson-fold")
    expect(page.get_by_role("radio", name="At 09:00:42")).to_be_hidden()
    fold.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("radio", name="At 09:00:42")).to_be_visible()


def test_the_words_of_a_picture_can_be_read_and_most_pictures_are_seen_whole(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    for slug in ("three-services", "outage-drill", "only-what-concerns-me", "fan-out"):
        begin(page, f"/labs/{slug}/")
        smallest, beyond = page.evaluate(
            """() => {
                const drawing = [...document.querySelectorAll(".stage .dg")].find((each) => each.clientWidth);
                const scale = drawing.getScreenCTM().a, stage = document.querySelector(".stage");
                const size = (text) => parseFloat(getComputedStyle(text).fontSize) * scale;
                const words = [...drawing.querySelectorAll("text")];
                return [Math.min(...words.map(size)), stage.scrollHeight - stage.clientHeight];
            }"""
        )
        assert smallest >= 10.99, slug
        assert beyond <= 1 or slug in ("three-services", "outage-drill"), slug


@pytest.mark.parametrize("slug", ["fan-out", "sign-up-workflow"])
def test_where_two_columns_stand_the_whole_stage_can_be_scrolled_to(page: Page, slug: str) -> None:
    page.set_viewport_size({"width": 1270, "height": 720})
    begin(page, f"/labs/{slug}/")
    page.mouse.move(300, 200)
    for _ in range(4):
        page.mouse.wheel(0, 600)
    expect(page.locator("#happened-heading")).to_be_in_viewport()


def test_the_table_of_a_running_lab_is_set_in_small_letters(page: Page) -> None:
    begin(page)
    page.get_by_role("button", name="Crash whoever holds it").click()
    page.get_by_text("Show as table").click()
    figure = page.locator("#table .named-figure").first
    expect(figure).to_be_visible()
    page.wait_for_selector("#table [data-row]")
    assert float(figure.evaluate("each => parseFloat(getComputedStyle(each).fontSize)")) < 14
    assert axe_violations(page) == []


def test_a_window_that_grows_while_a_lab_runs_shows_more_lanes(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 880})
    begin(page, "/labs/fan-out/")
    page.get_by_role("button", name="Publish an order").click()
    expect(state(page)).to_have_text("Live")
    expect(page.locator(".lane-value")).to_have_count(1)
    page.set_viewport_size({"width": 1440, "height": 1080})
    expect(page.locator(".lane-value")).to_have_count(4)
    page.get_by_role("button", name="Pause").click()
    expect(state(page)).to_have_text("Paused")


def test_a_toggle_says_after_a_reload_what_it_would_undo(page: Page) -> None:
    begin(page, "/labs/three-services/")
    page.get_by_role("button", name="Stop the saver").click()
    words = page.locator("[data-press=c] > span")
    expect(words).not_to_have_text("Stop the saver")
    undo = words.text_content()
    page.reload()
    expect(words).to_have_text(str(undo))


def test_an_act_begins_as_a_run_of_its_own(page: Page) -> None:
    begin(page, "/labs/outage-drill/")
    page.get_by_role("button", name="Workers keep polling").and_(page.locator(".acts button")).click()
    expect(page).to_have_url(re.compile(r"lab="))
    expect(page.locator(".acts [aria-current]")).to_have_text("Workers keep polling")


def test_without_a_script_the_diagram_stands_still_and_a_form_starts_the_lab(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(LAB)
    expect(page.locator(".stage-drawing > .dg:visible")).to_have_count(1)
    page.get_by_role("button", name="Start this lab").click()
    expect(page).to_have_url(re.compile(r"\?lab="))
    page.get_by_role("link", name="This run as a page").click()
    expect(page.get_by_role("rowheader", name="orders").first).to_be_visible()


def test_a_page_puts_together_the_very_pictures_that_the_server_has_drawn(page: Page) -> None:
    architecture = parse(shop_with(messages_per_second=10))
    run, plain, short = Run(architecture, 7, Log()), Shown(architecture), Shown(architecture)
    wanted, told = [], []
    for _ in range(40):
        run.run_to(run.at_ms + 700)
        run.drain()
        view = run.simulation.view()
        wanted.append(plain.changes(view, run.at_ms)["parts"])
        told.append(short.patched(short.changes(view, run.at_ms)))
    source = Path("static/labs/whole.js").read_text().replace("export class", "class")
    shown = page.evaluate(
        f"(batches) => {{ {source}; const whole = new Whole(); return batches.map((one) => whole.batch(one).parts); }}",
        told,
    )
    assert shown == wanted
    assert sum(isinstance(part, list) for batch in told for part in batch["parts"].values()) > 60


def test_on_a_phone_a_settled_prediction_leads_to_the_run_that_it_began_and_back(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    begin(page)
    lesson = page.locator(".lab-tabs [data-tab=lesson]")
    lesson.click()
    page.locator(".prediction .option").first.click()
    page.get_by_role("button", name="Lock in and play").click()
    expect(page.locator(".settled .prediction-asks")).to_be_focused()
    tabs, kicker = page.locator(".lab-tabs").bounding_box(), page.locator(".settled .prediction-kicker").bounding_box()
    assert tabs is not None and kicker is not None and kicker["y"] >= tabs["y"] + tabs["height"]
    watch = page.get_by_role("link", name="Watch it in the lab")
    watch.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 0
    watch.click()
    expect(page.locator(".stage")).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0
    lesson.click()
    assert page.evaluate("scrollY") == before


def test_locking_in_plays_up_to_the_learners_turn_and_on_to_the_moment_asked_about(page: Page) -> None:
    page.goto("/labs/visibility-timeout/")
    page.get_by_label("At 09:00:42, when 30 s have passed since the receive").check()
    page.get_by_role("button", name="Lock in and play").click()
    expect(page.locator("#banner")).to_contain_text("09:00:15 and your turn: press “Crash whoever holds it”.")
    expect(page.locator("#clock")).to_have_value("09:00:15")
    page.get_by_role("button", name="Crash whoever holds it").click()
    expect(page.locator("#banner")).to_contain_text("09:00:42, the moment that the question asked about")
    expect(page.locator("#happened")).to_contain_text("B received order 1")


def test_an_instant_that_is_none_or_not_there_yet_is_told_and_stays_as_typed(page: Page) -> None:
    begin(page, "/labs/poison-message/")
    field, error = page.locator("#clock"), page.locator("#clock-error")
    expect(state(page)).to_contain_text("At rest")
    field.fill("09:00:00")
    field.press("Enter")
    expect(error).to_contain_text("The run has not begun.")
    page.locator("#play").click()
    wait_for_second(page, 6)
    page.locator("#play").click()
    expect(state(page)).to_have_text("Paused")
    for typed, says in (
        ("25:99", "Type a time of day"),
        ("24:00:00", "Type a time of day"),
        ("10:30:00", "The run has come to 09:00:"),
        ("08:00:00", "The run begins at 08:59:59"),
    ):
        field.fill(typed)
        field.press("Enter")
        expect(error).to_contain_text(says)
        expect(field).to_have_value(typed)
    field.fill("0:03")
    field.press("Enter")
    expect(field).to_have_value("09:00:03")
    expect(error).to_be_hidden()


def test_where_any_moment_will_do_locking_in_asks_for_the_press_that_the_question_is_about(page: Page) -> None:
    begin(page, "/labs/three-services/")
    page.get_by_role("button", name="Send one sign-up").click()  # the clock is past where the opening rested
    expect(state(page)).to_have_text("Live")
    page.get_by_label("SQS, 15 s after the press").check()
    page.get_by_role("button", name="Lock in and play").click()
    banner = page.locator("#banner")
    expect(banner).to_contain_text("your turn: press “Send five at once”.")
    page.keyboard.press("1")
    expect(page.locator("#happened")).to_contain_text("sign-up 3")
    expect(banner).to_be_visible()
    page.keyboard.press("5")
    expect(banner).to_be_hidden()


def test_at_a_high_speed_what_just_happened_is_new_and_the_voice_counts_nothing_that_was_not_told(page: Page) -> None:
    begin(page, "/labs/outage-drill/")
    page.get_by_role("button", name="Let the workers keep polling").click()
    page.evaluate("""() => { globalThis.said = [];
      new MutationObserver(([{ target }]) => said.push(target.textContent))
        .observe(document.querySelector("#live"), { childList: true, characterData: true, subtree: true }); }""")
    page.wait_for_function("() => document.querySelector('#clock').value > '10:50'")
    assert page.locator("#happened time").first.inner_text() > "10:45"
    later = page.evaluate("said.filter(Boolean)")[1:]  # the first is about the moment before it got fast
    assert later and not [sentence for sentence in later if re.match(r"\d+ messages? ", sentence)]

"""A workflow in a real browser: a definition with mistakes is put right by its messages, run, and read, by keyboard."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Console, NewPage, axe_violations

LAB = "/labs/sign-up-workflow/"
WITH_THREE_MISTAKES = """{
  "StartAt": "Check",
  "States": {
    "Check": {"Type": "Pass", "Coment": "looks", "Next": "CreateCrmRecord"},
    "CreateCrmRecord": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "create-crm-record"},
      "TimeoutSeconds": 1,
      "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttemps": 2}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "AskLatr"}],
      "Next": "AskLater"
    },
    "AskLater": {"Type": "Succeed"}
  }
}"""
ASKS = {
    "StartAt": "AskRuth",
    "States": {
        "AskRuth": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}},
            "End": True,
        }
    },
}


def begin(page: Page) -> None:
    page.goto(LAB)
    page.locator('.lab-tabs [data-tab="definition"]').press("Enter")
    page.locator("#definition-text").focus()
    expect(page.locator("#problem-count")).to_have_text("No problem")


def write(page: Page, text: str) -> None:
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def save_and_start(page: Page, given: str) -> None:
    page.get_by_role("button", name="Save as v2").press("Enter")
    expect(page.get_by_role("button", name="Save as v3")).to_be_visible()
    page.locator("#start-execution summary").press("Enter")
    page.get_by_label("Input, JSON").fill(given)
    page.get_by_role("button", name="Start execution").press("Enter")


def test_three_mistakes_are_put_right_by_their_messages_and_retry_and_catch_are_seen(page: Page) -> None:
    begin(page)
    write(page, WITH_THREE_MISTAKES)
    expect(page.locator("#problem-count")).to_have_text("3 problems")
    text = page.locator("#definition-text")
    expect(text).to_have_attribute("aria-invalid", "true")
    problems = page.locator("#definition-problems li")
    expect(problems).to_have_text(
        [re.compile("Line 4.*Comment"), re.compile("Line 10"), re.compile("Line 11.*AskLater")]
    )
    assert axe_violations(page) == []
    page.get_by_role("button", name="Save as v2").press("Enter")
    expect(page.locator("#execution")).to_contain_text("sign-up 41")
    expect(page.get_by_role("button", name="Save as v2")).to_be_visible()
    page.keyboard.press("Control+Home")
    for left in ("2 problems", "1 problem", "No problem"):
        page.keyboard.press("F8")
        expect(page.locator("#definition-problems li.now")).to_have_count(1)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#problem-count")).to_have_text(left)
    save_and_start(page, '{"signup": 9}')
    rows = page.locator("#history-rows tr")
    expect(rows.filter(has_text="TaskTimedOut")).to_have_count(3)
    expect(rows.filter(has_text="caught States.Timeout")).to_have_count(1)
    expect(rows.last).to_contain_text("ExecutionSucceeded")
    expect(page.locator("#runs-version")).to_have_text(re.compile(r"The execution runs v2, saved 09:00"))
    expect(page.locator('.dg:visible .st[data-state="CreateCrmRecord"]')).to_have_attribute("data-status", "caught")
    expect(page.locator("#cost-of-which")).to_have_text("state transitions, 2 of them retries")

    page.get_by_label("Show the state").select_option("CreateCrmRecord")
    expect(page.locator("#state-shown")).to_contain_text("TaskTimedOut")
    expect(page.get_by_label("Output of CreateCrmRecord")).to_contain_text('"Error": "States.Timeout"')
    expect(page.locator('.dg:visible .st.selected[data-state="CreateCrmRecord"]')).to_have_count(1)
    expect(page.locator("#editor .wash-chosen")).to_have_count(1)
    assert axe_violations(page) == []
    page.get_by_label("Errors").press("Space")
    expect(page.locator("#history-rows tr:visible")).to_have_count(3)
    page.get_by_label("Selected state").press("Space")
    expect(page.locator("#history-rows tr:visible").first).to_contain_text("TaskStateEntered")

    page.get_by_role("radio", name="All").press("Space")
    page.locator("#execution").select_option(index=1)
    expect(page.locator("#runs-version")).to_have_text("The execution runs v1, as the lab brings it")
    expect(rows.filter(has_text="ValidateSignUp").first).to_be_visible()
    page.get_by_role("button", name="Show v1").press("Enter")
    expect(page.locator("#definition-text")).to_have_value(re.compile("WaitAWeek"))


def test_of_the_history_s_rows_one_is_a_stop_for_tab_and_the_arrows_lead_to_the_others(page: Page) -> None:
    page.goto(LAB)
    page.locator('[data-press="s"]').click()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#clock-state")).to_have_text("Paused")
    rows = page.locator("#history-rows tr:has(button)")
    expect(rows.locator('[tabindex="0"]')).to_have_count(1)
    page.locator("#history-wrap").focus()
    page.keyboard.press("Tab")
    expect(rows.last.get_by_role("button")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(rows.nth(-2).get_by_role("button")).to_be_focused()
    page.keyboard.press("Home")
    expect(rows.first.get_by_role("button")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#state-heading")).to_have_text("ValidateSignUp")
    expect(rows.locator('[tabindex="0"]')).to_have_count(1)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#history-rows') === null")


@pytest.mark.parametrize(
    ("width", "part"), [(1440, "definition"), (390, "definition"), (390, "inspector"), (390, "stage")]
)
def test_from_a_part_chosen_by_key_the_next_tab_leads_into_it(new_page: NewPage, width: int, part: str) -> None:
    page = new_page(viewport={"width": width, "height": 844})
    page.goto(LAB)
    tab = page.locator(f'.lab-tabs [data-tab="{part}"]')
    tab.press("Enter")
    expect(tab).to_have_attribute("aria-current", "true")
    page.keyboard.press("Tab")
    assert page.evaluate(f"document.activeElement.closest('#{part}') !== null")
    page.keyboard.press("Shift+Tab")
    tab.click()
    expect(tab).to_be_focused()


def test_an_example_of_another_lab_runs_as_it_does_there_not_with_the_answers_of_this_one(page: Page) -> None:
    page.goto("/labs/when-a-step-fails/")
    page.locator('.lab-tabs [data-tab="definition"]').press("Enter")
    page.get_by_label("Start from").select_option("A sign-up workflow: onboarding")
    expect(page.locator("#definition-text")).to_have_value(re.compile("WaitAWeek"))
    save_and_start(page, '{"signup": 9}')
    rows = page.locator("#history-rows tr")
    expect(rows.filter(has_text="TaskSucceeded").filter(has_text="SendWelcomeEmail")).to_have_count(1)
    expect(rows.filter(has_text="TaskFailed")).to_have_count(0)


def test_what_is_pasted_over_an_example_is_saved_without_the_times_of_its_states(page: Page) -> None:
    begin(page)
    page.get_by_label("Start from").select_option("What it costs: standard")
    expect(page.locator("#definition-text")).to_have_value(re.compile("CheckOrder"))
    page.locator("#definition-text").focus()
    write(page, json.dumps({"StartAt": "Greet", "States": {"Greet": {"Type": "Pass", "End": True}}}))
    save_and_start(page, "{}")
    expect(page.locator("#history-rows tr").last).to_contain_text("ExecutionSucceeded")


def test_warnings_stand_beside_the_problems_and_stop_no_save(page: Page) -> None:
    begin(page)
    states = {"Greet": {"Type": "Pass", "Parameters": {"who": "$.name"}, "Next": "Dnoe"}, "Done": {"Type": "Succeed"}}
    write(page, json.dumps({"StartAt": "Greet", "States": states}, indent=2))
    chip, listed = page.locator("#problem-count"), page.locator("#definition-problems li")
    expect(chip).to_have_text(re.compile(r"problems?, 1 warning"))
    expect(listed.last).to_contain_text("Line 7, warning")
    expect(listed.last).to_contain_text("write 'who.$'")
    page.keyboard.press("Control+Home")
    page.keyboard.press("F8")
    expect(page.locator("#definition-problems li.warns.now")).to_have_count(1)
    assert axe_violations(page) == []
    write(page, json.dumps({"StartAt": "Greet", "States": {**states, "Greet": {**states["Greet"], "Next": "Done"}}}))
    expect(chip).to_have_text("1 warning")
    expect(page.locator("#definition-text")).not_to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Save as v2").press("Enter")
    expect(page.get_by_role("button", name="Save as v3")).to_be_visible()


def test_a_check_without_an_answer_is_said_and_tried_again(page: Page, console: Console) -> None:
    console.allow("503")
    begin(page)
    page.route("**/definitions/check/", lambda route: route.fulfill(status=503), times=1)
    write(page, WITH_THREE_MISTAKES)
    expect(page.locator("#problem-count")).to_have_text("Not checked: no answer, trying again")
    expect(page.locator("#problem-count")).to_have_text("3 problems")


def test_a_waiting_task_is_approved_by_button_and_looking_back_undoes_nothing(page: Page) -> None:
    begin(page)
    write(page, json.dumps(ASKS))
    expect(page.locator("#problem-count")).to_have_text("No problem")
    save_and_start(page, "{}")
    page.get_by_role("button", name="Approve AskRuth").click()
    rows = page.locator("#history-rows tr")
    expect(rows.last).to_contain_text("ExecutionSucceeded")
    expect(page.locator("#waiting-tasks")).to_be_hidden()
    page.get_by_label("Show the state").select_option("AskRuth")
    expect(page.get_by_label("Output of AskRuth")).to_contain_text('"approved": true')
    page.locator(".playhead").press("Home")
    expect(page.locator("#clock-state")).to_contain_text("behind live")
    expect(rows.filter(has_text="ExecutionSucceeded")).to_have_count(0)
    page.get_by_role("button", name="Go to live").click()
    expect(rows.last).to_contain_text("ExecutionSucceeded")


def test_a_declined_task_fails_and_a_redrive_asks_again(page: Page) -> None:
    begin(page)
    write(page, json.dumps(ASKS))
    expect(page.locator("#problem-count")).to_have_text("No problem")
    save_and_start(page, "{}")
    page.get_by_text("Error and cause of declining").click()
    page.get_by_label("Error", exact=True).fill("NotNow")
    page.get_by_role("button", name="Decline AskRuth").press("Enter")
    rows = page.locator("#history-rows tr")
    expect(rows.last).to_contain_text("ExecutionFailed")
    expect(rows.last).to_contain_text("NotNow: Declined by hand")
    page.get_by_role("button", name="Redrive").press("Enter")
    expect(rows.filter(has_text="ExecutionRedriven")).to_have_count(1)
    page.get_by_role("button", name="Approve AskRuth").press("Enter")
    expect(rows.last).to_contain_text("ExecutionSucceeded")


def test_keys_work_right_after_loading_and_a_refused_answer_is_told_at_the_buttons(page: Page) -> None:
    page.goto("/labs/waiting-for-a-person/")
    page.keyboard.press("y")
    rows = page.locator("#history-rows tr")
    expect(rows.last).to_contain_text("ExecutionSucceeded")
    page.keyboard.press("y")
    expect(page.locator("#moments-error")).to_contain_text("TaskTimedOut")


def test_another_execution_is_shown_where_it_is_now_however_far_up_the_last_one_was(page: Page) -> None:
    inside = {"StartAt": "Greet", "States": {"Greet": {"Type": "Pass", "End": True}}}
    begin(page)
    write(
        page, json.dumps({"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": inside, "End": True}}})
    )
    expect(page.locator("#problem-count")).to_have_text("No problem")
    save_and_start(page, "[1, 2, 3, 4, 5]")
    rows = page.locator("#history-rows tr")
    expect(rows.last).to_contain_text("ExecutionSucceeded")
    page.locator("#history-wrap").evaluate("wrap => wrap.scrollTop = 0")
    expect(rows.first).to_be_in_viewport()
    page.get_by_role("button", name="Start execution").press("Enter")
    expect(page.locator("#execution option")).to_have_count(3)
    expect(rows.last).to_be_in_viewport()


def test_machine_item_and_state_are_chosen_for_all_panels(page: Page) -> None:
    page.goto("/labs/when-a-step-fails/")
    page.locator("#history-machine").select_option("prepare")
    expect(page.locator("#definition-text")).to_have_value(re.compile("CreateCrmRecord"))
    expect(page.locator("#history-empty")).to_be_visible()
    page.locator('[data-press="p"]').click()
    rows = page.locator("#history-rows tr")
    expect(rows.first).to_contain_text("ExecutionStarted")
    expect(rows.last).to_contain_text("ExecutionFailed")
    page.goto("/labs/many-at-once/")
    page.keyboard.press("s")
    expect(page.locator("#clock-state")).to_have_text("Live")
    page.get_by_role("button", name="Pause").click()  # the item's three seconds pass sooner than a busy machine looks
    page.locator('.dg:visible [data-item="1"]').click()
    expect(page.locator("#state-heading")).to_have_text("AssignModule")
    expect(page.locator("#state-shown")).to_contain_text("item 1")
    expect(page.locator("#item-choice")).to_have_value("1")
    page.get_by_role("button", name="Data").click()
    expect(page.locator(".dg:visible .handed.now title")).to_have_text('Input of AssignModule: {"volunteer":2}')
    page.get_by_role("button", name="Draw larger").click()
    expect(page.locator(".stage-drawing.zoomed")).to_have_count(1)
    page.get_by_role("button", name="Fit").click()
    expect(page.locator(".stage-drawing.zoomed")).to_have_count(0)
    assert axe_violations(page) == []


def test_a_child_of_a_distributed_map_is_chosen_by_its_chip(page: Page) -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    inside = {"ProcessorConfig": config, "StartAt": "Greet", "States": {"Greet": {"Type": "Pass", "End": True}}}
    begin(page)
    write(
        page, json.dumps({"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": inside, "End": True}}})
    )
    expect(page.locator("#problem-count")).to_have_text("No problem")
    save_and_start(page, '[{"to": "Ruth"}, {"to": "Roger"}]')
    page.locator('.dg:visible [data-item="1"]').click()
    expect(page.locator("#state-heading")).to_have_text("Greet")
    expect(page.locator("#state-shown")).to_contain_text("child 1")
    expect(page.get_by_label("Output of Greet")).to_contain_text("Roger")
    expect(page.locator("#event-count")).to_have_text("onboarding-2/1: 4 events")
    page.locator("#item-choice").select_option("All children")
    expect(page.locator("#history-rows")).to_contain_text("MapRunStarted")


def test_a_button_that_starts_another_machine_brings_it_to_the_panels(page: Page) -> None:
    page.goto("/labs/what-a-state-hands-on/")
    page.keyboard.press("1")
    expect(page.locator("#history-machine")).to_have_value("placing")
    expect(page.locator("#definition-text")).to_have_value(re.compile("EnoughHours"))
    expect(page.locator("#history-rows tr").last).to_contain_text("ExecutionSucceeded")


def test_a_definition_that_a_button_gives_in_vain_is_told_at_the_buttons(page: Page) -> None:
    page.goto("/labs/what-it-costs/")
    page.keyboard.press("s")
    expect(page.locator("#clock-state")).to_have_text("Live")
    page.keyboard.press("x")
    expect(page.locator("#moments-error")).to_contain_text("does not support '.sync'")


def test_two_bills_run_along_and_an_act_starts_with_its_first_button(page: Page) -> None:
    page.goto("/labs/what-it-costs/")
    page.get_by_role("button", name="With a wait").click()
    expect(page.locator("#reset")).to_be_visible()
    page.locator('[data-press="s"]').click()
    expect(page.locator("#clock-state")).to_have_text("Live")
    page.locator(".speed-button").click()
    page.get_by_role("radio", name="1,000×").click(force=True)
    express = page.locator("#bill-cards .bill").nth(1)
    expect(express.locator(".bill-month")).to_have_text("$253.13 a month")
    page.get_by_label("Executions a month").fill("2,000,000")
    expect(express.locator(".bill-month")).to_have_text("$506.27 a month")


def test_history_and_cost_are_in_step_with_an_opening(page: Page) -> None:
    page.add_init_script("""document.addEventListener("readystatechange", () => {
        if (document.readyState !== "interactive") return; // before the page's own scripts
        const of = (id) => document.getElementById(id), said = window.said = [];
        const rows = () => [...of("history-rows").rows].filter((row) => row.offsetParent).length;
        const look = () => said.push([of("event-count").textContent, rows(), of("cost-usd").textContent,
            document.querySelector(".bill-usd").textContent, of("execution").selectedOptions[0].text]);
        new MutationObserver(look).observe(of("event-count"), { childList: true });
    });""")
    page.goto("/labs/what-it-costs/")
    expect(page.locator("#clock-state")).to_have_text("At rest")
    expect(page.locator("#event-count")).to_have_text("24 events")
    said = page.evaluate("said")
    assert said[0] == ["0 events", 0, "$0", "$0", "No execution yet"]
    assert said[1] == ["4 events", 4, "$0.000025", "$0.000025", "order 1, running"]
    assert said[-1] == ["24 events", 24, "$0.000125", "$0.000125", "order 1, succeeded"]
    assert len(said) > 3
    expect(page.get_by_role("heading", name="so far")).to_have_text(["Cost so far"])


def test_the_history_of_an_opening_is_never_ahead_of_its_graph(page: Page) -> None:
    page.add_init_script("""document.addEventListener("readystatechange", () => {
        if (document.readyState !== "interactive") return;
        const count = document.getElementById("event-count"), told = window.told = [];
        const drawn = (state) => document.querySelector(`.dg .st[data-state="${state}"]`).dataset.status;
        const look = () => told.push([parseInt(count.textContent), drawn("ValidateSignUp"), drawn("RecordAnalytics")]);
        new MutationObserver(look).observe(count, { childList: true });
    });""")
    page.goto("/labs/sign-up-workflow/")
    expect(page.locator("#clock-state")).to_have_text("At rest")
    expect(page.locator("#event-count")).to_have_text("19 events")
    told = page.evaluate("told")
    in_step = [[0, "idle", "idle"], [4, "run", "idle"], [17, "ok", "run"], [19, "ok", "ok"]]
    assert [each for each in told if each not in in_step] == [] and told[-1] == in_step[-1] and len(told) > 2


def test_the_history_of_a_live_execution_is_never_ahead_of_its_graph(page: Page) -> None:
    page.goto("/labs/sign-up-workflow/")
    expect(page.locator("#clock-state")).to_have_text("At rest")
    page.evaluate("""() => {
        const count = document.getElementById("event-count"), told = window.told = [];
        const drawn = (state) => document.querySelector(`.dg .st[data-state="${state}"]`).dataset.status;
        const look = () => told.push([parseInt(count.textContent), drawn("ValidateSignUp"), drawn("RecordAnalytics")]);
        new MutationObserver(look).observe(count, { childList: true });
    }""")
    before = page.locator("#execution option").first.inner_text()
    page.keyboard.press("s")
    expect(page.locator("#execution option").first).not_to_have_text(before)
    expect(page.locator("#event-count")).to_have_text(re.compile("^1[7-9] events"))
    for events, first, later in page.evaluate("told"):
        assert (first, later) in ((("run", "idle"),) if events <= 4 else (("ok", "run"), ("ok", "ok"))), events


def test_an_act_during_an_opening_shows_all_of_it_at_once(page: Page) -> None:
    page.goto("/labs/waiting-for-a-person/")
    page.keyboard.press(",")
    expect(page.locator("#reset")).to_be_visible()
    expect(page.locator("#history-rows tr:visible")).to_have_count(5)


def test_both_bills_of_a_month_follow_what_is_typed(page: Page) -> None:
    page.goto("/labs/what-it-costs/")
    expect(page.locator("#clock-state")).to_contain_text("At rest", timeout=5_000)
    page.locator("#each-transitions").focus()
    standard, express = (page.locator("#bill-cards .bill-month").nth(place) for place in (0, 1))
    expect(standard).to_have_text("$124.90 a month")
    expect(express).to_have_text("$3.08 a month")
    expect(page.get_by_label("State transitions in each")).to_have_attribute("placeholder", "5 as run")
    page.get_by_label("State transitions in each").fill("10")
    expect(standard).to_have_text("$249.90 a month")
    page.get_by_label("Seconds in each").fill("240.05")
    expect(express).to_have_text("$251.15 a month")
    page.get_by_label("Executions a month").fill("10,000")
    expect(standard).to_have_text("$2.40 a month")
    expect(express).to_have_text("$2.51 a month")
    page.get_by_label("Seconds in each").fill("long")
    expect(page.locator("#month-error")).to_contain_text("a number of seconds")
    expect(express).to_have_text("")
    assert axe_violations(page) == []


def test_what_was_typed_is_there_after_a_reload_and_an_input_that_is_no_json_is_named(page: Page) -> None:
    begin(page)
    write(page, '{"StartAt": 1,}')
    expect(page.locator("#definition-problems")).to_contain_text("line 1, column 15")
    page.reload()
    expect(page.locator("#definition-text")).to_have_value('{"StartAt": 1,}')
    page.locator("#start-execution summary").click()
    page.get_by_label("Input, JSON").fill('{"a": }')
    page.get_by_role("button", name="Start execution").click()
    expect(page.locator("#execution-error")).to_contain_text("no JSON yet: line 1, column 7")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_axe_finds_nothing_on_the_workflow_page(new_page: NewPage, width: int, scheme: str) -> None:
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    begin(page)
    write(page, WITH_THREE_MISTAKES)
    expect(page.locator("#problem-count")).to_have_text("3 problems")
    assert axe_violations(page) == []


def test_without_a_script_definition_history_and_states_are_readable(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(LAB)
    expect(page.locator(".editor-still")).to_contain_text('"StartAt": "ValidateSignUp"')
    expect(page.locator("#history-rows")).to_contain_text("ParallelStateEntered")
    page.get_by_text("Every state, with input and output").click()
    expect(page.locator(".every-state")).to_contain_text('"signup": 41')
    page.get_by_role("button", name="Start this lab").click()
    page.get_by_role("link", name="This run as a page").click()
    page.get_by_role("rowheader", name="onboarding").first.get_by_role("link").click()
    page.get_by_role("link", name="Execution history in full").click()
    expect(page.get_by_role("heading", name="Execution sign-up 41, RUNNING")).to_be_visible()
    expect(page.get_by_role("cell", name="ParallelStateEntered")).to_be_visible()

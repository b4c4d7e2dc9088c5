"""The facts of the lab ``sign-up-workflow`` (curriculum 5.1), on a kernel alone."""

from __future__ import annotations

import copy

import pytest

from courseapp.engine.commands import Refused
from courseapp.engine.states.machine import StateMachine
from tests.engine.states.help import machine, records, task, times

DAY = 86_400
DEFINITION = {
    "StartAt": "ValidateSignUp",
    "States": {
        "ValidateSignUp": task("validate", Next="Prepare"),
        "Prepare": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "CreateCrmRecord", "States": {"CreateCrmRecord": task("crm", End=True)}},
                {"StartAt": "SendWelcomeEmail", "States": {"SendWelcomeEmail": task("welcome", End=True)}},
                {"StartAt": "RecordAnalytics", "States": {"RecordAnalytics": task("analytics", End=True)}},
            ],
            "Next": "WaitAWeek",
        },
        "WaitAWeek": {"Type": "Wait", "Seconds": 604800, "Next": "SendFollowUp"},
        "SendFollowUp": task("follow-up", Next="Done"),
        "Done": {"Type": "Succeed"},
    },
}
TASK_SECONDS = {
    "ValidateSignUp": 1,
    "CreateCrmRecord": 2,
    "SendWelcomeEmail": 1,
    "RecordAnalytics": 0.5,
    "SendFollowUp": 1,
}
MOCKS = {
    "CreateCrmRecord": {"0-99": {"Return": {"Payload": "crm"}}},
    "SendWelcomeEmail": {"0-99": {"Return": {"Payload": "email"}}},
    "RecordAnalytics": {"0-99": {"Return": {"Payload": "analytics"}}},
}


def lab() -> StateMachine:
    return machine(DEFINITION, task_seconds=TASK_SECONDS, mocks=MOCKS, name="onboarding")


def run(built: StateMachine, until_s: float = 10 * DAY) -> None:
    built.kernel.run_until(round(until_s * 1000))


def test_f1_the_parallel_ends_at_3_the_wait_at_604803_the_execution_at_604804() -> None:
    built = lab()
    built.start(None, {"signup": 41})
    run(built)
    assert times(built.kernel, "ParallelStateExited") == [3.0]
    assert times(built.kernel, "WaitStateExited") == [604_803.0]
    assert times(built.kernel, "ExecutionSucceeded") == [604_804.0]


def test_f2_the_output_of_the_parallel_is_in_the_order_of_the_branches_not_of_their_ends() -> None:
    built = lab()
    built.start(None, {"signup": 41})
    run(built)
    ends = [state for _, kind, state, _ in records(built.kernel) if kind == "TaskStateExited"][1:4]
    assert ends == ["RecordAnalytics", "SendWelcomeEmail", "CreateCrmRecord"]
    [output] = [detail["output"] for _, kind, _, detail in records(built.kernel) if kind == "ParallelStateExited"]
    assert output == [{"Payload": "crm"}, {"Payload": "email"}, {"Payload": "analytics"}]


def test_f3_eight_transitions_cost_two_hundredths_of_a_cent() -> None:
    built = lab()
    built.start(None, {"signup": 41})
    run(built)
    assert built.metrics()["transitions"] == 8
    assert built.metrics()["cost_usd"] == pytest.approx(0.0002, abs=1e-9)


def test_f4_the_history_has_35_events() -> None:
    built = lab()
    built.start(None, {"signup": 41})
    run(built)
    history = built.history()
    assert len(history) == 35
    assert [event["id"] for event in history] == list(range(1, 36))


def test_f5_five_started_together_end_together() -> None:
    built = lab()
    for number in range(5):
        built.start(f"signup-{number}", {"signup": number})
    run(built)
    assert times(built.kernel, "ExecutionSucceeded") == [604_804.0] * 5


def test_f6_stopped_on_day_3_the_follow_up_is_never_sent() -> None:
    built = lab()
    built.start("one", {"signup": 41})
    run(built, 3 * DAY)
    built.stop("one")
    run(built)
    assert times(built.kernel, "WaitStateAborted") == times(built.kernel, "ExecutionAborted") == [3.0 * DAY]
    assert not [state for _, _, state, _ in records(built.kernel) if state == "SendFollowUp"]
    assert built.metrics()["ExecutionsAborted"] == 1


def test_f7_nothing_happens_while_it_waits() -> None:
    built = lab()
    built.start(None, {"signup": 41})
    run(built)
    assert not [at for at, *_ in records(built.kernel) if 3.0 < at < 604_803.0]


def test_as_an_express_workflow_it_ends_after_five_minutes() -> None:
    built = machine(DEFINITION, task_seconds=TASK_SECONDS, mocks=MOCKS, type="EXPRESS")
    built.start(None, {"signup": 41})
    run(built)
    assert times(built.kernel, "ExecutionTimedOut") == [300.0]
    assert built.find().error == "States.Timeout"
    with pytest.raises(Refused, match="StateMachineTypeNotSupported"):
        built.stop()


def test_a_running_execution_keeps_the_definition_it_was_started_with() -> None:
    built = lab()
    built.start("old", {})
    run(built, 3 * DAY)
    changed = copy.deepcopy(DEFINITION)
    changed["States"]["WaitAWeek"]["Seconds"] = 60  # type: ignore[index]
    built.set_parameter("definition", changed)
    built.start("new", {})
    run(built, 10 * DAY)
    assert times(built.kernel, "ExecutionSucceeded") == [3 * DAY + 64.0, 604_804.0]

"""The facts of the lab ``when-a-step-fails`` (curriculum 5.3), on a kernel alone."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from courseapp.engine.messages import Call
from courseapp.engine.states.machine import StateMachine
from tests.engine.states.help import machine, records, task, times

RETRY = {"ErrorEquals": ["Mail.Unavailable"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2}
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "QueueEmailForLater"}]
DEFINITION: dict[str, Any] = {
    "StartAt": "SendWelcomeEmail",
    "States": {
        "SendWelcomeEmail": task("mail", Retry=[RETRY], Catch=CATCH, Next="Done"),
        "QueueEmailForLater": task("later", Next="Done"),
        "Done": {"Type": "Succeed"},
    },
}
SECONDS = {"SendWelcomeEmail": 1, "QueueEmailForLater": 1}


def down(error: str = "Mail.Unavailable", calls: str = "0-99") -> dict[str, Any]:
    return {calls: {"Throw": {"Error": error, "Cause": "503"}}}


def run(definition: Any, mock: dict[str, Any], **parameters: Any) -> StateMachine:
    built = machine(definition, task_seconds=SECONDS, mocks={"SendWelcomeEmail": mock}, **parameters)
    built.start(None, {})
    built.kernel.run_until(100_000)
    return built


def test_f1_four_calls_at_0_3_8_and_17_then_the_email_is_queued() -> None:
    built = run(DEFINITION, down())
    assert times(built.kernel, "TaskStarted", "SendWelcomeEmail") == [0, 3, 8, 17]
    assert times(built.kernel, "TaskStateExited", "SendWelcomeEmail") == [18]
    assert times(built.kernel, "TaskStateEntered", "QueueEmailForLater") == [18]
    assert times(built.kernel, "ExecutionSucceeded") == [19]


def test_f2_six_transitions() -> None:
    built = run(DEFINITION, down())
    assert built.metrics()["transitions"] == 6
    assert built.metrics()["cost_usd"] == pytest.approx(0.00015, abs=1e-9)


def test_f3_the_service_is_up_again_at_10() -> None:
    built = run(DEFINITION, {**down(calls="0-2"), "3": {"Return": {}}})
    assert times(built.kernel, "ExecutionSucceeded") == [18]
    assert built.metrics()["transitions"] == 5


def test_f4_an_error_that_no_retrier_names_is_caught_at_once() -> None:
    built = run(DEFINITION, down("Mail.BadAddress"))
    assert times(built.kernel, "TaskStarted", "SendWelcomeEmail") == [0]
    assert times(built.kernel, "TaskStateExited", "SendWelcomeEmail") == [1]
    assert times(built.kernel, "ExecutionSucceeded") == [2]
    assert built.metrics()["transitions"] == 3


def test_f5_without_a_catch_the_execution_fails_with_the_error() -> None:
    definition = copy.deepcopy(DEFINITION)
    del definition["States"]["SendWelcomeEmail"]["Catch"], definition["States"]["QueueEmailForLater"]
    built = run(definition, down())
    assert times(built.kernel, "ExecutionFailed") == [18]
    execution = built.find()
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "Mail.Unavailable", "503")


def test_f6_the_longest_delay_caps_the_pauses() -> None:
    definition = copy.deepcopy(DEFINITION)
    definition["States"]["SendWelcomeEmail"]["Retry"] = [{**RETRY, "MaxDelaySeconds": 3}]
    built = run(definition, down())
    assert times(built.kernel, "TaskStarted", "SendWelcomeEmail") == [0, 3, 7, 11]
    assert times(built.kernel, "TaskStateExited", "SendWelcomeEmail") == [12]


def test_f7_a_pause_is_no_event_and_the_state_is_entered_once() -> None:
    built = run(DEFINITION, down())
    assert len(times(built.kernel, "TaskStateEntered", "SendWelcomeEmail")) == 1
    kinds = [kind for _, kind, state, _ in records(built.kernel) if state == "SendWelcomeEmail"]
    assert kinds == [
        "TaskStateEntered",
        *["TaskScheduled", "TaskStarted", "TaskFailed"] * 4,
        "TaskStateExited",
    ]


class SlowFunction:
    """A function that answers after five seconds, whatever became of its caller."""

    id = "crm"
    kind = "function"

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel
        self.ended_at: list[int] = []

    def invoke(self, call: Call) -> None:
        self.kernel.plan(self.kernel.now_ms + 5000, 4, self, "answer", (call.caller, call.token))

    def answer(self, what: Any) -> None:
        caller, token = what
        self.ended_at.append(self.kernel.now_ms)
        caller.answered(token, None, {"row": 1})


BOTH = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "SendWelcomeEmail", "States": {"SendWelcomeEmail": task("mail", End=True)}},
                {"StartAt": "CreateCrmRecord", "States": {"CreateCrmRecord": task("crm", End=True)}},
            ],
            "End": True,
        }
    },
}


def both(definition: Any) -> tuple[StateMachine, SlowFunction]:
    built = machine(definition, ("crm",), task_seconds=SECONDS, mocks={"SendWelcomeEmail": down()})
    function = built.kernel.nodes["crm"] = SlowFunction(built.kernel)
    built.start(None, {})
    built.kernel.run_until(100_000)
    return built, function


def test_f8_a_failing_branch_cuts_the_other_off_but_not_the_function_that_it_called() -> None:
    built, function = both(BOTH)
    assert times(built.kernel, "TaskFailed", "SendWelcomeEmail") == [1]
    assert times(built.kernel, "TaskStateAborted", "CreateCrmRecord") == [1]
    assert times(built.kernel, "ExecutionFailed") == [1]
    assert function.ended_at == [5000]


def test_f9_a_retrier_on_the_parallel_runs_both_branches_again() -> None:
    definition = copy.deepcopy(BOTH)
    definition["States"]["Both"]["Retry"] = [{**RETRY, "MaxAttempts": 1}]  # type: ignore[index]
    built, function = both(definition)
    assert times(built.kernel, "ParallelStateStarted") == [0, 3]
    assert times(built.kernel, "TaskStateEntered", "CreateCrmRecord") == [0, 3]
    assert times(built.kernel, "ParallelStateFailed") == times(built.kernel, "ExecutionFailed") == [4]
    assert function.ended_at == [5000, 8000]

"""The execution history: types, order, what each event points at, and AWS's spelling."""

from __future__ import annotations

from typing import Any

import pytest

from courseapp.engine.states.batch import run_one
from tests.engine.states.help import machine


def history(states: dict[str, Any], data: Any, **more: Any) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = run_one(
        {"StartAt": next(iter(states)), "States": states}, data, history=True, **more
    )["history"]
    return events


def order(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(event["type"], event["previousEventId"]) for event in events]


PASS = {"Type": "Pass", "End": True}


def test_the_first_state_points_at_nothing_and_values_are_json_text() -> None:
    events = history({"A": {"Type": "Pass", "Assign": {"v": {"a": 1}}, "End": True}}, {"x": "é"})
    assert order(events) == [
        ("ExecutionStarted", 0),
        ("PassStateEntered", 0),
        ("PassStateExited", 2),
        ("ExecutionSucceeded", 3),
    ]
    entered, exited = events[1], events[2]
    assert entered["timestamp"] == "2026-01-05T09:00:00.000Z"
    assert entered["stateEnteredEventDetails"] == {
        "name": "A",
        "input": '{"x":"é"}',
        "inputDetails": {"truncated": False},
    }
    assert exited["stateExitedEventDetails"]["assignedVariables"] == {"v": '{"a":1}'}


def test_every_branch_points_at_the_start_and_the_end_at_the_last_event_of_a_branch() -> None:
    branches = [{"StartAt": name, "States": {name: PASS}} for name in ("B", "C")]
    events = history({"P": {"Type": "Parallel", "Branches": branches, "End": True}}, {})
    assert order(events) == [
        ("ExecutionStarted", 0),
        ("ParallelStateEntered", 0),
        ("ParallelStateStarted", 2),
        ("PassStateEntered", 3),
        ("PassStateExited", 4),
        ("PassStateEntered", 3),
        ("PassStateExited", 6),
        ("ParallelStateSucceeded", 7),
        ("ParallelStateExited", 7),
        ("ExecutionSucceeded", 9),
    ]


def test_iterations_one_at_a_time_alternate() -> None:
    state = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": {"StartAt": "B", "States": {"B": PASS}}, "End": True}
    events = history({"M": state}, [1, 2])
    assert order(events)[2:] == [
        ("MapStateStarted", 2),
        ("MapIterationStarted", 3),
        ("PassStateEntered", 4),
        ("PassStateExited", 5),
        ("MapIterationSucceeded", 6),
        ("MapIterationStarted", 6),
        ("PassStateEntered", 8),
        ("PassStateExited", 9),
        ("MapIterationSucceeded", 10),
        ("MapStateSucceeded", 11),
        ("MapStateExited", 11),
        ("ExecutionSucceeded", 13),
    ]
    assert events[2]["mapStateStartedEventDetails"] == {"length": 2}
    assert events[7]["mapIterationStartedEventDetails"] == {"name": "M", "index": 1}


def test_without_a_limit_all_iterations_start_first() -> None:
    state = {"Type": "Map", "ItemProcessor": {"StartAt": "B", "States": {"B": PASS}}, "End": True}
    kinds = [event["type"] for event in history({"M": state}, [1, 2, 3])]
    assert kinds[3:6] == ["MapIterationStarted"] * 3


FAILING = {
    "Type": "Map",
    "ItemProcessor": {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}},
    "Next": "End",
}
END = {"Type": "Succeed"}


def test_a_map_that_fails_points_at_what_failed_in_it_and_its_exit_at_its_failure() -> None:
    """As recorded from the service."""
    state = {**FAILING, "Catch": [{"ErrorEquals": ["E"], "Next": "End"}]}
    assert order(history({"M": state, "End": END}, [1]))[4:9] == [
        ("FailStateEntered", 4),
        ("MapIterationFailed", 5),
        ("MapStateFailed", 5),
        ("MapStateExited", 7),
        ("SucceedStateEntered", 8),
    ]


def test_a_map_that_is_tried_again_points_at_what_failed_in_it() -> None:
    state = {**FAILING, "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}]}
    assert order(history({"M": state, "End": END}, [1]))[4:] == [
        ("FailStateEntered", 4),
        ("MapIterationFailed", 5),
        ("MapStateStarted", 5),
        ("MapIterationStarted", 7),
        ("FailStateEntered", 8),
        ("MapIterationFailed", 9),
        ("MapStateFailed", 9),
        ("ExecutionFailed", 11),
    ]


def test_an_input_that_is_no_array_has_no_place_in_the_definition() -> None:
    events = run_one(
        {"StartAt": "M", "QueryLanguage": "JSONata", "States": {"M": FAILING, "End": END}}, {"x": 1}, history=True
    )["history"]
    assert [event["type"] for event in events[2:]] == ["EvaluationFailed", "MapStateFailed", "ExecutionFailed"]
    assert events[2]["evaluationFailedEventDetails"].keys() == {"state", "error", "cause"}


def test_a_failing_iteration_cuts_the_others_off() -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
    processor = {
        "StartAt": "C",
        "States": {
            "C": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "F"}], "Default": "T"},
            "F": {"Type": "Fail", "Error": "E"},
            "T": {**task, "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"},
        },
    }
    state = {"Type": "Map", "ItemProcessor": processor, "End": True}
    kinds = [event["type"] for event in history({"M": state}, [0, 1, 2])]
    assert kinds[-7:] == [
        "FailStateEntered",
        "MapIterationFailed",
        "TaskStateAborted",
        "MapIterationAborted",
        "MapIterationAborted",
        "MapStateFailed",
        "ExecutionFailed",
    ]


def test_a_task_shows_what_it_sends_and_what_it_gets() -> None:
    resource = "arn:aws:states:::dynamodb:putItem"
    state = {"Type": "Task", "Resource": resource, "TimeoutSeconds": 9, "Parameters": {"a.$": "$.x"}, "End": True}
    mocks = {"T": {"0": {"Throw": {"Error": "DynamoDB.ConditionalCheckFailedException", "Cause": "c"}}}}
    events = history({"T": state}, {"x": 1}, mocks=mocks)
    assert [event["type"] for event in events[2:]] == ["TaskScheduled", "TaskStarted", "TaskFailed", "ExecutionFailed"]
    assert events[2]["taskScheduledEventDetails"] == {
        "resourceType": "dynamodb",
        "resource": "putItem",
        "region": "us-east-1",
        "parameters": '{"a":1}',
        "timeoutInSeconds": 9,
    }
    assert events[4]["taskFailedEventDetails"]["error"] == "DynamoDB.ConditionalCheckFailedException"


def test_a_bad_path_leaves_no_exit_of_its_state() -> None:
    assert [event["type"] for event in history({"A": {**PASS, "InputPath": "$.no"}}, {})] == [
        "ExecutionStarted",
        "PassStateEntered",
        "ExecutionFailed",
    ]


def test_a_task_that_is_sent_null_is_scheduled_with_null() -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "InputPath": "$.n", "End": True}
    scheduled = next(event for event in history({"T": task}, {"n": None}) if event["type"] == "TaskScheduled")
    assert scheduled["taskScheduledEventDetails"]["parameters"] == "null"


@pytest.mark.parametrize(
    ("resource", "fields", "seconds"),
    [
        ("arn:aws:states:us-east-1:123456789012:activity:a", {"TimeoutSeconds": 1}, 5),
        ("arn:aws:states:::lambda:invoke", {"Output": "{% $none %}"}, 0),
    ],
    ids=["an activity's time-out", "an expression"],
)
def test_what_was_caught_is_seen_to_be_caught(resource: str, fields: dict[str, Any], seconds: int) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "End"}]
    state = {"Type": "Task", "Resource": resource, "Catch": catch, "Next": "End", **fields}
    definition = {"QueryLanguage": "JSONata", "StartAt": "T", "States": {"T": state, "End": {"Type": "Succeed"}}}
    built = machine(definition, task_seconds={"T": seconds})
    built.start("e", {})
    built.kernel.run_until(10_000)
    assert built.view()["states"]["T"]["status"] == "caught"

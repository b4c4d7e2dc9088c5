"""A task's call takes the time of its link, whatever it reaches."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.trial import Trial

PASS = {"definition": {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}}
CALLS = [
    pytest.param("f", {"Resource": "f"}, "work_started", id="function"),
    pytest.param(
        "f",
        {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f", "Payload": {}}},
        "work_started",
        id="invoke",
    ),
    pytest.param(
        "q",
        {"Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "q", "MessageBody": "a"}},
        "sent",
        id="queue",
    ),
    pytest.param(
        "t",
        {"Resource": "arn:aws:states:::sns:publish", "Parameters": {"TopicArn": "t", "Message": "a"}},
        "published",
        id="topic",
    ),
    pytest.param(
        "n",
        {
            "Resource": "arn:aws:states:::states:startExecution",
            "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:n"},
        },
        "ExecutionStarted",
        id="machine",
    ),
]


def world(task: dict[str, Any], way_s: float = 2, **machine: Any) -> Trial:
    definition = {"StartAt": "Call", "States": {"Call": {"Type": "Task", "End": True, **task}}}
    nodes = {
        "m": ("state_machine", {"definition": definition, **machine}),
        "f": ("function", {"processing_seconds": 1}),
        "q": "queue",
        "t": "topic",
        "n": ("state_machine", PASS),
    }
    return Trial(nodes, [(f"m/{node}", {"latency_seconds": way_s}) for node in "fqtn"])


@pytest.mark.parametrize(("node", "task", "reaches"), CALLS)
def test_a_call_reaches_its_node_after_the_latency_of_the_link(node: str, task: dict[str, Any], reaches: str) -> None:
    trial = world(task).do(1, "StartExecution", "m").run(10)
    assert trial.seconds(reaches, node) == [3]
    assert trial.seconds("ExecutionSucceeded", "m") == [4 if node == "f" else 3]


def test_the_time_of_the_call_itself_follows_its_way() -> None:
    trial = world(CALLS[2].values[1], task_seconds={"Call": 3}).do(0, "StartExecution", "m").run(10)
    assert (trial.seconds("sent", "q"), trial.seconds("ExecutionSucceeded", "m")) == ([2], [5])


def test_a_call_that_is_still_on_its_way_when_its_task_times_out_reaches_nobody() -> None:
    trial = world({**CALLS[2].values[1], "TimeoutSeconds": 1}).do(0, "StartExecution", "m").run(10)
    assert trial.seconds("ExecutionFailed", "m") == [1]
    assert trial.of("sent") == []


def test_a_node_that_went_away_meanwhile_answers_as_one_that_was_never_there() -> None:
    trial = world(CALLS[2].values[1]).do(0, "StartExecution", "m").do(1, "RemoveNode", "q").run(10)
    assert (trial.of("sent"), trial.seconds("ExecutionSucceeded", "m")) == ([], [2])


def test_a_latency_that_is_set_holds_for_the_next_call() -> None:
    trial = world(CALLS[2].values[1]).do(1, "SetParameter", "m/q", latency_seconds=0.5)
    trial.do(2, "StartExecution", "m").run(10)
    assert trial.seconds("sent", "q") == [2.5]


def test_a_mocked_call_goes_nowhere_and_takes_no_way() -> None:
    trial = world(CALLS[2].values[1], mocks={"Call": {"0": {"Return": {}}}}).do(0, "StartExecution", "m").run(10)
    assert (trial.of("sent"), trial.seconds("ExecutionSucceeded", "m")) == ([], [0])

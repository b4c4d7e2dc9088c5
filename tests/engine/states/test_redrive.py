"""``RedriveExecution``: what did not succeed is run again, and nothing else."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from courseapp.engine.architecture import parse
from courseapp.engine.commands import Command, Refused
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.world import Simulation
from tests.engine.states.help import machine, records, task

DAY_MS = 86_400_000
TWICE: dict[str, Any] = {"0-1": {"Throw": {"Error": "Busy", "Cause": "try later"}}, "2": {"Return": {"done": True}}}


def broken(definition: Any, data: Any = None, at_ms: int = 60_000, **parameters: Any) -> StateMachine:
    """A machine whose one execution was run that far."""
    built = machine(definition, **parameters)
    built.start("e", {} if data is None else data)
    built.kernel.run_until(at_ms)
    return built


def redriven(built: StateMachine, until_ms: int = 120_000) -> list[tuple[str, str | None]]:
    """(type, state) of what comes after the redrive."""
    built.redrive("e")
    return went_on(built, until_ms)


def went_on(built: StateMachine, until_ms: int = 120_000) -> list[tuple[str, str | None]]:
    """The same, once it was redriven."""
    built.kernel.run_until(until_ms)
    found = [(kind, state) for _, kind, state, _ in records(built.kernel)]
    return found[found.index(("ExecutionRedriven", None)) :]


def test_a_task_is_tried_again_and_the_states_before_it_are_not() -> None:
    definition = {
        "StartAt": "First",
        "States": {
            "First": {"Type": "Pass", "Assign": {"x": 1}, "Result": {"a": 1}, "Next": "Call"},
            "Call": task("f", Next="Last", Retry=[{"ErrorEquals": ["Busy"], "MaxAttempts": 1}]),
            "Last": {"Type": "Pass", "Parameters": {"x.$": "$x", "n.$": "$$.Execution.RedriveCount"}, "End": True},
        },
    }
    built = broken(definition, mocks={"Call": TWICE})
    execution = built.executions[0]
    assert (execution.status, execution.error, execution.transitions) == ("FAILED", "Busy", 3)
    assert redriven(built) == [
        ("ExecutionRedriven", None),
        ("TaskScheduled", "Call"),
        ("TaskStarted", "Call"),
        ("TaskSucceeded", "Call"),
        ("TaskStateExited", "Call"),
        ("PassStateEntered", "Last"),
        ("PassStateExited", "Last"),
        ("ExecutionSucceeded", None),
    ]
    assert (execution.status, execution.error, execution.output) == ("SUCCEEDED", None, {"x": 1, "n": 1})
    assert execution.transitions == 5  # what is run again is billed again
    event = next(event for event in built.history("e") if event["type"] == "ExecutionRedriven")
    assert event["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert event["previousEventId"] == event["id"] - 1
    metrics = built.metrics()
    assert (metrics["ExecutionsFailed"], metrics["ExecutionsRedriven"]) == (1, 1)
    assert metrics["RedrivenExecutionsSucceeded"] == 1 and metrics["transitions"] == 5


def test_the_retriers_begin_to_count_anew() -> None:
    call = task("f", End=True, Retry=[{"ErrorEquals": ["Busy"], "MaxAttempts": 1}])
    mocks = {"Call": {"0-2": TWICE["0-1"], "3": {"Return": 1}}}
    built = broken({"StartAt": "Call", "States": {"Call": call}}, mocks=mocks)
    redriven(built)
    assert built.executions[0].status == "SUCCEEDED"


def test_only_the_branches_that_did_not_succeed_are_run_again() -> None:
    def branch(name: str) -> dict[str, Any]:
        return {
            "StartAt": name,
            "States": {name: task("f", Next=f"{name}2"), f"{name}2": {"Type": "Pass", "End": True}},
        }

    definition = {
        "StartAt": "Both",
        "States": {"Both": {"Type": "Parallel", "Branches": [branch("A"), branch("B"), branch("C")], "End": True}},
    }
    mocks = {
        "A": {"0": {"Return": "a"}},
        "B": {"0": TWICE["0-1"], "1": {"Return": "b"}},
        "C": {"0-1": {"Return": "c"}},
    }
    built = broken(definition, mocks=mocks, task_seconds={"A": 1, "B": 2, "C": 3})
    assert built.executions[0].status == "FAILED"
    again = redriven(built)
    entered = [state for kind, state in again if kind == "TaskScheduled"]
    assert entered == ["B", "C"]
    assert built.executions[0].output == ["a", "b", "c"]


def test_of_an_inline_map_only_the_items_that_did_not_succeed_are_run_again() -> None:
    steps = {"StartAt": "T", "States": {"T": task("f", End=True)}}
    definition = {
        "StartAt": "Each",
        "States": {"Each": {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": steps, "End": True}},
    }
    mocks = {"T": {"0-1": {"Return": "x"}, "2": TWICE["0-1"], "3-7": {"Return": "y"}}}
    built = broken(definition, [1, 2, 3, 4, 5], mocks=mocks, task_seconds={"T": 1})
    assert built.executions[0].status == "FAILED"
    again = redriven(built)
    begun = [fields["index"] for _, kind, _, fields in records(built.kernel) if kind == "MapIterationStarted"]
    assert begun == [0, 1, 2, 3, 2, 3, 4]
    assert again[1:3] == [("MapStateStarted", "Each"), ("MapIterationStarted", "Each")]
    assert built.executions[0].output == ["x", "x", "y", "y", "y"]


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_of_a_map_run_only_the_children_that_did_not_succeed_are_run_again(kind: str) -> None:
    steps = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
        "StartAt": "Before",
        "States": {
            "Before": {"Type": "Pass", "Next": "W"},
            "W": {"Type": "Wait", "SecondsPath": "$", "End": True},
        },
    }
    definition = {
        "StartAt": "Each",
        "States": {"Each": {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": steps, "End": True}},
    }
    built = broken(definition, [1, 10, 1], at_ms=5_000)
    built.stop("e")
    run = built.map_runs[0]
    first = run.children[0]
    before = built.metrics()
    built.redrive("e")
    assert built.metrics()["transitions"] >= before["transitions"]
    assert built.metrics()["cost_usd"] >= before["cost_usd"]
    again = went_on(built)
    assert ("MapRunRedriven", "Each") in again and ("MapRunSucceeded", "Each") in again
    assert built.executions[0].output == [1, 10, 1]
    assert run.children[0] is first and len(run.children) == 3
    assert [child.redrives for child in run.children] == [0, 1 if kind == "STANDARD" else 0, 0]
    assert run.counts() == {"total": 3, "pending": 0, "running": 0, "failed": 0, "succeeded": 3}
    assert built.map_runs == [run]


def test_a_map_run_that_found_no_items_looks_for_them_again() -> None:
    steps = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "T",
        "States": {"T": {"Type": "Pass", "End": True}},
    }
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"},
              "ReaderConfig": {"InputType": "JSON"}}  # fmt: skip
    states = {"Each": {"Type": "Map", "ItemReader": reader, "ItemProcessor": steps, "End": True}}
    built = broken({"StartAt": "Each", "States": states})
    assert built.executions[0].error == "States.ItemReaderFailed"
    built.written.put("b/k", [1, 2])
    redriven(built)
    assert built.executions[0].output == [1, 2]


def test_a_stopped_execution_goes_on_where_it_was_cut_off() -> None:
    definition = {
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": 100, "Next": "Then"}, "Then": {"Type": "Pass", "End": True}},
    }
    built = broken(definition, {"a": 1}, at_ms=40_000)
    built.stop("e")
    built.kernel.run_until(50_000)
    assert redriven(built, 149_999)[:2] == [("ExecutionRedriven", None), ("WaitStateEntered", "W")]
    assert built.executions[0].status == "RUNNING"
    built.kernel.run_until(150_000)
    assert (built.executions[0].status, built.executions[0].output) == ("SUCCEEDED", {"a": 1})


def test_what_was_cut_off_between_two_states_enters_the_next_one() -> None:
    branches = [
        {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "No"}}},
        {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}},
    ]
    built = broken(
        {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": branches, "End": True}}}, {"a": 1}
    )
    again = redriven(built)
    assert ("FailStateEntered", "A") in again and again[-1] == ("ExecutionFailed", None)
    assert built.executions[0].redrives == 1


def test_the_machines_own_time_out_begins_anew() -> None:
    definition = {"StartAt": "W", "TimeoutSeconds": 10, "States": {"W": {"Type": "Wait", "Seconds": 8, "Next": "X"},
                  "X": {"Type": "Wait", "Seconds": 8, "End": True}}}  # fmt: skip
    built = broken(definition, at_ms=10_000)
    assert built.executions[0].status == "TIMED_OUT"
    built.kernel.run_until(15_000)
    redriven(built, 23_000)
    assert (built.executions[0].status, built.executions[0].ended_ms) == ("SUCCEEDED", 23_000)


def test_what_cannot_be_redriven_is_refused_in_the_services_words() -> None:
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": True}}}
    fails = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "No"}}}

    def refusal(built: StateMachine, *arguments: Any) -> tuple[str, str]:
        with pytest.raises(Refused) as refused:
            built.redrive(*arguments)
        return refused.value.code, refused.value.says

    running = broken(wait, at_ms=1_000)
    assert refusal(running, "e")[1].startswith("Execution is RUNNING and cannot be redriven")
    assert refusal(broken(wait), "e")[1].startswith("Execution is SUCCEEDED and cannot be redriven")
    assert refusal(broken(fails, type="EXPRESS"))[0] == "ExecutionNotRedrivable"
    assert refusal(running, "nobody")[0] == "ExecutionDoesNotExist"
    assert refusal(running, "e", "")[0] == "ValidationException"
    built = broken(fails, at_ms=14 * DAY_MS)
    built.redrive("e")
    built.kernel.run_until(28 * DAY_MS + 1)
    assert refusal(built, "e") == (
        "ExecutionNotRedrivable", f"Execution redrivable period exceeded: '{built.executions[0].arn}'"
    )  # fmt: skip


def test_a_full_history_has_no_room_for_a_redrive() -> None:
    loop = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Choice", "Choices": [
        {"Variable": "$.x", "IsPresent": True, "Next": "C"}], "Default": "A"}, "C": {"Type": "Succeed"}}}  # fmt: skip
    built = broken(loop)
    with pytest.raises(Refused, match="history event limit exceeded"):
        built.redrive("e")


def test_the_same_client_token_redrives_once() -> None:
    built = broken({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "No"}}})
    first = built.redrive("e", "token")
    built.kernel.run_until(61_000)
    assert built.redrive("e", "token") == first and built.executions[0].redrives == 1
    built.kernel.run_until(60_000 + 15 * 60_000)
    assert built.redrive("e", "token") != first and built.executions[0].redrives == 2


def test_a_redriven_execution_is_plain_data() -> None:
    steps = {"StartAt": "T", "States": {"T": task("f", End=True)}}
    states = {"Each": {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": steps, "End": True}}
    mocks = {"T": {"0-1": {"Return": "x"}, "2": TWICE["0-1"], "3-7": {"Return": "y"}}}
    built = broken({"StartAt": "Each", "States": states}, [1, 2, 3, 4, 5], mocks=mocks, task_seconds={"T": 1})
    kernel = pickle.loads(pickle.dumps(built.kernel))
    copied = kernel.nodes["m"]
    assert redriven(copied) == redriven(built)
    assert copied.executions[0].output == built.executions[0].output is not None


def test_the_command_redrives_and_its_refusal_is_a_record() -> None:
    fails = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "No"}}}
    node = {"id": "m", "kind": "state_machine", "parameters": {"definition": fails}}
    simulation = Simulation(parse({"version": 1, "title": "One machine", "nodes": [node], "links": []}), 7)

    def command(at_ms: int, action: str, **parameters: Any) -> None:
        simulation.run_until(at_ms - 1)
        simulation.apply(Command(at_ms, action, "m", parameters))
        simulation.run_until(at_ms)

    command(1, "StartExecution", name="e")
    command(10, "RedriveExecution", message="e")
    command(20, "RedriveExecution", message="nobody")
    found = [record for record in simulation.drain() if record[1] in ("ExecutionRedriven", "refused")]
    assert [record[0] for record in found] == [10, 20]
    assert found[1][5] == ("refused", "RedriveExecution", "ExecutionDoesNotExist")
    assert simulation.metrics()["m"]["ExecutionsRedriven"] == 1


def test_an_iteration_whose_input_fails_takes_the_others_with_it() -> None:
    definition = {
        "StartAt": "Each",
        "QueryLanguage": "JSONata",
        "States": {
            "Each": {
                "Type": "Map",
                "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}],
                "ItemSelector": "{% $states.context.Map.Item.Value = 0 ? $error('no') : 1 %}",
                "ItemProcessor": {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 10, "End": True}}},
                "End": True,
            }
        },
    }
    built = broken(definition, [1, 0, 2])
    kinds = [kind for _, kind, _, _ in records(built.kernel)]
    assert kinds[-1] == "ExecutionFailed" and "WaitStateExited" not in kinds
    assert kinds.count("MapIterationAborted") == 2

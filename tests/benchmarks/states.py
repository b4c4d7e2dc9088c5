"""What the states language costs: microseconds of CPU for each state entered, with history (at most 8, aim for 3), and
milliseconds to check a definition (at most 10, aim for 4)."""

from __future__ import annotations

import json
import time
from importlib import import_module
from typing import Any

from courseapp.engine.architecture import Node
from courseapp.engine.kernel import Kernel
from courseapp.engine.states.batch import execute
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.states.validate import validate
from tests.benchmarks import Measured, benchmark, cpu_seconds

EXECUTIONS = 40


def peers() -> Any:
    """Loaded when they are needed: moto takes a second."""
    return import_module("tests.benchmarks.peers")


def pass_chain() -> dict[str, Any]:
    states: dict[str, Any] = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(49)}
    states["S49"] = {"Type": "Pass", "End": True}
    return {"StartAt": "S0", "States": states}


def choice_loop() -> dict[str, Any]:
    return {
        "StartAt": "Add",
        "States": {
            "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough?"},
            "Enough?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericLessThan": 200, "Next": "Add"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }


def parallel_map() -> dict[str, Any]:
    steps = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Pass", "End": True}}
    branches = [
        {
            "StartAt": f"P{n}",
            "States": {f"P{n}": {"Type": "Pass", "Next": f"Q{n}"}, f"Q{n}": {"Type": "Pass", "End": True}},
        }
        for n in range(3)
    ]
    return {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemProcessor": {"StartAt": "A", "States": steps},
                "Next": "Both",
            },
            "Both": {"Type": "Parallel", "Branches": branches, "End": True},
        },
    }


def per_state(definition: dict[str, Any], data: Any) -> Measured:
    """One machine, many executions one after another, each with its history; beside moto, whose definition is parsed
    before."""
    assert validate(definition) == []
    entries = sum(event["type"].endswith("StateEntered") for event in execute(definition, data).history_as_aws())
    best = float("inf")
    for _ in range(3):
        kernel = Kernel(7)
        machine = StateMachine(kernel, Node("machine", "state_machine", parameters={"definition": definition}), ())
        kernel.nodes[machine.id] = machine
        began = time.process_time()
        for number in range(EXECUTIONS):
            machine.start(f"execution-{number}", data, None)
            while (next_ms := kernel.next_event_ms()) is not None:
                kernel.run_until(next_ms)
            kernel.run_until(kernel.now_ms + 1_000)
            kernel.journal.drain()
        best = min(best, time.process_time() - began)
    theirs = peers().moto_seconds_a_state(definition, data)
    return Measured(best / EXECUTIONS / entries * 1e6, "µs a state", "moto's interpreter", theirs * 1e6)


@benchmark("states/pass-chain")
def bench_pass_chain() -> Measured:
    return per_state(pass_chain(), {})


@benchmark("states/choice-loop")
def bench_choice_loop() -> Measured:
    return per_state(choice_loop(), {"n": 0})


@benchmark("states/parallel-map")
def bench_parallel_map() -> Measured:
    return per_state(parallel_map(), {"items": list(range(100))})


@benchmark("states/validate")
def bench_validate() -> Measured:
    """Milliseconds to parse and check a definition of 60 states."""
    definition = pass_chain()
    for n in range(10):
        definition["States"][f"S{n}"] = {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload.$": "$"},
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S49"}],
            "Next": f"S{n + 1}",
        }
    for n in range(10):
        definition["States"][f"W{n}"] = {"Type": "Wait", "Seconds": n, "Next": "S49"}
    definition["States"]["S10"] = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericEquals": n, "Next": f"W{n}"} for n in range(10)],
        "Default": "S11",
    }
    text = json.dumps(definition)
    assert validate(text) == [] == peers().statelint_problems(definition)
    ours = cpu_seconds(lambda: [validate(text) for _ in range(50)], 3)
    theirs = cpu_seconds(lambda: [peers().statelint_problems(json.loads(text)) for _ in range(50)], 3)
    return Measured(ours / 50 * 1000, "ms", "statelint", theirs / 50 * 1000)

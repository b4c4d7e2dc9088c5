"""Running one execution for its result: from the command line, in tests, in benchmarks. A week's Wait takes no time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from courseapp.engine.architecture import Node
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import CannotGoOn, Kernel
from courseapp.engine.states.execution import Execution
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.states.mocks import read_mocks
from courseapp.engine.states.problems import Problem
from courseapp.engine.states.timestamps import milliseconds
from courseapp.engine.states.validate import read_definition, validate

Result = dict[str, Any]

STARTS_AT = "2026-01-05T09:00:00Z"  # the wall time of virtual 0, as in a document that does not say


def run_one(
    definition: Any,
    data: Any,
    mocks: Any = None,
    state_machine: str | None = None,
    test_case: str | None = None,
    history: bool = False,
    kind: str = "STANDARD",
    data_sets: Any = None,
) -> Result:
    """``{"status", "output", "error", "cause"}`` of one execution; for a definition with problems
    ``{"status": "INVALID", "errors": [{"path", "code", "message"}]}``. ``history`` adds AWS's events.

    Mocks that cannot be read and an input that is refused are reported as INVALID too, without a path.
    """
    problems = validate(definition, kind)
    if problems:
        return invalid(problems)
    value, _ = read_definition(definition)
    try:
        chosen = read_mocks(mocks, state_machine, test_case)
        execution = execute(value, data, chosen, kind, data_sets=data_sets)
    except CannotGoOn as stopped:
        return {"status": "STOPPED", "output": None, "error": None, "cause": str(stopped)}
    except Refused as refusal:
        return invalid([Problem("", refusal.code, refusal.says)])
    result: Result = {
        "status": execution.status,
        "output": execution.output,
        "error": execution.error,
        "cause": execution.cause,
    }
    if history:
        result["history"] = execution.history_as_aws()
    return result


def execute(
    definition: Any, data: Any, mocks: Any = None, kind: str = "STANDARD", seed: int = 7, data_sets: Any = None
) -> Execution:
    """The ended execution of a definition that has been checked, on a kernel of its own. Raises Refused as ``start``
    does."""
    kernel = Kernel(seed, journal=False, starts_ms=milliseconds(STARTS_AT) or 0)
    parameters = {"definition": definition, "type": kind, "data_sets": data_sets or {}}
    machine = StateMachine(kernel, Node("state-machine", "state_machine", parameters=parameters), ())
    kernel.nodes[machine.id] = machine
    if mocks is not None:
        machine.mocks = mocks
    execution, _ = machine.open("execution", data)
    while execution.ended_ms is None:
        next_ms = kernel.next_event_ms()
        if next_ms is None:
            raise RuntimeError("the execution waits for nothing")
        kernel.run_until(next_ms)
    return execution


def invalid(problems: Iterable[Problem]) -> Result:
    return {"status": "INVALID", "errors": [problem.as_json() for problem in problems]}


def run_batch(cases: Iterable[dict[str, Any]]) -> Iterator[Result]:
    """The results of cases ``{"id", "definition", "input"}`` (also ``"mocks"``, ``"type"``, ``"data_sets"``), in
    order, each with its id."""
    for case in cases:
        result = run_one(
            case.get("definition"),
            case.get("input", {}),
            case.get("mocks"),
            kind=case.get("type", "STANDARD"),
            data_sets=case.get("data_sets"),
        )
        yield {"id": case.get("id"), **result}

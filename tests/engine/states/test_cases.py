"""The states language, case by case: ``cases/*.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from courseapp.engine.states.execution import Execution
from courseapp.engine.states.validate import validate
from courseapp.engine.states.warnings import warnings
from tests.engine.states.help import INVOKE, machine

CASES = Path(__file__).parent / "cases"
NAMES = ("running", "tasks", "invalid", "warnings")


def text_of(name: str) -> str:
    return (CASES / f"{name}.json").read_text()


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["says"]) for case in json.loads(text_of(name))]


def definition_of(case: dict[str, Any]) -> Any:
    if "definition" in case:
        return case["definition"]
    return {"StartAt": next(iter(case["states"])), "States": case["states"]}


def run(definition: Any, data: Any, **parameters: Any) -> Execution:
    built = machine(definition, **parameters)
    execution, _ = built.open(None, data)
    while execution.ended_ms is None:
        at_ms = built.kernel.next_event_ms()
        assert at_ms is not None, "the execution waits for nothing"
        built.kernel.run_until(at_ms)
    return execution


def check(case: dict[str, Any], execution: Execution) -> None:
    status = case.get("status", "FAILED" if "error" in case else "SUCCEEDED")
    assert (execution.status, execution.error) == (status, case.get("error")), execution.cause
    if "output" in case:
        assert execution.output == case["output"]
    if "cause" in case:
        assert execution.cause == case["cause"]
    if "ends_s" in case:
        assert execution.ended_ms == case["ends_s"] * 1000
    if "transitions" in case:
        assert execution.transitions == case["transitions"]
    if "kinds" in case:
        assert [kind for _, kind, _ in execution.history if not kind.startswith(("Execution", "Succeed"))] == case[
            "kinds"
        ]


@pytest.mark.parametrize("case", cases("running"))
def test_a_definition_runs_as_the_service_runs_it(case: dict[str, Any]) -> None:
    data = case["input"]
    if "repeat" in case:
        data = {name: text * case["repeat"] for name, text in data.items()}
    assert validate(definition_of(case)) == []
    check(case, run(definition_of(case), data))


@pytest.mark.parametrize("case", cases("tasks"))
def test_a_task_works_as_the_service_works_it(case: dict[str, Any]) -> None:
    state = {"Type": "Task", "Resource": INVOKE, "Next": "End", **case["state"]}
    mock = case.get("mock")
    if "repeat" in case:
        mock = {"0": {"Return": mock["0"]["Return"] * case["repeat"]}}
    parameters = {"mocks": {"T": mock} if mock else {}, "task_seconds": {"T": case.get("seconds", 0)}}
    definition = {"StartAt": "T", "States": {"T": state, "End": {"Type": "Succeed"}}}
    check(case, run(definition, case["input"], **parameters))


@pytest.mark.parametrize("case", cases("invalid"))
def test_all_problems_of_a_definition_are_found_each_with_its_place(case: dict[str, Any]) -> None:
    problems = validate(definition_of(case), case.get("kind", "STANDARD"))
    assert [problem[:2] for problem in problems] == [(path, code) for path, code, _ in case["problems"]], problems
    for problem, (_, _, words) in zip(problems, case["problems"], strict=True):
        assert words in problem.message


@pytest.mark.parametrize("case", cases("warnings"))
def test_what_is_probably_not_meant_is_a_warning(case: dict[str, Any]) -> None:
    found = warnings(definition_of(case))
    assert [warning[:2] for warning in found] == [(path, code) for path, code, _ in case["warnings"]], found
    for warning, (_, _, words) in zip(found, case["warnings"], strict=True):
        assert words in warning.message


def test_every_statement_about_the_language_has_a_case() -> None:
    """``facts.json``: section by section, each statement and the cases for it; ``name: *`` is a table of its own."""
    known = {case["says"] for name in NAMES for case in json.loads(text_of(name))}
    known |= {f"{name}: *" for name in ("fields", "choices", "intrinsics") if json.loads(text_of(name))}
    for section, statements in json.loads(text_of("facts")).items():
        for statement, named in statements.items():
            assert named and known.issuperset(named), (section, statement)

"""What must always hold: a pickled machine goes on identically; a definition that was accepted never makes it raise."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from courseapp.engine.kernel import as_json
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.states.validate import validate
from tests.engine.states.help import INVOKE, machine
from tests.engine.states.test_cases import cases, definition_of

NAMES = ["A", "B", "C", "D"]
PATHS = ["$"] * 20
PATHS += [
    "$.x",
    "$.a",
    "$.l[0]",
    "$$.Execution.Name",
    "$..x",
    "$.l[*]",
    "$v",
    "$.l[?(@.x > 1)]",
    "$$",
    None,
]
CALLS = [
    "States.Array($, 1)",
    "States.Format('{}', $)",
    "States.UUID()",
    "$",
    "$$.State",
    "States.MathAdd($.x, 1)",
    "$.x",
]
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers(-3, 3) | some.floats(-2, 2) | some.text(max_size=3),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(["x", "a", "l", "b"]), inner),
    max_leaves=6,
)
INPUTS = VALUES | some.fixed_dictionaries({"x": some.integers(0, 3), "l": some.lists(VALUES, max_size=3), "a": VALUES})
ERRORS = some.sampled_from(["States.ALL", "States.Timeout", "E", "States.TaskFailed", "States.Runtime"])


@some.composite
def states(draw: Any, depth: int = 2, prefix: str = "") -> dict[str, Any]:
    """A States object with its StartAt, mostly but not always a good one."""
    names = [prefix + name for name in NAMES[: draw(some.integers(1, 4))]]
    made = {name: draw(state(depth, prefix + name, names, position)) for position, name in enumerate(names)}
    return {"StartAt": names[0], "States": made}


@some.composite
def state(draw: Any, depth: int, name: str, names: list[str], position: int) -> dict[str, Any]:
    to = names[position + 1] if position + 1 < len(names) else None
    kinds = ["Pass", "Task", "Task", "Wait"] + (["Parallel", "Map", "Parallel"] if depth else [])
    kinds += ["Fail", "Succeed"] if to is None else ["Choice"]
    kind = draw(some.sampled_from(kinds))
    made: dict[str, Any] = {"Type": kind}
    if kind in ("Pass", "Task", "Wait", "Parallel", "Map"):
        made |= {"End": True} if to is None else {"Next": to}
        made |= draw(some.fixed_dictionaries({}, optional={"InputPath": some.sampled_from(PATHS)}))
    if kind in ("Pass", "Task", "Parallel", "Map"):
        made |= draw(
            some.fixed_dictionaries(
                {},
                optional={
                    "Parameters": some.fixed_dictionaries({"p.$": some.sampled_from(CALLS)}),
                    "ResultPath": some.sampled_from(["$", "$", "$.r", "$.r.s", "$.l[0]", None, None]),
                    "OutputPath": some.sampled_from(PATHS),
                    "Assign": some.fixed_dictionaries({f"v{name[:-1]}.$": some.sampled_from(CALLS)}),
                },
            )
        )
    if kind in ("Task", "Parallel", "Map"):
        retrier = {"ErrorEquals": some.lists(ERRORS, min_size=1, max_size=1), "MaxAttempts": some.integers(0, 2)}
        made["Retry"] = [draw(some.fixed_dictionaries(retrier))]
        made["Catch"] = [{"ErrorEquals": [draw(ERRORS)], "Next": draw(some.sampled_from(names)), "ResultPath": "$.e"}]
    made |= draw(own_fields(kind, depth, name, names, position))
    return made


def own_fields(kind: str, depth: int, name: str, names: list[str], position: int) -> Any:
    if kind == "Pass":
        return some.fixed_dictionaries({}, optional={"Result": VALUES})
    if kind == "Task":
        resources = [
            INVOKE,
            "arn:aws:states:::glue:startJobRun.sync",
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        ]
        optional = {"TimeoutSeconds": some.integers(2, 3), "HeartbeatSeconds": some.just(1)}
        return some.fixed_dictionaries({"Resource": some.sampled_from(resources)}, optional=optional)
    if kind == "Wait":
        return some.sampled_from(
            [{"Seconds": 2}, {"Seconds": 0}, {"Timestamp": "2026-01-05T09:00:03Z"}, {"SecondsPath": "$.x"}]
        )
    if kind == "Choice":
        operator = some.sampled_from(
            [("NumericLessThan", 1), ("IsNull", True), ("StringEqualsPath", "$.a"), ("IsPresent", True)]
        )
        rule = some.builds(
            lambda path, test, to: {"Variable": path, test[0]: test[1], "Next": to},
            some.sampled_from(["$.x", "$", "$", "$"]),
            operator,
            some.sampled_from(names),
        )
        choices = some.lists(rule, min_size=1, max_size=2)
        return some.fixed_dictionaries({"Choices": choices, "Default": some.just(names[position + 1])})
    if kind == "Parallel":
        inner = [states(depth - 1, f"{name}{number}") for number in range(2)]
        return some.fixed_dictionaries({"Branches": some.tuples(*inner).map(list)})
    if kind == "Map":
        fields = {"ItemProcessor": states(depth - 1, f"{name}i"), "ItemsPath": some.sampled_from(["$", "$.l", "$.l"])}
        return some.fixed_dictionaries(fields, optional={"MaxConcurrency": some.integers(0, 2)})
    return some.just({})


def accepted(definition: Any) -> bool:
    return validate(definition) == []


RESULT = {"Return": {"x": 1, "l": [1, {"x": 2}], "a": 1}}
MOCKS = {
    "A": {"0": {"Throw": {"Error": "E"}}, "1-99999": RESULT},
    **{name: {"0-99999": RESULT} for name in ("B", "A0A", "A1A", "AiA", "BiB")},
}
SECONDS = {"A": 1, "B": {"call": 1, "job": 3}, "C": {"uniform": [0, 2]}, "D": {"call": 0, "job": 2, "job_fails": "bad"}}


def built_for(definition: Any) -> StateMachine:
    return machine(definition, mocks=MOCKS, task_seconds=SECONDS)


def journal_of(built: StateMachine) -> str:
    return json.dumps([as_json(number, record) for number, record in enumerate(built.kernel.journal.records)])


@settings(max_examples=150, deadline=None)
@given(definition=states(), data=INPUTS)
def test_an_accepted_definition_never_raises_and_always_ends(definition: Any, data: Any) -> None:
    if not accepted(definition):
        return
    built = built_for(definition)
    execution, _ = built.open("one", data)
    execution.most_events = 1_000  # an endless loop costs less time than at AWS's 25,000
    while execution.ended_ms is None:
        at_ms = built.kernel.next_event_ms()
        assert at_ms is not None, "the execution waits for nothing"
        built.kernel.run_until(at_ms, most=1)
    assert execution.status in ("SUCCEEDED", "FAILED", "TIMED_OUT")
    assert len(execution.history) == execution.events <= 1_000
    assert not built.attempts
    assert [detail["event"] for detail in map(_fields, execution.history)] == list(range(1, execution.events + 1))
    assert built.view()["status"] in ("ok", "fail")
    execution.history_as_aws()


def _fields(event: Any) -> dict[str, Any]:
    from courseapp.engine.states.history import fields_of

    return fields_of(event[1], event[2])


@settings(max_examples=60, deadline=None)
@given(definition=states(), data=INPUTS, cuts=some.sets(some.integers(0, 60), min_size=1, max_size=3))
def test_a_pickled_machine_goes_on_identically(definition: Any, data: Any, cuts: set[int]) -> None:
    if not accepted(definition):
        return
    straight, cut = built_for(definition), built_for(definition)
    for one in (straight, cut):
        one.start("one", data)
        one.start("two", data)
        for execution in one.executions:
            execution.most_events = 1_000
    straight.kernel.run_until(400_000_000_000)
    for number in range(1 + max(cuts)):
        at_ms = cut.kernel.next_event_ms()
        if at_ms is None:
            break
        if number in cuts:
            cut.view()
            cut = pickle.loads(pickle.dumps(cut))
        cut.kernel.run_until(at_ms, most=1)
    cut.kernel.run_until(400_000_000_000)
    assert journal_of(cut) == journal_of(straight)
    assert cut.metrics() == straight.metrics()


GOOD = [definition_of(case.values[0]) for case in cases("running")]
SPOILERS = some.sampled_from(
    [None, True, 0, -1, 1.5, "", "$", "$.x[", "{% 1 %}", [], {}, [None], {"Type": 1}, "A" * 90, 10**30]
)


@settings(max_examples=400, deadline=None)
@given(
    definition=some.sampled_from(GOOD), where=some.lists(some.integers(0, 50), min_size=1, max_size=8), spoiler=SPOILERS
)
def test_a_spoilt_definition_is_refused_or_runs(definition: Any, where: list[int], spoiler: Any) -> None:
    spoilt = copy.deepcopy(definition)
    place = spoilt
    for step in where:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = keys[step % len(keys)]
        if isinstance(place[key], (dict, list)) and step is not where[-1]:
            place = place[key]
        else:
            place[key] = spoiler
            break
    problems = validate(spoilt)
    assert all(problem.path and problem.message for problem in problems)
    if not problems:
        built = machine(spoilt)
        built.start("one", {"x": 1})
        built.kernel.run_until(400_000_000_000)
        assert built.find().ended_ms is not None


TEXTS = some.text(some.sampled_from("$.@[]()*?:,'\"\\ab0-1<=>!&|{} States.Format"), max_size=25)


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, data=VALUES)
def test_any_text_as_a_path_is_refused_or_found_or_not_found(text: str, data: Any) -> None:
    definition = {
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Parameters": {"p.$": f"${text}", "q.$": text}, "End": True}},
    }
    if accepted(definition):
        built = machine(definition)
        built.start("one", data)
        built.kernel.run_until(0)
        assert built.find().status in ("SUCCEEDED", "FAILED")


def test_a_nest_of_brackets_is_refused_not_followed() -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"a": deep}
    assert [problem.code for problem in validate({"StartAt": "A", "States": deep})] == ["TOO_DEEPLY_NESTED"]
    assert [problem.code for problem in validate("[" * 100_000)] == ["INVALID_JSON_DESCRIPTION"]
    path = "$[?(" + "(" * 5000 + "@.x" + ")" * 5000 + ")]"
    assert validate({"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": path, "End": True}}})


def test_data_that_nests_deeper_with_every_round_ends_in_an_error() -> None:
    again = {"Type": "Pass", "Parameters": {"x.$": "$"}, "Next": "B"}
    back = {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "C"}], "Default": "A"}
    definition = {"StartAt": "A", "States": {"A": again, "B": back, "C": {"Type": "Succeed"}}}
    built = machine(definition)
    built.start("one", {})
    built.kernel.run_until(0)
    assert built.find().error == "States.DataLimitExceeded"
    assert pickle.loads(pickle.dumps(built)).find().history == built.find().history

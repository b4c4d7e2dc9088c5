"""What must always hold: a pickled machine goes on identically; a definition that was accepted never makes it raise."""

from __future__ import annotations

import copy
import json
import pickle
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from courseapp.engine.kernel import as_json
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.states.validate import validate
from courseapp.engine.states.warnings import warnings
from tests.engine.states.help import INVOKE, machine
from tests.engine.states.test_cases import cases, definition_of
from tests.scale import often

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
INPUT_PATH = some.fixed_dictionaries({}, optional={"InputPath": some.sampled_from(PATHS)})
RETRIER = some.fixed_dictionaries(
    {"ErrorEquals": some.lists(ERRORS, min_size=1, max_size=1), "MaxAttempts": some.integers(0, 2)}
)


# A strategy is dear to make and keeps what it once was asked: each is made once.


@cache
@some.composite
def states(draw: Any, depth: int = 2, prefix: str = "") -> dict[str, Any]:
    """A States object with its StartAt, mostly but not always a good one."""
    names = tuple(prefix + name for name in NAMES[: draw(some.integers(1, 4))])
    made = {name: draw(state(depth, prefix + name, names, position)) for position, name in enumerate(names)}
    return {"StartAt": names[0], "States": made}


@cache
@some.composite
def state(draw: Any, depth: int, name: str, names: tuple[str, ...], position: int) -> dict[str, Any]:
    to = names[position + 1] if position + 1 < len(names) else None
    kinds = ["Pass", "Task", "Task", "Wait"] + (["Parallel", "Map", "Parallel"] if depth else [])
    kinds += ["Fail", "Succeed"] if to is None else ["Choice"]
    kind = draw(some.sampled_from(kinds))
    made: dict[str, Any] = {"Type": kind}
    if kind in ("Pass", "Task", "Wait", "Parallel", "Map"):
        made |= {"End": True} if to is None else {"Next": to}
        made |= draw(INPUT_PATH)
    if kind in ("Pass", "Task", "Parallel", "Map"):
        made |= draw(data_fields(name[:-1]))
    if kind in ("Task", "Parallel", "Map"):
        made["Retry"] = [draw(RETRIER)]
        made["Catch"] = [{"ErrorEquals": [draw(ERRORS)], "Next": draw(some.sampled_from(names)), "ResultPath": "$.e"}]
    made |= draw(own_fields(kind, depth, name, names, position))
    return made


@cache
def data_fields(prefix: str) -> Any:
    fields = {
        "Parameters": some.fixed_dictionaries({"p.$": some.sampled_from(CALLS)}),
        "ResultPath": some.sampled_from(["$", "$", "$.r", "$.r.s", "$.l[0]", None, None]),
        "OutputPath": some.sampled_from(PATHS),
        "Assign": some.fixed_dictionaries({f"v{prefix}.$": some.sampled_from(CALLS)}),
    }
    return some.fixed_dictionaries({}, optional=fields)


@cache
def own_fields(kind: str, depth: int, name: str, names: tuple[str, ...], position: int) -> Any:
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


@settings(max_examples=often(60, 10_000))
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


@settings(max_examples=often(30, 10_000))
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


@settings(max_examples=often(50, 10_000))
@given(
    definition=states(),
    data=INPUTS,
    stops=some.lists(some.integers(0, 25), min_size=1, max_size=4),
    cut=some.integers(0, 3),
)
def test_whatever_is_stopped_or_fails_can_be_redriven(definition: Any, data: Any, stops: list[int], cut: int) -> None:
    if not accepted(definition):
        return
    built = built_for(definition)
    built.start("one", data)
    for number, events in enumerate(stops):
        execution = built.find("one")
        execution.most_events = 1_000
        for _ in range(events):
            at_ms = built.kernel.next_event_ms()
            if execution.ended_ms is None and at_ms is not None:
                built.kernel.run_until(at_ms, most=1)
        built.kernel.run_until(built.kernel.now_ms)
        built.stop("one")
        assert not built.attempts and not built.running
        if execution.why_not_redrivable() is not None or execution.events > 900:
            break
        built.redrive("one")
        if number == cut:
            built = pickle.loads(pickle.dumps(built))
    execution = built.find("one")
    built.kernel.run_until(400_000_000_000)
    assert execution.ended_ms is not None and not built.attempts and not built.running
    numbers = [(detail["event"], detail["previous"]) for detail in map(_fields, execution.history)]
    assert [event for event, _ in numbers] == list(range(1, execution.events + 1))
    assert all(previous < event for event, previous in numbers)
    entered = sum(kind.endswith("StateEntered") for _, kind, _ in execution.history)
    assert execution.transitions >= entered
    assert built.metrics()["transitions"] == execution.transitions
    built.view()
    execution.history_as_aws()


GOOD = [definition_of(case.values[0]) for case in cases("running")]
SPOILERS = some.sampled_from(
    [None, True, 0, -1, 1.5, "", "$", "$.x[", "{% 1 %}", [], {}, [None], {"Type": 1}, "A" * 90, 10**30]
)


@settings(max_examples=often(400, 10_000))
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
    assert all(problem.path and problem.message for problem in (*problems, *warnings(spoilt)))
    if not problems:
        built = machine(spoilt)
        built.start("one", {"x": 1})
        built.kernel.run_until(400_000_000_000)
        assert built.find().ended_ms is not None


TEXTS = some.text(some.sampled_from("$.@[]()*?:,'\"\\ab0-1<=>!&|{} States.Format"), max_size=25)


@settings(max_examples=often(400, 10_000))
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


# JSONata

PIECES = some.sampled_from(
    [
        "$", "$states", "$states.input", ".x", ".l", "[0]", "[x>1]", "[", "]", "(", ")", "{", "}", ":", ";", ",", "..",
        "1", "0", "99999999", "-1", "1e400", '"a"', "'b'", "`x`", "/a+/", "/(a+)+/", "/[/", "+", "-", "*", "/", "%",
        "&", "=", "!=", "<", ">", " and ", " or ", " in ", "?", ":=", "~>", "^(", "@$i", "#$i", "**", "function($n){",
        "$f := ", "$f(", "$map(", "$reduce(", "$sum(", "$string(", "$partition(", "$range(", "$hash(", "$parse(",
        "$random(", "$uuid()", "$shuffle(", "$eval(", "$match(", "$replace(", "$pad(", "$now()", "$toMillis(", "null",
        "true", "|", "\u00e9", "/*", "*/", "$lookup(", "$each(", "$spread(", "$error(", "$formatNumber(", "??", "?:",
    ]
)  # fmt: skip
HOSTILE = [
    "($f := function($n){ $f($n + 1) }; $f(1))",
    "($f := function($n){ $f($n) & $f($n) }; $f(1))",
    "$reduce([1..90], function($a, $b){ $a & $a }, 'x')",
    "$reduce([1..90], function($a, $b){ $append($a, $a) }, [1, 2])",
    "[1..9999999].[1..9999999]",
    "$pad('', 9999999, 'x') & $pad('', 9999999, 'x')",
    "$match($pad('', 40000, 'a'), /a*a*a*b/)",
    "$map([1..99999], function($v){ [1..99999] })",
    "$string($map([1..300], function($i){ $states }))",
    "$replace($pad('', 9999, 'a'), /a/, function($m){ $m.match & $m.match })",
    "$map([1..2900], function($v){ $merge([$states.input, {'a': $v}]) })",
    "$map([1..2900], function($v){ $states.input.x & $pad('', 260000, 'x') })",
    "[" * 40 + "1" + "]" * 40,
    "-" * 5000 + "1",
    "(" * 5000 + "1" + ")" * 5000,
    "1" * 5000,
    "$range(1, 1e300, 1)",
    "$partition([1..9999], 1e-9)",
]
EXPRESSIONS = some.lists(PIECES, min_size=1, max_size=12).map("".join)
KINDS = ["Pass", "Choice", "Wait", "Map", "Fail", "Task"]


def query_state(kind: str, expression: str) -> dict[str, Any]:
    asked = "{% " + expression + " %}"
    if kind == "Choice":
        return {"Type": "Choice", "Choices": [{"Condition": asked, "Next": "Z"}], "Default": "Z"}
    if kind == "Wait":
        return {"Type": "Wait", "Seconds": asked, "Assign": {"v": asked}, "Next": "Z"}
    if kind == "Fail":
        return {"Type": "Fail", "Error": asked}
    if kind == "Map":
        processor = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Output": asked, "End": True}}}
        return {"Type": "Map", "Items": asked, "MaxConcurrency": 2, "ItemProcessor": processor, "Next": "Z"}
    if kind == "Task":
        return {
            "Type": "Task", "Resource": INVOKE, "Arguments": asked, "TimeoutSeconds": asked, "Output": [asked],
            "Next": "Z",
        }  # fmt: skip
    return {"Type": "Pass", "Output": {"a": asked}, "Assign": {"v": [asked]}, "Next": "Z"}


def refused_or_runs_the_same_twice(kind: str, expression: str, data: Any) -> None:
    states = {"A": query_state(kind, expression), "Z": {"Type": "Succeed"}}
    if kind == "Fail":
        del states["Z"]
    definition = {"StartAt": "A", "QueryLanguage": "JSONata", "States": states}
    problems = validate(definition)
    assert all(problem.path.startswith("/States/A") and problem.message for problem in problems)
    if problems:
        return
    built, again = machine(definition), machine(definition)
    for one in (built, again):
        one.start("one", data)
        one.kernel.run_until(400_000_000_000)
        assert one.find().status in ("SUCCEEDED", "FAILED", "TIMED_OUT")
    assert journal_of(built) == journal_of(again)
    pickle.loads(pickle.dumps(built)).find().history_as_aws()


@settings(max_examples=often(300, 10_000))
@given(kind=some.sampled_from(KINDS), expression=EXPRESSIONS, data=INPUTS)
def test_any_text_as_an_expression_is_refused_or_gives_a_value_or_an_error(
    kind: str, expression: str, data: Any
) -> None:
    refused_or_runs_the_same_twice(kind, expression, data)


@pytest.mark.parametrize("expression", HOSTILE, ids=lambda text: text[:40])
def test_a_hostile_expression_is_refused_or_ends_in_an_error(expression: str) -> None:
    refused_or_runs_the_same_twice(
        "Pass", expression, {"x": "a" * 100, **{f"k{number}": number for number in range(15_000)}}
    )


@settings(max_examples=often(200, 10_000))
@given(pattern=some.text(some.sampled_from("ab.*+?|()[]{}^$\\dw1,-: "), max_size=14))
def test_a_pattern_that_is_let_through_matches_or_ends_in_an_error(pattern: str) -> None:
    refused_or_runs_the_same_twice("Pass", f"$match($pad('', 300, 'ab') & '!', /{pattern}/) = 1", {})


# Distributed Map


@settings(max_examples=often(30, 2_000))
@given(
    processor=states(depth=1, prefix="d"),
    kind=some.sampled_from(["STANDARD", "EXPRESS"]),
    fields=some.fixed_dictionaries(
        {},
        optional={
            "MaxConcurrency": some.integers(0, 2),
            "ToleratedFailureCount": some.integers(0, 2),
            "ToleratedFailurePercentage": some.integers(0, 100),
            "ItemBatcher": some.fixed_dictionaries({"MaxItemsPerBatch": some.integers(1, 3)}),
            "ItemSelector": some.fixed_dictionaries({"p.$": some.sampled_from(CALLS)}),
            "ResultWriter": some.just({"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}}),
        },
    ),
    data=INPUTS | some.lists(VALUES, max_size=4),
    cut=some.integers(1, 40),
)
def test_a_distributed_map_always_ends_and_goes_on_when_pickled(
    processor: Any, kind: str, fields: Any, data: Any, cut: int
) -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    made = {"Type": "Map", "ItemProcessor": {"ProcessorConfig": config, **processor}, "Next": "Z", **fields}
    definition = {"StartAt": "M", "States": {"M": made, "Z": {"Type": "Succeed"}}}
    if not accepted(definition):
        return
    straight, pickled = built_for(definition), built_for(definition)
    straight.start("one", data)
    pickled.start("one", data)
    straight.kernel.run_until(400_000_000_000)
    for _ in range(cut):
        at_ms = pickled.kernel.next_event_ms()
        if at_ms is not None:
            pickled.kernel.run_until(at_ms, most=1)
    pickled = pickle.loads(pickle.dumps(pickled))
    pickled.kernel.run_until(400_000_000_000)
    assert straight.find().ended_ms is not None
    assert journal_of(straight) == journal_of(pickled)
    assert not straight.attempts
    straight.view()

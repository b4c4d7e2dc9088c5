"""Definitions and inputs that are made to break the interpreter, or to fill its memory: each ends as an error does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from courseapp.engine.states.batch import run_one
from courseapp.engine.states.jsonata import compile_query
from courseapp.engine.states.jsontext import fits, least_size
from tests.engine.states.help import INVOKE

LONG = "x" * 200_000
TIMES = 400
GET = "arn:aws:states:::s3:getObject"
PUT = "arn:aws:states:::s3:putObject"
TOO_LARGE, RUNTIME = "States.DataLimitExceeded", "States.Runtime"


def one(language: str = "JSONPath", **state: Any) -> dict[str, Any]:
    return {"QueryLanguage": language, "StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, **state}}}


def each(**fields: Any) -> dict[str, Any]:
    steps = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "T",
        "States": {"T": {"Type": "Pass", "End": True}},
    }
    return one("JSONata", Type="Map", ItemProcessor=steps, **fields)


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"Parameters": {f"k{n}.$": "$.a" for n in range(TIMES)}}, TOO_LARGE),
        ({"Parameters": {"k.$": f"States.Array({','.join(['$.a'] * TIMES)})"}}, RUNTIME),
        ({"Parameters": {f"k{n}.$": "States.Format('{}', $.a)" for n in range(TIMES)}}, RUNTIME),
        ({"Parameters": {f"k{n}.$": "States.ArrayLength(States.Array($.a))" for n in range(TIMES)}}, RUNTIME),
        ({"Assign": {f"k{n}.$": "$..*" for n in range(TIMES)}}, RUNTIME),
        ({"InputPath": f"$[{','.join(['a'.join(chr(39) * 2)] * TIMES)}]"}, RUNTIME),
        ({"OutputPath": "$['a','a']"}, TOO_LARGE),
        ({"InputPath": "$['a','a']", "ResultPath": None}, TOO_LARGE),
    ],
    ids=["fields", "array", "texts", "work", "wide paths", "names", "output", "input"],
)
def test_what_a_state_makes_of_a_large_text_very_many_times(state: dict[str, Any], error: str) -> None:
    assert run_one(one(**state), {"a": LONG})["error"] == error


def test_expressions_that_each_give_a_large_text() -> None:
    state = one("JSONata", Output={f"k{n}": "{% $states.input.a %}" for n in range(TIMES)})
    assert run_one(state, {"a": LONG})["error"] == RUNTIME


def test_a_state_may_still_make_a_little_of_a_large_input() -> None:
    parameters = {"n.$": "States.ArrayLength($.l)", "all.$": "States.ArrayLength($..*)", "last.$": "$.l[-1:]"}
    assert run_one(one(Parameters=parameters), {"l": [1] * 60_000})["output"] == {
        "n": 60_000,
        "all": 60_001,
        "last": [1],
    }


def test_the_selector_of_a_map_run_is_stopped_too() -> None:
    state = each(ItemSelector="{% $states.input %}")
    state["States"]["A"] |= {"QueryLanguage": "JSONata", "Items": "{% [1..2000].{'n': $} %}"}
    assert run_one(state, {"a": LONG})["error"] == RUNTIME


def test_a_value_that_holds_another_very_many_times_is_measured_at_once() -> None:
    value: Any = ["a"]
    for _ in range(25):
        value = [value, value]
    assert not fits(value)
    assert least_size(value, 1_000) <= 3_000
    assert least_size({"ab": ["c", 1, None]}) <= len('{"ab":["c",1,null]}')


@pytest.mark.parametrize("sign", ["||", "&&"])
def test_a_filter_of_very_many_conditions(sign: str) -> None:
    path = f"$[?({sign.join(['@.a'] * 5_000)})]"
    assert run_one(one(InputPath=path), [{"a": 1}, {"b": 1}])["output"] == [{"a": 1}]


def test_a_backoff_rate_beyond_any_float() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "BackoffRate": 10**400, "MaxAttempts": 2, "MaxDelaySeconds": 5}]
    state = one(Type="Task", Resource=INVOKE, Parameters={"FunctionName": "f"}, Retry=retry)
    thrown = {"A": {"0-1": {"Throw": {"Error": "E"}}, "2": {"Return": 1}}}
    assert run_one(state, {}, thrown)["output"] == 1


@pytest.mark.parametrize("field", ["ItemReader", "ResultWriter"])
def test_the_arguments_of_a_reader_or_a_writer_are_an_object(field: str) -> None:
    where = {"Resource": GET if field == "ItemReader" else PUT}
    refused = run_one(each(**{field: {**where, "Arguments": [5]}}), [1])
    assert [problem["path"] for problem in refused["errors"]] == [f"/States/A/{field}/Arguments"]
    text = run_one(each(**{field: {**where, "Arguments": "here"}}), [1])
    assert "object or an expression" in text["errors"][0]["message"]
    failed = run_one(each(**{field: {**where, "Arguments": "{% 5 %}"}}), [1])
    assert failed["error"] == "States.QueryEvaluationError" and "Expected 'object'" in failed["cause"]


def test_an_items_pointer_is_a_text() -> None:
    reader = {"Resource": GET, "Arguments": {"Bucket": "b", "Key": "k"}, "ReaderConfig": {"ItemsPointer": "{% 5 %}"}}
    failed = run_one(each(ItemReader=reader), {}, data_sets={"b/k": [1]})
    assert failed["error"] == "States.QueryEvaluationError" and "Expected 'string'" in failed["cause"]


def test_expressions_under_very_long_names_keep_short_places() -> None:
    inner: Any = ["{% $nowhere %}"] * 200
    for letter in "abcdefghijklmnopqrst":
        inner = {letter * 2_000: inner}
    failed = run_one(one("JSONata", Output=inner), {}, history=True)
    [event] = [event for event in failed["history"] if event["type"] == "EvaluationFailed"]
    assert len(json.dumps(event)) < 12_000


@pytest.mark.parametrize("kind", ["ATHENA_DATA", "S3_INVENTORY"])
def test_a_manifest_that_names_a_file_very_often(kind: str) -> None:
    rows = "\n".join(["x" * 99] * 1_000)
    files = [{"key": "rows"}] * 1_000
    inventory = {"destinationBucket": "b", "fileSchema": "Key", "files": files}
    manifest = "s3://b/rows\n" * 1_000 if kind == "ATHENA_DATA" else inventory
    reader = {"Resource": GET, "Arguments": {"Bucket": "b", "Key": "m"}}
    reader["ReaderConfig"] = {"InputType": "CSV", "ManifestType": kind}
    failed = run_one(each(ItemReader=reader), {}, data_sets={"b/m": manifest, "b/rows": rows})
    assert failed["error"] == "States.ItemReaderFailed" and "20,000,000" in failed["cause"]


def test_what_was_made_of_long_texts_is_not_kept() -> None:
    short, long = "{% 1 + 2 %}", "{% 1 + 2 " + " " * 5_000 + " %}"
    assert compile_query(short) is compile_query(short)
    assert compile_query(long) is not compile_query(long)


def test_a_cause_has_a_length_and_is_still_caught() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]
    state = {"Type": "Task", "Resource": INVOKE, "Arguments": {}, "Output": f"{{% $error('{LONG[:90_000]}') %}}"}
    states = {"A": {**state, "Catch": catch, "Next": "B"}, "B": {"Type": "Succeed"}}
    done = run_one({"QueryLanguage": "JSONata", "StartAt": "A", "States": states}, {})
    assert len(done["output"]["Cause"]) == 32_768


@pytest.mark.parametrize("function", ["sum", "avg", "min", "max"])
@pytest.mark.parametrize("numbers", [[10**400, 1], [1e308, 1e308]])
def test_numbers_that_together_are_beyond_any_float(function: str, numbers: list[float]) -> None:
    done = run_one(one(Parameters={"n.$": f"$.l.{function}()"}), {"l": numbers})
    assert done["error"] in (None, RUNTIME)
    assert run_one(one(InputPath=f"$.l[?(@ == $.l.{function}())]"), {"l": numbers})["status"] == "SUCCEEDED"


@pytest.mark.parametrize("text", ["1_0", " 5", "٣", "+1", ""])
def test_a_text_that_spells_no_number_as_json_does_is_none(text: str) -> None:
    steps = {"StartAt": "T", "States": {"T": {"Type": "Pass", "End": True}}}
    each = one(Type="Map", ItemProcessor=steps, ItemsPath="$.l", MaxConcurrencyPath="$.n")
    assert "not a valid integer" in run_one(each, {"l": [1], "n": text})["cause"]
    assert run_one(each, {"l": [1], "n": "2"})["output"] == [1]

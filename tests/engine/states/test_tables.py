"""Tables of the states language, row by row: which type takes which field, each comparison, each intrinsic function."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from courseapp.engine.states import schema
from courseapp.engine.states.batch import run_one
from courseapp.engine.states.validate import validate

CASES = Path(__file__).parent / "cases"
DATA = {
    "name": "Ana", "json": '{"a":[1,2]}', "object": {"a": 1, "b": ["x", "y"]}, "other": {"a": {"c": 3}},
    "list": [1, 2, 2, 3], "long": "A" * 10_001,
}  # fmt: skip


def table(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_text())


# Section 2: fields


def minimal(kind: str, query: bool) -> dict[str, Any]:
    inner = {"StartAt": "In", "States": {"In": {"Type": "Succeed"}}}
    own: dict[str, dict[str, Any]] = {
        "Task": {"Resource": "arn:aws:states:::lambda:invoke"},
        "Parallel": {"Branches": [inner]},
        "Map": {"ItemProcessor": inner},
        "Wait": {"Seconds": 1},
        "Choice": {"Choices": [{"Condition": True} if query else {"Variable": "$.x", "IsNull": True}]},
    }
    state = {"Type": kind, **own.get(kind, {})}
    if kind == "Choice":
        state["Choices"][0]["Next"] = "Last"
    elif kind not in ("Succeed", "Fail"):
        state["Next"] = "Last"
    return state


def problems_of(state: dict[str, Any], query: bool) -> list[str]:
    states: dict[str, Any] = {"A": state}
    if "Last" in json.dumps(state):
        states["Last"] = {"Type": "Succeed"}
    definition = {"StartAt": "A", "States": states, "QueryLanguage": "JSONata" if query else "JSONPath"}
    return [path for path, _, _ in validate(definition)]


FIELDS = [
    (language, field, row["value"], kind, mark)
    for language, rows in table("fields").items()
    for field, row in rows.items()
    for kind, mark in row["types"].items()
]


@pytest.mark.parametrize(("language", "field", "value", "kind", "mark"), FIELDS)
def test_each_type_takes_its_fields_and_no_others(language: str, field: str, value: Any, kind: str, mark: str) -> None:
    query = language == "JSONata"
    state = minimal(kind, query)
    if mark == "required":
        assert problems_of(state, query) == []
        del state[field]
        assert problems_of(state, query)[0].startswith("/States/A")
        return
    instead = {"End": "Next", "Next": "Next", "Iterator": "ItemProcessor"}.get(field)
    if field in ("Timestamp", "SecondsPath", "TimestampPath"):
        instead = "Seconds"
    if mark == "taken" and instead in state:
        del state[instead]
    state[field] = value
    assert problems_of(state, query) == ([] if mark == "taken" else [f"/States/A/{field}"])


TAKES = {False: schema.FIELDS, True: schema.QUERY_FIELDS}
FOREIGN = [
    (query, kind, field)
    for query in TAKES
    for kind, fields in TAKES[not query].items()
    for field in fields
    if field not in TAKES[query][kind]
]


@pytest.mark.parametrize(("query", "kind", "field"), FOREIGN)
def test_what_is_offered_for_a_field_of_the_other_language_is_a_field_of_that_type(
    query: bool, kind: str, field: str
) -> None:
    state = {**minimal(kind, query), field: 1}
    found = validate({"StartAt": "A", "States": {"A": state}, "QueryLanguage": "JSONata" if query else "JSONPath"})
    says = next(message for path, _, message in found if path == f"/States/A/{field}")
    offered = re.findall(r"'(\w+)'", says.partition("done by ")[2].partition(" Or set")[0])
    assert offered and [name for name in offered if name not in TAKES[query][kind]] == []


# Section 7: Choice

CHOICES = [
    (row["operator"], variable, operand, holds)
    for row in table("choices")
    for holds in (True, False)
    for variable, operand in row["holds" if holds else "fails"]
]
TWINLESS = ("StringMatches", "Is")


def chosen(operator: str, variable: Any, operand: Any, path: str | None = None) -> bool:
    compared = {f"{operator}Path": path} if path else {operator: operand}
    rule = {"Variable": "$.variable", **compared, "Next": "Yes"}
    states = {
        "C": {"Type": "Choice", "Choices": [rule], "Default": "No"},
        "Yes": {"Type": "Pass", "Result": True, "End": True},
        "No": {"Type": "Pass", "Result": False, "End": True},
    }
    result = run_one({"StartAt": "C", "States": states}, {"variable": variable, "operand": operand})
    assert result["status"] == "SUCCEEDED", result
    return bool(result["output"])


@pytest.mark.parametrize(("operator", "variable", "operand", "holds"), CHOICES)
def test_each_comparison_holds_for_what_it_should(operator: str, variable: Any, operand: Any, holds: bool) -> None:
    assert chosen(operator, variable, operand) is holds
    if not operator.startswith(TWINLESS):
        assert chosen(operator, variable, operand, "$.operand") is holds


@pytest.mark.parametrize("operator", [row["operator"] for row in table("choices")])
def test_only_comparisons_of_values_have_a_twin_that_takes_a_path(operator: str) -> None:
    rule = {"Variable": "$.x", f"{operator}Path": "$.y", "Next": "A"}
    states = {"C": {"Type": "Choice", "Choices": [rule], "Default": "A"}, "A": {"Type": "Succeed"}}
    found = validate({"StartAt": "C", "States": states})
    assert bool(found) is operator.startswith(TWINLESS)


# Section 9: intrinsic functions

CALLS = [
    (call, value, False) for row in table("intrinsics") for call, value in row["gives"]
] + [(call, None, True) for row in table("intrinsics") for call in row["fails"]]  # fmt: skip


@pytest.mark.parametrize(("call", "value", "fails"), CALLS)
def test_each_intrinsic_function_gives_what_it_should(call: str, value: Any, fails: bool) -> None:
    state = {"Type": "Pass", "Parameters": {"value.$": call}, "End": True}
    result = run_one({"StartAt": "A", "States": {"A": state}}, DATA)
    if fails:
        assert (result["status"], result["error"]) == ("FAILED", "States.IntrinsicFailure")
    else:
        assert result["status"] == "SUCCEEDED", result
        assert result["output"] == {"value": value}
        assert type(result["output"]["value"]) is type(value)


def test_every_digit_of_a_uuid_is_drawn_but_for_its_version_and_variant() -> None:
    for language, fields in (
        ("JSONPath", {"Parameters": {f"u{number}.$": "States.UUID()" for number in range(60)}}),
        ("JSONata", {"Output": {f"u{number}": "{% $uuid() %}" for number in range(60)}}),
    ):
        states = {"A": {"Type": "Pass", "End": True, **fields}}
        made = run_one({"StartAt": "A", "States": states, "QueryLanguage": language}, {})["output"].values()
        assert all(re.fullmatch(r"[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}", one) for one in made)
        digits = [len(set(place)) for place in zip(*made, strict=True)]
        assert [count for count in digits if count < 8] == [1, 1, 1, 1, 4, 1]  # hyphens, version, hyphen, variant

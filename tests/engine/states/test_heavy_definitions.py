"""Definitions that are large, or made to keep whoever checks them busy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from courseapp.engine.states.jsonwords import words_of
from courseapp.engine.states.problems import LONGEST_POINTER, MOST_PROBLEMS
from courseapp.engine.states.regexes import danger
from courseapp.engine.states.suggestions import LONGEST, closest_name
from courseapp.engine.states.validate import validate
from courseapp.engine.states.warnings import warnings

MANY = 2_000


def machine(**state: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, **state}}}


def under_long_names(value: Any) -> Any:
    for letter in "abcdefghijklmnopqrst":
        value = {letter * 1_000: value}
    return value


@pytest.mark.parametrize(
    "broken",
    [
        {"StartAt": "S0", "States": {f"S{n}": {"Type": "Pass", "Next": f"X{n}"} for n in range(MANY)}},
        {"StartAt": "S0", "States": {f"S{n}": {} for n in range(MANY)}},
        machine(**{f"Nxt{n}": 1 for n in range(MANY)}),
        machine(Parameters={f"k{n}.$": f"$v{n}" for n in range(MANY)}),
        json.dumps(machine())[:-1] + ',"Comment":"a"' * MANY + "".join(f',"X{n}":1' for n in range(MANY)) + "}",
    ],
    ids=["ways", "types", "fields", "variables", "text"],
)
def test_a_check_stops_at_more_problems_than_anybody_reads_and_says_so(broken: Any) -> None:
    problems = validate(broken)
    assert len(problems) == MOST_PROBLEMS + 1
    assert problems[0].path == "/" and "the check has stopped" in problems[0].message


def test_no_more_warnings_than_that_either() -> None:
    assert len(warnings(machine(Parameters={f"k{n}": "$.a" for n in range(MANY)}))) == MOST_PROBLEMS


def test_one_name_given_twice_is_found_among_very_many() -> None:
    names = ",".join(f'"k{n}":{n}' for n in range(MANY))
    text = json.dumps(machine(Result="here")).replace('"here"', f'{{{names},"k7":0}}')
    assert [problem.path for problem in validate(text)] == ["/States/A/Result/k7"]


def test_a_misspelt_field_is_looked_for_among_few() -> None:
    state = {**{f"Wrong{n}": 1 for n in range(MANY)}, "End": True}
    paths = [problem.path for problem in validate({"StartAt": "A", "States": {"A": state}})]
    assert "/States/A" in paths  # no Type


def test_the_place_of_what_lies_very_deep_is_that_of_what_is_around_it() -> None:
    for language, template in (("JSONPath", {"a.$": "b"}), ("JSONata", "{% + %}")):
        fields = {"Parameters" if language == "JSONPath" else "Output": under_long_names([template] * 10)}
        problems = validate({**machine(**fields), "QueryLanguage": language})
        assert len(problems) == 10
        assert all(len(problem.path) <= 2 * LONGEST_POINTER for problem in problems)


@pytest.mark.parametrize("unclosed", ['"' + '\\"' * MANY, "'" + "\\'" * MANY, '"\\', "`a" + "b" * MANY])
def test_a_text_without_its_end_is_one_word(unclosed: str) -> None:
    assert [word.start for word in words_of(unclosed)] == [0]


def test_a_comment_without_its_end_is_no_word() -> None:
    assert words_of("/* a" * MANY) == []
    assert [word.text for word in words_of("1 /* 2 */ + 3 /* 4")] == ["1", "+", "3"]


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+", "(a|ab)*", r"(\w|a)*", "([^b]|a)+", r"(\d|[0-4])*", "([a-c]|b)*", "(é|[é])+", "(中|中a)*", "(.|a)*"],
)
def test_a_pattern_that_can_be_read_in_many_ways_is_dangerous(pattern: str) -> None:
    assert danger(pattern)


@pytest.mark.parametrize(
    "pattern",
    [r"(\w+\.)+", "(a|b)*", r"(\w|-)*", "([^a]|a)+", r"(\d|[a-f])*", r"([\]a]|b)*", r"(\.|,)+", "(中|国)*", r"(\D|1)*"],
)
def test_one_that_can_be_read_in_one_way_is_not(pattern: str) -> None:
    assert danger(pattern) == ""


def test_a_pattern_is_looked_through_up_to_a_length() -> None:
    many = "|".join(f"{n:04}" for n in range(MANY))
    assert "letters" in danger(f"({many})")


def test_long_names_are_not_compared() -> None:
    assert closest_name("a" * LONGEST, ["a" * LONGEST + "b"]) is None
    assert closest_name("a" * LONGEST, ["b", "a" * (LONGEST - 1)]) == "a" * (LONGEST - 1)


@pytest.mark.parametrize(
    "text", ["States.Array(" + "1," * 5_000 + ")", "$" + ".a" * 5_000 + "[", "States.Nothing" * 800]
)
def test_what_is_said_of_a_long_text_has_its_beginning_and_its_end(text: str) -> None:
    [problem] = validate(machine(Parameters={"k.$": text}))
    assert len(problem.message) <= 1_010
    assert problem.message.startswith("The value for the field 'k.$'") and problem.message.endswith(".")

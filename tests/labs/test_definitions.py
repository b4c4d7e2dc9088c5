"""Definitions as they are typed: where problems stand in the text, and what the server answers about them."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from courseapp.engine.commands import Command
from courseapp.engine.world import Simulation
from courseapp.labs.content import content_of
from courseapp.labs.definitions import MOST_LETTERS, check
from courseapp.labs.events import since_start
from courseapp.labs.frames import Malformed
from courseapp.labs.frames import read as read_frame
from courseapp.labs.spans import escaped, spans
from courseapp.labs.views_workflow import examples
from courseapp.labs.words.money import dollars
from courseapp.labs.workflow import version_at, versions

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def at(value: Any, pointer: str = "") -> dict[str, Any]:
    """Every value inside, by its JSON pointer."""
    found = {pointer: value}
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        found |= at(one, f"{pointer}/{escaped(str(name))}")
    return found


@given(VALUES, st.sampled_from([None, 0, 3]))
def test_every_value_stands_where_its_span_says(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    found = spans(text)
    expected = at(value)
    assert found.keys() == expected.keys()
    for pointer, span in found.items():
        assert json.loads(text[span.start : span.end]) == expected[pointer]
        if span.key_start >= 0:
            assert pointer.endswith("/" + escaped(json.loads(text[span.key_start : span.key_end])))


@given(st.text(alphabet='{}[]",:1 \n\\aé😀'))
def test_nothing_that_is_typed_breaks_the_check(text: str) -> None:
    found = check(text, "STANDARD", ())
    for problem in found["problems"] + found["warnings"]:
        assert problem["line"] >= 1
        assert 0 <= problem["start"] <= problem["end"] <= len(text.encode("utf-16-le")) // 2


CASES = [
    ('{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"Bee"},"Be":{"Type":"Succeed"}}}', '"Bee"', '"Be"'),
    ('{"StartAt":"A","States":{"A":{"Type":"Pass","Coment":"","End":true}}}', '"Coment"', '"Comment"'),
    ('{"StartAt":"A","States":{"A":{"Type":"Suceed"}}}', '"Suceed"', '"Succeed"'),
]


@pytest.mark.parametrize(("text", "marked", "put"), CASES)
def test_a_problem_is_marked_at_its_word_and_brings_the_closest_name(text: str, marked: str, put: str) -> None:
    found = next(one for one in check(text, "STANDARD", ())["problems"] if one["suggestion"])
    assert (text[found["start"] : found["end"]], found["replace"]) == (marked, put)


def test_a_warning_is_marked_at_its_text_and_offers_no_name_for_the_whole_of_it() -> None:
    text = """{"StartAt":"A","States":{"A":{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% $states.imput %}",
        "Next":"B"},"B":{"Type":"Pass","Parameters":{"x":"$.y"},"End":true}}}"""
    found = check(text, "STANDARD", ())
    undefined, texts = found["warnings"]
    assert found["problems"] == []
    assert (text[undefined["start"] : undefined["end"]], undefined["suggestion"]) == ('"{% $states.imput %}"', "input")
    assert undefined["replace"] is None
    assert (text[texts["start"] : texts["end"]], texts["code"], texts["line"]) == ('"$.y"', "NO_DOLLAR", 2)


def test_letters_beyond_the_basic_plane_count_twice_as_in_a_browser() -> None:
    text = '{"Comment":"😀","StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"}}}'
    found = next(one for one in check(text, "STANDARD", ())["problems"] if "'B'" in one["says"])
    assert found["start"] == text.index('"B"') + 1


def test_places_under_very_long_names_are_those_of_what_is_around_them() -> None:
    text = '{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":%s,"Nxt":1,"End":true}}}'
    text %= '{"' + '":{"'.join(letter * 1_000 for letter in "abcdefgh") + '":[1,2,3]' + "}" * 8
    assert max(map(len, spans(text))) < 2_000
    problem = check(text, "STANDARD", ())["problems"][0]
    assert text[problem["start"] : problem["end"]] == '"Nxt"'


def test_a_definition_that_is_too_long_for_a_frame_is_not_read() -> None:
    whole = '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}'
    assert check(whole.ljust(MOST_LETTERS), "STANDARD", ())["problems"] == []
    (problem,) = check(whole.ljust(MOST_LETTERS + 1), "STANDARD", ())["problems"]
    assert (problem["code"], problem["start"], problem["end"]) == ("TOO_LONG", 0, 0)


def test_each_state_is_found_by_its_lines() -> None:
    text = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}, indent=1)
    assert check(text, "STANDARD", ())["states"] == {"A": [4, 7, text.index('"A": {')]}


def test_broken_json_is_told_with_line_and_column() -> None:
    found = check('{\n  "StartAt": "A",\n}', "STANDARD", ())["problems"]
    assert "line 3, column 1" in found[0]["says"] or "line 2" in found[0]["says"]


def test_a_number_with_too_many_digits_is_told_in_our_words_and_at_its_place() -> None:
    found = check('{\n  "StartAt": ' + "9" * 5_000 + "\n}", "STANDARD", ())["problems"]
    assert found[0]["says"] == "This is no JSON yet: line 2, column 14. A number has more than 4,300 digits."


def test_versions_count_the_definitions_saved_so_far() -> None:
    changes = [(5, {"definition": {}}), (9, {"task_seconds.A": 1}), (20, {"definition.StartAt": "A"})]
    log = [(ms, n, Command(ms, "SetParameter", "m", given)) for n, (ms, given) in enumerate(changes, 1)]
    log.insert(1, (7, 9, Command(7, "SetParameter", "another", {"definition": {}})))
    known = versions(log, "m", 30)
    assert [one["number"] for one in known] == [1, 2, 3]
    assert [version_at(known, ms)["number"] for ms in (0, 5, 19, 20)] == [1, 2, 2, 3]
    assert len(versions(log, "m", 10)) == 2


def test_money_and_time_as_they_are_read() -> None:
    assert [dollars(usd) for usd in (0, 0.000025, 0.0004, 0.0000617, 0.4, 4.75, 1249.9)] == [
        "$0",
        "$0.000025",
        "$0.0004",
        "$0.0000617",
        "$0.40",
        "$4.75",
        "$1,249.90",
    ]
    assert [since_start(ms) for ms in (8_100, 59_990, 125_000, 604_804_000)] == [
        "+8.1 s",
        "+59.9 s",
        "+2:05",
        "+7 d 0:00:04",
    ]


def test_the_server_answers_problems_and_stores_nothing() -> None:
    given = {"definition": CASES[0][0], "content": "sign-up-workflow", "node": "onboarding", "type": "STANDARD"}
    answer = Client().post("/definitions/check/", given)
    assert [one["suggestion"] for one in answer.json()["problems"] if one["suggestion"]] == ["Be"]
    assert Client().post("/definitions/check/", {**given, "node": "nobody"}).status_code == 400


def test_a_definition_of_the_course_comes_with_how_its_tasks_behave() -> None:
    found = Client().get("/definitions/sign-up-workflow/onboarding/").json()
    assert json.loads(found["text"])["StartAt"] == "ValidateSignUp"
    assert found["behaviour"]["task_seconds"]["CreateCrmRecord"] == 2
    assert Client().get("/definitions/sign-up-workflow/form/").status_code == 404


@pytest.mark.parametrize("example", examples(), ids=lambda one: one["title"])
def test_every_example_can_be_saved_where_another_one_was(example: dict[str, str]) -> None:
    found = Client().get(f"/definitions/{example['slug']}/{example['node']}/").json()
    given = {**found["behaviour"], "definition": json.loads(found["text"])}
    for slug, node in (("sign-up-workflow", "onboarding"), ("when-a-step-fails", "welcome")):
        content = content_of(slug)
        assert content is not None
        simulation = Simulation(content.architecture, 7)
        simulation.apply(Command(1, "SetParameter", node, given))
        simulation.run_until(1)
        assert [record[1] for record in simulation.drain() if record[1] == "refused"] == []


def test_an_execution_is_inspected_only_with_its_node() -> None:
    assert read_frame('{"type":"inspect","node":"m","execution":0,"since":3}').fields["since"] == 3
    with pytest.raises(Malformed):
        read_frame('{"type":"inspect","message":3,"execution":0}')

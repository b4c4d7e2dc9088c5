"""A broken document is answered with all its problems at once, each with its place and what is allowed."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courseapp.engine.architecture import (
    Architecture,
    InvalidArchitecture,
    new_problems,
    parse,
    validate,
)
from tests.engine.architecture.documents import BASE, BROKEN, changed
from tests.scale import often


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case["says"])
def test_a_broken_document_names_the_place_and_what_is_allowed(case):
    problems = validate(changed(case["set"]))
    assert {problem.path for problem in problems} == set(case["problems"])
    for path, text in case["problems"].items():
        assert any(text in problem.says for problem in problems if problem.path == path)


def test_a_fifo_topic_has_at_most_a_hundred_subscriptions():
    queues = [f"q{number}.fifo" for number in range(101)]
    topic = {"id": "t.fifo", "kind": "topic"}
    document = {
        "version": 1,
        "nodes": [topic, *({"id": queue, "kind": "queue"} for queue in queues)],
        "links": [{"from": "t.fifo", "to": queue} for queue in queues],
    }
    (problem,) = validate(document)
    says = 'Topic "t.fifo" has 101 subscriptions; a FIFO topic may have at most 100.'
    assert (problem.path, problem.says) == ("/nodes/0", says)
    document["links"].pop()
    assert validate(document) == []


def test_a_sound_document_has_no_problems():
    assert validate(BASE) == []


def test_a_document_may_leave_out_all_that_has_a_default():
    document = {"version": 1, "nodes": [{"id": "orders", "kind": "queue"}]}
    architecture = parse(document)
    assert architecture.starts_at == "2026-01-05T09:00:00Z"
    assert architecture.title == ""
    assert architecture.links == ()
    assert validate(architecture.as_json()) == []


def test_all_problems_of_many_come_at_once():
    apart = [case for case in BROKEN if case["set"][0][0] in ("/version", "/titel", "/nodes/9/parameters/outages")]
    together = validate(changed([edit for case in apart[1:] for edit in case["set"]]))
    assert {problem.path for problem in together} == {path for case in apart[1:] for path in case["problems"]}
    assert len(together) == 3


def test_parsing_keeps_every_value_and_shares_none():
    given = copy.deepcopy(BASE)
    architecture = parse(given)
    expected = copy.deepcopy(BASE)
    assert architecture.as_json() == expected
    given["nodes"][2]["parameters"]["VisibilityTimeout"] = 5
    assert architecture.node("orders").parameters["VisibilityTimeout"] == 30


def test_parsing_a_broken_document_raises_all_its_problems():
    with pytest.raises(InvalidArchitecture) as refusal:
        parse(changed([["/version", 7], ["/nodes/2/parameters/DelaySeconds", 901]]))
    assert [problem.path for problem in refusal.value.problems] == ["/version", "/nodes/2/parameters/DelaySeconds"]
    assert refusal.value.problems[1].value == 901
    assert "/nodes/2/parameters/DelaySeconds: DelaySeconds of queue" in str(refusal.value)


@pytest.mark.parametrize("data", [None, 5, "x", [], True, 1.5])
def test_what_is_no_object_is_no_document(data):
    (problem,) = validate(data)
    assert problem.says.startswith("The document must be a JSON object, not ")


def test_a_document_nested_beyond_reason_is_refused_and_not_walked_into():
    deep = []
    for _ in range(5_000):
        deep = [deep]
    (problem,) = validate(changed([["/nodes/0/parameters/message/body", deep]]))
    assert "nested more than 100 levels deep" in problem.says


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, {5: "x"}], ids=repr)
def test_what_json_can_not_hold_is_refused(value):
    (problem,) = validate(changed([["/nodes/0/parameters/message/body", value]]))
    assert problem.path == "/nodes/0/parameters/message/body"


def test_a_change_is_blamed_for_its_own_problems_only():
    before: Architecture = parse(BASE).without_node("orders-dlq")
    assert [problem.value for problem in validate(before.as_json())] == ["orders-dlq"]
    assert new_problems(before, before.without_node("app")) == []
    worker = before.node("worker")
    after = before.with_node(type(worker)("worker", "consumer", parameters={"workers": 0}))
    assert [problem.value for problem in new_problems(before, after)] == [0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def places(value, path=""):
    """The JSON pointer of every place in a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, f"{path}/{key}")


PLACES = [path for path in places(BASE) if path]


@settings(max_examples=often(100, 10_000))
@given(st.lists(st.tuples(st.sampled_from(PLACES), json_values), min_size=1, max_size=3))
def test_validating_never_raises_and_what_passes_can_be_parsed(edits):
    document = copy.deepcopy(BASE)
    for pointer, value in edits:
        *way, last = pointer.split("/")[1:]
        spot = document
        for key in way:
            try:
                spot = spot[int(key)] if isinstance(spot, list) else spot[key]
            except (LookupError, TypeError, ValueError):
                break
        else:
            if isinstance(spot, dict):
                spot[last] = value
            elif isinstance(spot, list) and last.isdigit() and int(last) < len(spot):
                spot[int(last)] = value
    problems = validate(document)
    assert all(problem.says.endswith((".", "?")) and "\n" not in problem.says for problem in problems)
    if not problems:
        assert len(parse(document).nodes) == len(document["nodes"])


@given(json_values)
def test_any_json_value_is_validated_without_an_error(data):
    validate(data)


def test_a_problem_is_one_line_even_where_a_name_has_several():
    (problem,) = validate(
        changed([["/nodes/12/parameters/task_seconds/a\nb", -1], ["/nodes/12/parameters/definition", {}]])
    )
    assert problem.path == "/nodes/12/parameters/task_seconds/a\nb"
    assert 'task_seconds."a\\nb" of state machine' in problem.says

"""Filter policies: which messages match, why others do not, and which policies SNS refuses."""

import copy
import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseapp.engine.sns.filters import (
    SCOPES,
    FilterPolicyError,
    check_policy,
    combinations,
    compile_policy,
)

DATA = Path(__file__).parent / "data"
MATCHES = json.loads((DATA / "filter_matches.json").read_text(encoding="utf-8"))
REFUSALS = json.loads((DATA / "filter_refusals.json").read_text(encoding="utf-8"))


def attribute(value):
    """A value as a message attribute in AWS's form."""
    if isinstance(value, list):
        return {"DataType": "String.Array", "StringValue": json.dumps(value)}
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    return {"DataType": "Number", "StringValue": repr(value)}


def attributes_of(case):
    return case.get("raw") or {name: attribute(value) for name, value in case.get("attributes", {}).items()}


@pytest.mark.parametrize("case", MATCHES, ids=lambda case: case["says"])
def test_a_message_matches_or_is_rejected_with_its_reason(case):
    found = compile_policy(case["policy"], case.get("scope", SCOPES[0])).rejects(
        case.get("body", ""), attributes_of(case)
    )
    if case.get("matches"):
        assert found is None
    else:
        expected = (case["key"], case["reason"], case.get("metric", "MessageAttributes"))
        assert found is not None
        assert (found.key, found.says, found.metric) == expected


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: f"{case['text'][:30]}-{json.dumps(case['policy'])[:40]}")
def test_a_wrong_policy_is_refused_in_the_words_of_sns(case):
    with pytest.raises(FilterPolicyError) as refusal:
        check_policy(case["policy"], case.get("scope", SCOPES[0]))
    assert str(refusal.value) == case["text"]


def test_the_whole_message_has_the_prefix_of_the_call():
    fault = FilterPolicyError("Filter policy is too complex")
    assert fault.message(subscribing=True) == (
        "Invalid parameter: Attributes Reason: FilterPolicy: Filter policy is too complex"
    )
    assert fault.message(subscribing=False) == "Invalid parameter: FilterPolicy: Filter policy is too complex"


def values(count):
    return [str(number) for number in range(count)]


def test_an_or_counts_as_the_sum_of_its_alternatives():
    def policy(last):
        alternatives = [{"a": values(6)}, {"b": values(4), "c": values(4)}, {"d": values(4), "e": values(last)}]
        return {"source": values(3), "$or": alternatives}

    assert combinations(policy(7)) == 150
    check_policy(policy(7))
    with pytest.raises(FilterPolicyError, match="too complex"):
        check_policy(policy(8))


def test_depth_multiplies_the_combinations_of_a_body_policy():
    policy = {"a": {"b": {"c": values(4)}}, "d": {"e": values(3)}}
    assert combinations(policy, "MessageBody") == 72
    assert combinations({"a": values(150)}) == 150
    with pytest.raises(FilterPolicyError, match="too complex"):
        check_policy({"a": values(151)})


def test_only_the_top_keys_of_a_body_policy_are_counted():
    check_policy({"a": {key: ["x"] for key in "bcdefgh"}}, "MessageBody")


def test_a_policy_may_have_256_kib_and_no_more():
    with pytest.raises(FilterPolicyError, match="262144 bytes"):
        check_policy({"a": ["é" * 131_080]})
    check_policy({"a": ["é" * 131_000]})


def test_a_body_nested_beyond_reason_is_no_json_object():
    body = '{"a":' * 100_000 + "1" + "}" * 100_000
    found = compile_policy({"a": ["x"]}, "MessageBody").rejects(body, {})
    assert found is not None and found.metric == "InvalidMessageBody"


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(["a", "b", "c"])
few_texts = st.sampled_from(["", "a", "ab", "b", "ba", "10.0.0.1"])
few_numbers = st.integers(-3, 3) | st.sampled_from([0.5, 2.5])
plain = few_texts | few_numbers | st.booleans() | st.none()
operators = st.one_of(
    plain,
    st.builds(lambda text: {"prefix": text}, few_texts),
    st.builds(lambda text: {"suffix": text}, few_texts),
    st.builds(lambda text: {"equals-ignore-case": text}, few_texts),
    st.builds(lambda flag: {"exists": flag}, st.booleans()),
    st.builds(lambda some: {"anything-but": some}, plain | st.lists(plain, min_size=1, max_size=3)),
    st.builds(lambda text: {"anything-but": {"prefix": text}}, few_texts),
    st.builds(
        lambda sign, bound: {"numeric": [sign, bound]}, st.sampled_from(["<", "<=", "=", ">", ">="]), few_numbers
    ),
    st.builds(lambda low: {"numeric": [">=", low, "<", low + 2]}, few_numbers),
    st.just({"cidr": "10.0.0.0/8"}),
)
simple_policies = st.dictionaries(keys, st.lists(operators, min_size=1, max_size=3), min_size=1, max_size=3)
policies = simple_policies | st.builds(lambda some: {"$or": some}, st.lists(simple_policies, min_size=2, max_size=3))
flat_values = plain | st.lists(plain, max_size=3)
messages = st.dictionaries(keys, flat_values, max_size=3)


def is_wanted(policy, message, scope="MessageBody"):
    return compile_policy(policy, scope).rejects(json.dumps(message), {}) is None


@given(json_values, st.sampled_from(SCOPES))
def test_compiling_refuses_exactly_what_checking_refuses(policy, scope):
    try:
        check_policy(policy, scope)
    except FilterPolicyError as fault:
        with pytest.raises(FilterPolicyError) as refusal:
            compile_policy(policy, scope)
        assert str(refusal.value) == str(fault)
    else:
        compile_policy(policy, scope)


@given(policies, json_values | messages)
def test_matching_a_body_never_raises_and_gives_a_reason_of_one_line(policy, body):
    found = compile_policy(policy, "MessageBody").rejects(json.dumps(body), {})
    assert found is None or (found.says and found.metric in ("MessageBody", "InvalidMessageBody"))


@given(policies, st.dictionaries(keys, json_values | messages.map(lambda m: {**m, "DataType": "Number"}), max_size=3))
def test_matching_attributes_never_raises_whatever_they_hold(policy, attributes):
    found = compile_policy(policy).rejects("", attributes)
    assert found is None or found.key in ("a", "b", "c")


@given(st.text())
def test_any_text_may_be_a_body(body):
    compile_policy({"a": ["x"]}, "MessageBody").rejects(body, {})


@given(st.lists(plain, min_size=1, max_size=4), plain)
def test_anything_but_is_the_complement_of_exact_on_a_present_value(some, value):
    message = {"k": value}
    assert is_wanted({"k": some}, message) != is_wanted({"k": [{"anything-but": some}]}, message)


@given(few_texts, plain)
def test_anything_but_prefix_is_the_complement_of_prefix_on_a_present_value(text, value):
    message = {"k": value}
    prefix = {"prefix": text}
    assert is_wanted({"k": [prefix]}, message) != is_wanted({"k": [{"anything-but": prefix}]}, message)


@given(simple_policies, messages)
def test_a_policy_is_the_and_of_its_keys_and_the_or_of_their_values(policy, message):
    separately = all(any(is_wanted({key: [one]}, message) for one in some) for key, some in policy.items())
    assert is_wanted(policy, message) == separately


@given(st.lists(simple_policies, min_size=2, max_size=3), messages)
def test_an_or_is_the_or_of_its_policies(alternatives, message):
    assert is_wanted({"$or": alternatives}, message) == any(is_wanted(one, message) for one in alternatives)


@given(simple_policies, messages)
def test_exists_false_is_the_complement_of_exists_true(policy, message):
    key = next(iter(policy))
    assert is_wanted({key: [{"exists": True}]}, message) != is_wanted({key: [{"exists": False}]}, message)


text_and_number_messages = st.dictionaries(keys, few_texts | few_numbers | st.lists(plain, max_size=3), max_size=3)


@given(policies, text_and_number_messages)
def test_attributes_and_body_agree_on_the_same_values(policy, message):
    attributes = {name: attribute(value) for name, value in message.items()}
    by_attributes = compile_policy(policy).rejects("", attributes) is None
    assert by_attributes == is_wanted(policy, message)


@given(policies, messages)
def test_a_filter_survives_pickling_and_leaves_its_policy_alone(policy, message):
    before = copy.deepcopy(policy)
    first = compile_policy(policy, "MessageBody")
    second = pickle.loads(pickle.dumps(first))
    assert policy == before
    assert first == second
    assert first.rejects(json.dumps(message), {}) == second.rejects(json.dumps(message), {})

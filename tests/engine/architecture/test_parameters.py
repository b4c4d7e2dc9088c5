"""One parameter at a time: what may be set on what runs, what holds when it is absent, names that reach inside."""

import json

import pytest

from courseapp.engine import limits
from courseapp.engine.architecture import Node
from courseapp.engine.architecture.kinds import KINDS
from courseapp.engine.architecture.links import LINKS
from courseapp.engine.architecture.parameters import (
    check_link_parameter,
    check_parameter,
    is_aws,
    is_fifo,
    look_inside,
    set_inside,
    value,
)
from courseapp.engine.architecture.problems import Place
from tests.engine.architecture.documents import DATA

CHECKS = json.loads((DATA / "set_parameter.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "case", CHECKS, ids=lambda case: f"{case['of']}-{case['name']}-{json.dumps(case['value'])[:30]}"
)
def test_setting_a_parameter_is_allowed_or_says_why_not(case):
    if isinstance(case["of"], list):
        problem = check_link_parameter(*case["of"], case["name"], case["value"], case.get("beside"))
    else:
        problem = check_parameter(case["of"], case["name"], case["value"])
    if case["says"] is None:
        assert problem is None
    else:
        assert problem is not None and case["says"] in problem.says


def test_absent_values_are_the_defaults_of_aws_or_of_the_product():
    assert value("queue", "VisibilityTimeout") == 30
    assert value("queue", "MaximumMessageSize") == limits.SQS_MESSAGE_SIZE_MAX_B
    assert value("topic", "MaximumMessageSize") == limits.SNS_MESSAGE_SIZE_DEFAULT_B
    assert value("function", "async_retry_seconds") == (60, 120)
    assert value(Node("orders", "queue"), "DelaySeconds") == 0
    assert value(Node("orders", "queue", parameters={"DelaySeconds": 7}), "DelaySeconds") == 7
    assert value(Node("steps.fifo", "queue"), "FifoQueue") is True
    assert value(Node("orders", "queue"), "FifoQueue") is False
    with pytest.raises(KeyError):
        value("queue", "Colour")


def test_only_queues_and_topics_are_fifo():
    assert is_fifo(Node("steps.fifo", "queue"))
    assert not is_fifo(Node("steps.fifo", "http"))
    assert not is_fifo(Node("steps", "topic"))


def test_attributes_of_aws_are_told_from_our_own():
    assert is_aws("queue", "VisibilityTimeout")
    assert is_aws("state_machine", "definition")
    assert not is_aws("queue", "servers")
    assert not is_aws("consumer", "VisibilityTimeout")


def test_a_dotted_name_reaches_inside_and_leaves_the_old_value_alone():
    parameters = {"rates": [{"messages_per_second": 1}, {"every_seconds": 2}], "workers": 1}
    assert set_inside(parameters, "workers", 3) == ("workers", 3)
    name, rates = set_inside(parameters, "rates.0.messages_per_second", 5)
    assert (name, rates) == ("rates", [{"messages_per_second": 5}, {"every_seconds": 2}])
    assert set_inside(parameters, "rates.1", None) == ("rates", [{"messages_per_second": 1}])
    assert set_inside(parameters, "rates.0.spacing", "even")[1][0] == {"messages_per_second": 1, "spacing": "even"}
    assert set_inside(parameters, "rates.0.messages_per_second", None)[1][0] == {}
    assert parameters["rates"][0] == {"messages_per_second": 1}


POLICY = {"kind": ["a"], "store": ["x", None], "$.a.b": {"c": 1}}
NULLS = [
    ("policy.kind", {"store": ["x", None], "$.a.b": {"c": 1}}),
    ("policy.store.1", {"kind": ["a"], "store": ["x"], "$.a.b": {"c": 1}}),
    ("policy.$.a.b.c", {"kind": ["a"], "store": ["x", None], "$.a.b": {}}),
    ("policy.$.a.b", {"kind": ["a"], "store": ["x", None]}),
    ("policy.colour", POLICY),
]


@pytest.mark.parametrize(("name", "left"), NULLS)
def test_null_removes_what_a_dotted_name_means_also_where_a_key_has_dots_or_a_value_is_null(name, left):
    assert set_inside({"policy": POLICY}, name, None) == ("policy", left)


def test_a_dotted_name_finds_what_it_means():
    policy = {"store": ["x", None, {"y": 2}], "$.a.b": {"c": 1}, "a": {"b": 3}}
    names = ["p", "p.store.0", "p.store.1", "p.store.2.y", "p.$.a.b.c", "p.a.b", "p.store.3", "p.x.y", "p.store.x", "q"]
    assert [look_inside({"p": policy}, name) for name in names] == [policy, "x", None, 2, 1, 3, None, None, None, None]


@pytest.mark.parametrize(
    "name", ["bursts.0.count", "rates.7.count", "rates.x", "rates.-1", "workers.a", "rates.0.message.body"]
)
def test_a_dotted_name_that_leads_nowhere_is_an_error(name):
    with pytest.raises(KeyError):
        set_inside({"rates": [{"messages_per_second": 1}], "workers": 1}, name, 5)


def test_every_default_is_a_value_that_may_be_set():
    for table in [*KINDS.values(), *LINKS.values()]:
        for parameter in table.values():
            if parameter.default is None:
                continue
            problems = []
            default = parameter.default
            plain = list(default) if isinstance(default, tuple) else default
            plain = dict(plain) if hasattr(plain, "keys") else plain
            parameter.shape.check(plain, Place().at(parameter.name), problems)
            assert problems == []

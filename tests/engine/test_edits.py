"""Edits of a running document: carried out whole, or refused whole."""

import json

import pytest

from courseapp.engine.architecture import parse
from courseapp.engine.commands import Command, Refused
from courseapp.engine.world import Simulation
from tests.engine.trial import Trial

DOCUMENT = {
    "version": 1,
    "title": "A queue",
    "nodes": [{"id": "shop", "kind": "publisher"}, {"id": "orders", "kind": "queue"}],
    "links": [{"from": "shop", "to": "orders"}],
}
TOKEN_TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"QueueUrl": "orders", "MessageBody": "x"},
    "End": True,
}
EXPRESS = {
    "kind": "state_machine",
    "parameters": {"type": "EXPRESS", "definition": {"StartAt": "Ask", "States": {"Ask": TOKEN_TASK}}},
}


def command(action, target, at_ms=1, **parameters):
    return Command(at_ms, action, target, parameters)


@pytest.fixture
def simulation():
    return Simulation(parse(DOCUMENT), 7)


def test_a_machine_that_aws_would_not_create_is_refused_and_is_not_there(simulation):
    with pytest.raises(Refused) as refusal:
        simulation.apply(command("AddNode", "express", **EXPRESS))
    assert refusal.value.code == "InvalidDefinition"
    assert not simulation.architecture.has("express")


def test_one_that_comes_later_is_refused_when_its_time_comes(simulation):
    simulation.apply(command("AddNode", "express", at_ms=500, **EXPRESS))
    simulation.run_until(1_000)
    assert [record[5] for record in simulation.drain()] == [("refused", "AddNode", "InvalidDefinition")]
    assert not simulation.architecture.has("express")
    assert "express" not in simulation.kernel.nodes


def test_two_edits_of_one_instant_may_need_each_other(simulation):
    simulation.apply(command("AddNode", "A", kind="consumer", parameters={"WaitTimeSeconds": 20}))
    simulation.apply(command("Connect", "orders/A"))
    simulation.apply(command("Send", "shop", at_ms=2))
    simulation.run_until(5)
    assert simulation.metrics()["A"]["worked"] == 1


def test_a_refused_edit_changes_nothing(simulation):
    before = simulation.architecture
    for wrong in (
        command("Connect", "orders/nowhere"),
        command("AddNode", "orders", kind="queue"),
        command("RemoveNode", "nowhere"),
        command("SetParameter", "shop", rates=[{"messages_per_second": -1}]),
        command("SetParameter", "nowhere", x=1),
    ):
        with pytest.raises(Refused):
            simulation.apply(wrong)
    assert simulation.architecture is before
    simulation.run_until(10)
    assert simulation.drain() == []


def test_a_wrong_attribute_of_awss_is_awss_refusal(simulation):
    simulation.apply(command("SetParameter", "orders", VisibilityTimeout=99_999))
    simulation.run_until(10)
    assert [record[5] for record in simulation.drain()] == [("refused", "SetParameter", "InvalidAttributeValue")]
    assert simulation.attributes("orders")["VisibilityTimeout"] == "30"


POLICY = {"kind": ["a"], "store": ["x", None]}
CHANGED_POLICIES = [
    pytest.param({"FilterPolicy.kind": None}, ["a/x", "null/x", "b/null", "a/null"], id="a-key-removed"),
    pytest.param({"FilterPolicy.store.0": None}, ["a/null"], id="an-element-removed"),
    pytest.param({"FilterPolicy.kind": [None, "b"]}, ["null/x", "b/null"], id="a-null-as-a-value"),
    pytest.param({"FilterPolicy": None}, ["a/x", "null/x", "b/null", "a/null", "b/y"], id="the-policy-removed"),
]


@pytest.mark.parametrize(("values", "passed"), CHANGED_POLICIES)
def test_null_removes_from_a_filter_policy_and_may_stand_in_one(values, passed):
    trial = Trial({"t": "topic", "q": "queue"}, [("t/q", {"FilterPolicy": POLICY, "FilterPolicyScope": "MessageBody"})])
    trial.do(1, "SetParameter", "t/q", **values)
    for kind, store in (("a", "x"), (None, "x"), ("b", None), ("a", None), ("b", "y")):
        name = f"{kind or 'null'}/{store or 'null'}"
        trial.do(2, "Publish", "t", Message=json.dumps({"kind": kind, "store": store}), name=name)
    assert trial.names("sent") == passed


def test_a_policy_that_a_null_makes_wrong_is_refused_in_the_words_of_sns():
    trial = Trial({"t": "topic", "q": "queue"}, [("t/q", {"FilterPolicy": {"kind": ["a"]}})])
    trial.do(1, "SetParameter", "t/q", **{"FilterPolicy.kind.0": None})
    assert trial.refusal() == ("InvalidParameter", "Invalid parameter: FilterPolicy: Empty arrays are not allowed")
    assert trial.simulation.architecture.link("t/q").parameters == {"FilterPolicy": {"kind": ["a"]}}

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


SEVERAL = {
    "q": "queue",
    "q.fifo": "queue",
    "d": "queue",
    "d.fifo": "queue",
    "shut": ("queue", {"RedriveAllowPolicy": {"redrivePermission": "denyAll"}}),
    "t": "topic",
    "mail": "email",
    "m": ("state_machine", {"definition": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}}),
}
LINKS = ["t/q", "t/mail"]


def redrive(target):
    return {"RedrivePolicy": {"deadLetterTargetArn": target, "maxReceiveCount": 3}}


REFUSED_CALLS = [
    ("q", redrive("nowhere"), "InvalidParameterValue", "RedrivePolicy is invalid. Reason: RedrivePolicy.deadLetter"),
    ("q", redrive("t"), "InvalidParameterValue", 'must name a queue; "t" is a topic'),
    ("q", redrive("q"), "InvalidParameterValue", "names the queue itself"),
    ("q", redrive("d.fifo"), "InvalidParameterValue", "must name a standard queue"),
    ("q.fifo", redrive("d"), "InvalidParameterValue", "must name a FIFO queue"),
    ("q", redrive("shut"), "InvalidParameterValue", "whose RedriveAllowPolicy does not let this queue use it"),
    ("q", {"Policy": {"Statement": "deny"}}, "InvalidAttributeValue", "with an Effect of Allow or Deny"),
    (
        "q",
        {"Policy": {"Statement": [{"Effect": "Deny"}, 5]}},
        "InvalidAttributeValue",
        "with an Effect of Allow or Deny",
    ),
    ("q", {"Colour": "red"}, "InvalidAttributeName", "Unknown Attribute Colour."),
    ("q", {"QueueArn": "arn"}, "InvalidAttributeName", "Unknown Attribute QueueArn."),
    ("q", {"DeduplicationScope": "queue"}, "InvalidAttributeValue", "exists only on FIFO queues"),
    ("q.fifo", {"FifoThroughputLimit": "perMessageGroupId"}, "InvalidAttributeValue", "only if DeduplicationScope"),
    ("q", {"VisibilityTimeout": 5, "DelaySeconds": 901}, "InvalidAttributeValue", "parameter DelaySeconds"),
    ("t", {"MaximumMessageSize": 300_000}, "InvalidParameter", "only if queues and functions alone subscribe"),
    ("t", {"ContentBasedDeduplication": True}, "InvalidParameter", "exists only on FIFO topics"),
    ("t", {"FilterPolicy": {"a": ["b"]}}, "InvalidParameter", "A topic has no parameter"),
    ("t/q", {"RedrivePolicy": {"deadLetterTargetArn": "nowhere"}}, "InvalidParameter", "no node's id"),
    ("t/q", {"RedrivePolicy": {"deadLetterTargetArn": "d.fifo"}}, "InvalidParameter", "must name a standard queue"),
    ("m", {"definition": {"StartAt": "A", "States": {}}}, "InvalidDefinition", "States"),
]


@pytest.mark.parametrize(("target", "values", "code", "says"), REFUSED_CALLS)
def test_attributes_that_do_not_fit_the_rest_are_refused_by_aws_and_change_nothing(target, values, code, says):
    trial = Trial(SEVERAL, LINKS).run(0)
    before = trial.simulation.architecture
    trial.do(1, "SetParameter", target, **values)
    found, text = trial.refusal()
    assert (found, says in text) == (code, True), text
    assert trial.simulation.architecture is before
    assert trial.of("changed") == []


NOT_THERE = [
    (
        "q",
        {"RedrivePolicy.maxReceiveCount": 4},
        "q has no RedrivePolicy at present, so there is no maxReceiveCount in it to change; set the whole "
        "RedrivePolicy first.",
    ),
    (
        "m",
        {"definition.States.Wait.Seconds": 5},
        "definition of m has no Wait at present, so definition.States.Wait.Seconds cannot be changed; put Wait there "
        "first.",
    ),
    (
        "m",
        {"definition.States.Pick.Choices.2.Next": "Pick"},
        "definition of m has no element 2 at present, so definition.States.Pick.Choices.2.Next cannot be changed; put "
        "element 2 there first.",
    ),
]


@pytest.mark.parametrize(("target", "values", "says"), NOT_THERE)
def test_a_value_inside_what_is_not_there_is_refused_with_what_is_missing_and_what_comes_first(target, values, says):
    pick = {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Done"}], "Default": "Done"}
    states = {"Pick": pick, "Done": {"Type": "Succeed"}}
    machine = ("state_machine", {"definition": {"StartAt": "Pick", "States": states}})
    trial = Trial({"q": ("queue", redrive("d")), "d": "queue", "m": machine}).do(
        1, "SetParameter", "q", RedrivePolicy=None
    )
    trial.do(2, "SetParameter", target, **values)
    assert trial.refusal() == ("NoSuchParameter", says)


def test_attributes_that_need_each_other_are_set_by_one_call_in_any_order():
    trial = Trial(SEVERAL, LINKS).run(0)
    both = {"FifoThroughputLimit": "perMessageGroupId", "DeduplicationScope": "messageGroup"}
    trial.do(1, "SetParameter", "q.fifo", **both)
    assert trial.of("refused") == []
    assert {name: trial.simulation.attributes("q.fifo")[name] for name in both} == both


NESTED, FLAT = {"a": {"b": ["c"]}}, {"a": ["c"]}
BODY = {"FilterPolicyScope": "MessageBody", "FilterPolicy": NESTED}
OF_SUBSCRIPTIONS = [
    pytest.param({}, BODY, '{"a": {"b": "c"}}', id="the-scope-and-then-the-policy"),
    pytest.param({}, dict(reversed(BODY.items())), '{"a": {"b": "c"}}', id="the-policy-and-then-the-scope"),
    pytest.param(BODY, {"FilterPolicyScope": None, "FilterPolicy": FLAT}, None, id="back-to-attributes"),
    pytest.param(BODY, {"FilterPolicyScope": None, "FilterPolicy": None}, "anything", id="no-policy-any-more"),
]


@pytest.mark.parametrize(("before", "values", "body"), OF_SUBSCRIPTIONS)
def test_a_filter_policy_and_its_scope_are_set_by_one_call_in_any_order(before, values, body):
    trial = Trial({"t": "topic", "q": "queue"}, [("t/q", before)]).do(1, "SetParameter", "t/q", **values)
    assert [change["detail"]["name"] for change in trial.of("changed")] == list(values)
    attributes = {} if body else {"a": {"DataType": "String", "StringValue": "c"}}
    trial.do(2, "Publish", "t", Message=body or "x", MessageAttributes=attributes)
    assert trial.counts("q") == (1, 0, 0)


def test_a_scope_that_does_not_fit_the_policy_is_refused_alike_if_it_is_set_and_if_it_is_taken_away():
    for scope in (None, "MessageAttributes"):
        trial = Trial({"t": "topic", "q": "queue"}, [("t/q", BODY)]).do(
            1, "SetParameter", "t/q", FilterPolicyScope=scope
        )
        says = "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy"
        assert trial.refusal() == ("InvalidParameter", says)
        assert trial.simulation.architecture.link("t/q").parameters == BODY


def test_a_policy_and_a_part_of_it_are_set_by_one_call():
    policy = {"deadLetterTargetArn": "d", "maxReceiveCount": 3}
    trial = Trial({"q": "queue", "d": "queue"})
    trial.do(1, "SetParameter", "q", **{"RedrivePolicy": policy, "RedrivePolicy.maxReceiveCount": 5})
    assert json.loads(trial.simulation.attributes("q")["RedrivePolicy"])["maxReceiveCount"] == 5


def test_a_dead_letter_queue_that_shuts_itself_off_later_keeps_its_sources():
    trial = Trial(SEVERAL, LINKS).do(1, "SetParameter", "q", **redrive("d"))
    trial.do(2, "SetParameter", "d", RedriveAllowPolicy={"redrivePermission": "denyAll"})
    assert trial.of("refused") == []


def test_a_new_definition_may_leave_out_a_state_whose_time_is_set():
    definition = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    trial = Trial({"m": ("state_machine", {"definition": definition, "task_seconds": {"A": 1}})}).run(0)
    trial.do(1, "SetParameter", "m", definition={"StartAt": "B", "States": {"B": {"Type": "Succeed"}}})
    assert trial.of("refused") == []


def test_a_definition_and_the_times_of_its_states_are_set_together():
    definition = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    trial = Trial({"m": ("state_machine", {"definition": definition, "task_seconds": {"A": 1}})}).run(0)
    another = {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}
    trial.do(1, "SetParameter", "m", task_seconds={"B": 2}, definition=another)
    assert trial.simulation.architecture.node("m").parameters["task_seconds"] == {"B": 2}
    with pytest.raises(Refused, match="names no state"):
        trial.do(2, "SetParameter", "m", task_seconds={"C": 2}, definition=another)


DOTTED = [
    ("q", "RedrivePolicy", {"deadLetterTargetArn": "d", "maxReceiveCount": 5}, "maxReceiveCount", 1),
    ("t/q", "FilterPolicy", {"type": ["order"], "size": ["s"]}, "type", ["refund"]),
    ("c", "fails_on", [{"match": "a", "times": 1}], "0", {"match": "b", "times": 2}),
]


@pytest.mark.parametrize(("target", "name", "whole", "inside", "value"), DOTTED, ids=[case[0] for case in DOTTED])
def test_a_dotted_name_changes_a_part_and_leaves_the_rest(target, name, whole, inside, value):
    trial = Trial({"t": "topic", "q": "queue", "c": "consumer", "d": "queue"}, ["t/q", "q/c"])
    trial.do(1, "SetParameter", target, **{name: whole})
    trial.do(2, "SetParameter", target, **{f"{name}.{inside}": value})
    changed = [value] if isinstance(whole, list) else {**whole, inside: value}
    architecture = trial.simulation.architecture
    in_document = architecture.link(target) if "/" in target else architecture.node(target)
    node, _, endpoint = target.partition("/")
    in_force = trial[node].subscriptions[endpoint] if endpoint else trial[node]
    assert in_document.parameters[name] == in_force.parameters[name] == changed
    assert trial.of("changed")[-1]["detail"]["to"] == value

"""A body that is nested deeper than JSON is read here is a text like any other."""

import pytest

from courseapp.engine.architecture import parse
from courseapp.engine.commands import Command
from courseapp.engine.world import Simulation

DEEP = "[" * 5_000 + "]" * 5_000
TOPIC, QUEUE = {"id": "news", "kind": "topic"}, {"id": "orders", "kind": "queue"}
PICKY = {"processing_seconds": 1, "fails_on": [{"match": {"$.a": 1}}]}
FILTER = {"FilterPolicy": {"a": ["b"]}, "FilterPolicyScope": "MessageBody"}
MACHINE = {"definition": {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}}
CASES = {
    "a filter on the body": (
        [TOPIC, QUEUE],
        [{"from": "news", "to": "orders", "parameters": FILTER}],
        Command(1, "Publish", "news", {"Message": DEEP}),
        "filtered_out",
    ),
    "a text for each protocol": (
        [TOPIC, QUEUE],
        [{"from": "news", "to": "orders"}],
        Command(1, "Publish", "news", {"Message": DEEP, "MessageStructure": "json"}),
        "refused",
    ),
    "a consumer that looks into it": (
        [QUEUE, {"id": "A", "kind": "consumer", "parameters": PICKY}],
        [{"from": "orders", "to": "A"}],
        Command(1, "SendMessage", "orders", {"MessageBody": DEEP}),
        "worked",
    ),
    "an execution's input": (
        [{"id": "machine", "kind": "state_machine", "parameters": MACHINE}],
        [],
        Command(1, "StartExecution", "machine", {"input": DEEP}),
        "refused",
    ),
    "a consumer that starts executions": (
        [QUEUE, {"id": "A", "kind": "consumer", "parameters": {"processing_seconds": 1}},
         {"id": "machine", "kind": "state_machine", "parameters": MACHINE}],
        [{"from": "orders", "to": "A"}, {"from": "A", "to": "machine"}],
        Command(1, "SendMessage", "orders", {"MessageBody": DEEP}),
        "received",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_breaks_no_run(case):
    nodes, links, command, wanted = CASES[case]
    simulation = Simulation(parse({"version": 1, "title": case, "nodes": nodes, "links": links}), 7)
    simulation.apply(command)
    simulation.run_until(10_000)
    assert wanted in [record[1] for record in simulation.drain()]

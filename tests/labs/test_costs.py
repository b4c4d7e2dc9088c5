"""What an execution cost, in words: transitions, of which retries."""

from typing import Any

import pytest

from courseapp.engine.world import Simulation
from courseapp.labs import costs, workflow
from courseapp.lessons.content import course
from tests.labs.test_executions import FAILS, RETRY, ran, task

ONCE = {"0": {"Throw": {"Error": "Mail.Down"}}, "1": {"Return": {}}}
TWICE = {"0-1": {"Throw": {"Error": "Mail.Down"}}, "2": {"Return": {}}}
BRANCH = {"StartAt": "Send", "States": {"Send": task(End=True)}}
MAP = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": BRANCH}
RETRIED: list[tuple[dict[str, Any], dict[str, Any], int, str]] = [
    ({"Rest": {"Type": "Wait", "Seconds": 1, "End": True}}, {}, 0, "state transition"),
    ({"Send": task(End=True)}, TWICE, 0, "state transition"),
    ({"Send": task(End=True, Retry=[RETRY])}, ONCE, 1, "state transitions, 1 of them a retry"),
    ({"Send": task(End=True, Retry=[RETRY])}, TWICE, 2, "state transitions, 2 of them retries"),
    ({"Both": {"Type": "Parallel", "Branches": [BRANCH], "Retry": [RETRY], "End": True}}, TWICE, 2, ""),
    ({"Each": {**MAP, "Retry": [RETRY], "End": True}}, TWICE, 2, ""),
    ({"Send": task(End=True, Retry=[RETRY])}, FAILS, 2, "state transitions, 2 of them retries"),
]


@pytest.mark.parametrize(("states", "mocks", "again", "says"), RETRIED)
def test_what_is_done_again_without_entering_its_state_is_a_retry(states, mocks, again, says):
    machine = workflow.machine_of(ran(states, 60_000, {"items": [1]}, mocks={"Send": mocks}), "m")
    (execution,) = machine.executions
    assert costs.retries(execution) == again
    counted = costs.in_words(machine, execution)["of_which"]
    assert counted == says or (not says and counted.endswith(", 2 of them retries"))


def test_without_an_execution_there_is_nothing_to_pay():
    states = {"Rest": {"Type": "Wait", "Seconds": 1, "End": True}}
    words = costs.in_words(workflow.machine_of(ran(states, 10), "m"), None)
    assert (words["amount"], words["of_which"], words["usd"]) == ("0", "state transitions", "$0")


def test_bills_are_of_machines_that_have_run_and_before_that_of_the_first_two():
    simulation = Simulation(course().lab("what-it-costs").architecture, 7)

    def billed():
        return [bill["node"] for bill in costs.bills(simulation)]

    simulation.run_until(-1)
    assert billed() == ["standard", "express"]
    workflow.machine_of(simulation, "loop").start(None, {})
    assert billed() == ["loop"]
    simulation.run_until(10_000)
    assert billed() == ["standard", "express", "loop"]

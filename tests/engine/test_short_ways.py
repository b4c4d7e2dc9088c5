"""Each setting that can be changed while the engine cuts short, one after another: the short way stays the long one."""

from typing import Any

import pytest

from courseapp.engine.actors.consumer import Consumer
from courseapp.engine.architecture import parse
from courseapp.engine.sns.subscription import Subscription
from courseapp.engine.world import Simulation
from tests.engine.fans import SETTINGS
from tests.engine.test_properties import journal_of, started

END_MS = 40_000
LATE = [("SetParameter", "p/t", {"latency_seconds": 0.5}), ("Publish", "t", {"Message": "overtakes"})]
SCRIPTS = [[act] for act in SETTINGS] + [LATE]


def fan() -> dict[str, Any]:
    works = {
        "WaitTimeSeconds": 20,
        "failure_probability": 0.1,
        "processing_seconds": {"exponential": 0.3},
        "workers": 2,
    }
    rate = {"messages_per_second": 3, "spacing": "random"}
    nodes: list[dict[str, Any]] = [
        {"id": "p", "kind": "publisher", "parameters": {"message": {"type": "order"}, "rates": [rate]}},
        {"id": "t", "kind": "topic"},
        {"id": "mail", "kind": "email"},
    ]
    links = [{"from": "p", "to": "t"}]
    for n in "01":
        redrive = {"deadLetterTargetArn": f"d{n}", "maxReceiveCount": 2}
        queue = {"VisibilityTimeout": 5, "RedrivePolicy": redrive}
        nodes += [{"id": f"q{n}", "kind": "queue", "parameters": queue}, {"id": f"d{n}", "kind": "queue"}]
        nodes.append({"id": f"c{n}", "kind": "consumer", "parameters": works})
        links += [{"from": "t", "to": f"q{n}"}, {"from": f"q{n}", "to": f"c{n}"}]
    return {"version": 1, "title": "A fan", "nodes": nodes, "links": links}


@pytest.mark.parametrize("acts", SCRIPTS, ids=[f"{acts[0][0]} {acts[0][1]} {list(acts[0][2])}" for acts in SCRIPTS])
def test_a_change_in_the_middle_of_a_run_holds_at_once(acts: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    script = [
        {"at_ms": 10_000 + 300 * place, "action": action, "target": target, "parameters": parameters}
        for place, (action, target, parameters) in enumerate(acts)
    ]
    short = started(fan(), script, 7)
    journal = journal_of(short, END_MS)
    monkeypatch.setattr(Consumer, "see_whether_simple", lambda consumer: setattr(consumer, "simple", False))
    monkeypatch.setattr(Subscription, "open_queue", lambda subscription: None)
    long = started(fan(), script, 7)
    assert journal_of(long, END_MS) == journal
    assert long.metrics() == short.metrics() and long.view() == short.view()


def test_without_a_journal_a_fan_goes_the_same_way() -> None:
    with_journal, without = (Simulation(parse(fan()), 7, journal=journal) for journal in (True, False))
    for simulation in (with_journal, without):
        simulation.run_until(END_MS)
    assert without.drain() == [] != with_journal.drain()
    assert with_journal.metrics() == without.metrics() and with_journal.view() == without.view()

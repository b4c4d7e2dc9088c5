"""What must hold in every world: nothing is lost or made from nothing, and a run is its document, seed and commands."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseapp.engine.actors.consumer import Consumer
from courseapp.engine.architecture import parse, validate
from courseapp.engine.commands import Refused, read_command
from courseapp.engine.kernel import as_json
from courseapp.engine.sns.subscription import Subscription
from courseapp.engine.sqs.copies import DELAYED, IN_FLIGHT, VISIBLE
from courseapp.engine.world import Simulation
from tests.engine.fans import fans
from tests.engine.worlds import SECONDS, commands, documents


@st.composite
def runs(draw: Any) -> tuple[dict[str, Any], list[dict[str, Any]], int]:
    document = draw(documents())
    fifo = any(node["id"].endswith(".fifo") for node in document["nodes"])
    return document, draw(commands(fifo)), draw(st.integers(0, 1000))


def started(document: dict[str, Any], script: list[dict[str, Any]], seed: int) -> Simulation:
    assert validate(document) == []
    simulation = Simulation(parse(document), seed)
    for command in script:
        try:
            simulation.apply(read_command(command))
        except Refused:
            continue
    return simulation


def journal_of(simulation: Simulation, until_ms: int) -> bytes:
    simulation.run_until(until_ms)
    first = simulation.kernel.journal.first_sequence
    return json.dumps([as_json(first + k, record) for k, record in enumerate(simulation.drain())]).encode()


def check_conservation(simulation: Simulation) -> None:
    """Every copy that a queue took in is in exactly one place; every copy of a topic has exactly one fate."""
    for node in simulation.kernel.nodes.values():
        if node.kind == "queue":
            states = Counter(copy.state for copy in node.store.everything())
            assert states[VISIBLE] == node.store.visible
            assert states[IN_FLIGHT] == len(node.store.in_flight)
            assert states[DELAYED] == node.store.delayed_count
            assert set(states) <= {VISIBLE, IN_FLIGHT, DELAYED}
            here = sum(states.values())
            assert node.sent + node.taken_over == here + node.removed + sum(node.gone.values()), node.id
        elif node.kind == "topic":
            for subscription in [*node.subscriptions.values(), *node.ended]:
                fates = (
                    subscription.delivered
                    + sum(subscription.filtered_out.values())
                    + len(subscription.retrying)
                    + subscription.on_their_way
                    + subscription.dead_lettered
                    + subscription.dropped
                )
                assert subscription.offered == fates, subscription.id
        elif node.kind == "function" and node.id != "batcher":  # a batch is one run of several messages
            accounted = node.worked + node.failed + len(node.running)
            assert node.invocations == accounted


@given(runs() | fans())
def test_nothing_is_lost_or_made_from_nothing(run: tuple[dict[str, Any], list[dict[str, Any]], int]) -> None:
    simulation = started(*run)
    for second in range(0, SECONDS + 1, 5):
        simulation.run_until(second * 1000)
        check_conservation(simulation)


@given(runs() | fans())
def test_the_journal_agrees_with_the_counters(run: tuple[dict[str, Any], list[dict[str, Any]], int]) -> None:
    simulation = started(*run)
    simulation.run_until(SECONDS * 1000)
    counted = Counter((record[1], record[2]) for record in simulation.drain())
    for node_id, node in simulation.kernel.nodes.items():
        if node.kind == "queue":
            assert counted["sent", node_id] == node.sent
            assert counted["received", node_id] == node.received
            assert counted["deleted", node_id] == node.removed
            assert counted["expired", node_id] == node.gone["expired"]
            assert counted["moved_to_dlq", node_id] == node.gone["moved_to_dlq"]
        elif node.kind == "database":
            assert counted["written", node_id] == node.rows


@given(runs() | fans(), st.integers(0, SECONDS * 1000))
def test_a_pickled_run_goes_on_as_the_original_does(
    run: tuple[dict[str, Any], list[dict[str, Any]], int], at_ms: int
) -> None:
    original = started(*run)
    original.run_until(at_ms, most=300)
    copy = pickle.loads(pickle.dumps(original))
    assert journal_of(copy, SECONDS * 1000) == journal_of(original, SECONDS * 1000)
    assert copy.metrics() == original.metrics()
    assert copy.view() == original.view()


@given(runs(), st.lists(st.integers(0, SECONDS * 1000), max_size=8))
def test_it_does_not_matter_in_which_steps_a_run_is_made(
    run: tuple[dict[str, Any], list[dict[str, Any]], int], stops: list[int]
) -> None:
    at_once, in_steps = started(*run), started(*run)
    for stop in sorted(stops):
        in_steps.run_until(stop, most=50)
        in_steps.view()
        in_steps.metrics()
    assert journal_of(in_steps, SECONDS * 1000) == journal_of(at_once, SECONDS * 1000)


@given(runs() | fans())
def test_the_short_way_of_a_message_is_the_long_way_in_fewer_steps(
    run: tuple[dict[str, Any], list[dict[str, Any]], int],
) -> None:
    short = started(*run)
    journal = journal_of(short, SECONDS * 1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Consumer, "see_whether_simple", lambda consumer: setattr(consumer, "simple", False))
        patch.setattr(Subscription, "open_queue", lambda subscription: None)
        long = started(*run)
        assert journal_of(long, SECONDS * 1000) == journal
    assert long.metrics() == short.metrics()
    assert long.view() == short.view()


@given(runs())
def test_every_view_and_metric_is_plain_json(run: tuple[dict[str, Any], list[dict[str, Any]], int]) -> None:
    simulation = started(*run)
    for second in (0, 30, SECONDS):
        simulation.run_until(second * 1000)
        json.dumps([simulation.view(), simulation.metrics()], allow_nan=False)
        for node_id in simulation.kernel.nodes:
            json.dumps([simulation.attributes(node_id), simulation.messages_at(node_id)], allow_nan=False)


SCRIPT = """
import json, sys
from courseapp.engine.architecture import parse
from courseapp.engine.commands import read_command
from tests.engine.test_properties import journal_of, started
document, script = json.load(sys.stdin)
sys.stdout.buffer.write(journal_of(started(document, script, 7), 60_000))
"""


@pytest.mark.parametrize("lab", ["03-sqs/visibility-timeout", "04-sns-and-sqs/fan-out"])
def test_two_processes_with_two_hash_seeds_write_the_same_bytes(lab: str) -> None:
    from courseapp.lessons.content import ROOT

    document = json.loads((ROOT / lab / "architecture.json").read_text())
    given_to_both = json.dumps([document, []]).encode()
    journals = []
    for hash_seed in ("1", "20261"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        made = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            input=given_to_both,
            env=environment,
            capture_output=True,
            check=True,
            timeout=60,
        )
        journals.append(made.stdout)
    assert journals[0] == journals[1]
    assert len(json.loads(journals[0])) > 5

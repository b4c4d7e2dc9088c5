"""Rewind equals replay: the state after going back equals a fresh run to that instant, byte for byte."""

import gc
import itertools
import json
import pickle
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseapp.engine.architecture import parse
from courseapp.engine.commands import Command, Refused
from courseapp.engine.kernel import as_json
from courseapp.labs.history import History
from courseapp.labs.run import Log, Run

SHOP = parse(
    {
        "version": 1,
        "title": "A shop whose workers fail",
        "nodes": [
            {
                "id": "shop",
                "kind": "publisher",
                "parameters": {
                    "message": {"name": "order {n}"},
                    "rates": [{"messages_per_second": 3, "spacing": "random", "until_seconds": 40}],
                },
            },
            {"id": "news", "kind": "topic"},
            {
                "id": "orders",
                "kind": "queue",
                "parameters": {
                    "VisibilityTimeout": 4,
                    "DelaySeconds": 1,
                    "RedrivePolicy": {"deadLetterTargetArn": "dead", "maxReceiveCount": 2},
                },
            },
            {"id": "dead", "kind": "queue"},
            {
                "id": "A",
                "kind": "consumer",
                "parameters": {
                    "workers": 2,
                    "processing_seconds": {"exponential": 0.7},
                    "failure_probability": 0.3,
                    "WaitTimeSeconds": 20,
                },
            },
            {"id": "mail", "kind": "email"},
        ],
        "links": [
            {"from": "shop", "to": "news"},
            {"from": "news", "to": "orders"},
            {"from": "news", "to": "mail"},
            {"from": "orders", "to": "A"},
        ],
    }
)

ACTS = [
    ("Send", "shop", {"count": 2}),
    ("Crash", "A", {"worker": 1}),
    ("Restore", "A", {}),
    ("Pause", "A", {}),
    ("Resume", "A", {}),
    ("PurgeQueue", "orders", {}),
    ("StartMessageMoveTask", "dead", {}),
    ("SetParameter", "orders", {"VisibilityTimeout": 9}),
    ("SetParameter", "A", {"failure_probability": 0.9}),
    ("Crash", {"holder_of": "orders"}, {}),
    ("AddNode", "late", {"kind": "consumer", "parameters": {"processing_seconds": 1}}),
    ("Connect", "orders/late", {}),
    ("RemoveNode", "late", {}),
    ("SendMessage", "orders", {"MessageBody": "by hand"}),
    ("Unsubscribe", "news/mail", {}),
]
acts = st.lists(st.tuples(st.integers(-2_000, 45_000), st.sampled_from(ACTS), st.integers(0, 5_000)), max_size=12)
LASTS_MS = 50_000


def frozen_in_words(run: Run) -> bytes:
    """Everything that can be seen of a state, as bytes."""
    simulation = run.simulation
    seen = [
        run.at_ms,
        run.sequence,
        simulation.now_ms,
        simulation.next_event_ms(),
        simulation.view(),
        simulation.metrics(),
        {node.id: simulation.attributes(node.id) for node in simulation.architecture.nodes},
        {node.id: simulation.messages_at(node.id) for node in simulation.architecture.nodes},
        simulation.architecture.as_json(),
    ]
    return json.dumps(seen, sort_keys=True).encode()


def journal(run: Run, until_ms: int) -> bytes:
    first = run.sequence + 1
    run.run_to(until_ms)
    return json.dumps([as_json(sequence, record) for sequence, record in enumerate(run.drain(), first)]).encode()


def played(seed: int, done, costs) -> tuple[Run, History, Log]:
    """A lab as people play it: each command comes while the run goes on, some of them with a later effect."""
    log = Log()
    run = Run(SHOP, seed, log, -3_000)
    history = History(run, itertools.count().__next__)
    costs = itertools.cycle(costs)

    def advance(at_ms: int) -> None:
        while run.at_ms < at_ms:
            run.run_to(min(at_ms, run.at_ms + 700))
            history.keep(run.drain(), run)
            history.ran(run, next(costs))

    for at_ms, (action, target, parameters), later_ms in sorted(done, key=lambda act: act[0]):
        advance(at_ms)
        command = Command(run.at_ms + 1, action, target, parameters)
        try:
            run.simulation.check(command)
        except Refused:
            continue
        log.add(log.last_sequence + 1, command)
        log.add(log.last_sequence + 1, Command(run.at_ms + 1 + later_ms, "Send", "shop", {}))
        run.run_to(run.at_ms + 1)
        history.keep(run.drain(), run)
    advance(LASTS_MS)
    return run, history, log


@given(st.integers(0, 999), acts, st.lists(st.sampled_from([0.0, 0.01, 9.0]), min_size=1, max_size=3), st.data())
def test_going_back_gives_the_state_that_a_fresh_run_has_at_that_instant(seed, done, costs, data):
    run, history, log = played(seed, done, costs)
    for at_ms in data.draw(st.lists(st.integers(-3_000, LASTS_MS), min_size=1, max_size=4)):
        fresh = Run(SHOP, seed, Log.of([(sequence, command) for _, sequence, command in log.commands]), -3_000)
        fresh.run_to(at_ms)
        fresh.drain()
        back = history.exact(at_ms, log)
        back.drain()
        assert frozen_in_words(back) == frozen_in_words(fresh)
        assert journal(back, LASTS_MS) == journal(fresh, LASTS_MS)
        assert frozen_in_words(back) == frozen_in_words(fresh) == frozen_in_words(run)


@given(st.integers(0, 999), acts)
def test_what_people_saw_live_is_what_the_log_gives_again(seed, done):
    _, history, log = played(seed, done, [1.0])
    fresh = Run(SHOP, seed, Log.of([(sequence, command) for _, sequence, command in log.commands]), -3_000)
    seen = [as_json(sequence, record) for sequence, record in history.newest(LASTS_MS)]
    assert json.dumps(seen).encode() == journal(fresh, LASTS_MS)


@pytest.mark.parametrize("room", [20_000, 200_000])
def test_frozen_states_stay_within_their_room_and_spread_over_the_whole_run(room):
    run = Run(SHOP, 7, Log())
    history = History(run, lambda: 0.0, room_bytes=room)
    while run.at_ms < 40_000:
        run.run_to(run.at_ms + 100)
        history.keep(run.drain(), run)
        history.ran(run, 1.0)
    assert history.bytes <= room or len(history.states) == 2
    assert history.bytes == sum(len(frozen.state) for frozen in history.states)
    gaps = [after.at_ms - before.at_ms for before, after in itertools.pairwise(history.states)]
    assert max(gaps) <= 4 * (40_000 / len(history.states))


def test_freezing_costs_no_more_than_a_part_of_the_running():
    run = Run(SHOP, 7, Log())
    ticks = itertools.count(step=10)
    history = History(run, ticks.__next__)  # freezing takes 10 s by this timer
    for _ in range(100):
        run.run_to(run.at_ms + 100)
        history.keep(run.drain(), run)
        history.ran(run, 1.0)
    assert len(history.states) == 1 + 1 + 1  # the beginning, one at once, and one after fifty times a second


def test_a_frozen_run_does_not_carry_the_log():
    log = Log.of([(1, Command(10, "Send", "shop", {"message": {"body": "x" * 10_000}}))])
    run = Run(SHOP, 7, log)
    assert b"xxxxxxxxxx" not in run.freeze()
    assert pickle.loads(run.freeze())[1:] == (0, 0, 0)


def test_the_newest_records_are_kept_and_numbered(monkeypatch):
    from courseapp.labs import history as module

    monkeypatch.setattr(module, "MOST_RECORDS", 100)
    run = Run(SHOP, 7, Log())
    history = History(run, lambda: 0.0)
    everything = []
    while run.at_ms < 30_000:
        run.run_to(run.at_ms + 100)
        records = run.drain()
        everything += records
        history.keep(records, run)
    kept = history.newest(30_000)
    assert 100 <= len(kept) <= 160
    assert kept[-1][0] == len(everything)
    assert [record for _, record in kept] == everything[-len(kept) :]


LARGE = '{% ($s := $pad("", 25000, "abc"); $join([1..10].$s)) %}'
MAKER = parse(
    {
        "version": 1,
        "title": "A machine that makes large texts",
        "nodes": [
            {
                "id": "maker",
                "kind": "state_machine",
                "parameters": {
                    "definition": {
                        "StartAt": "Make",
                        "QueryLanguage": "JSONata",
                        "States": {"Make": {"Type": "Pass", "Output": LARGE, "End": True}},
                    }
                },
            },
        ],
        "links": [],
    }
)


def test_records_that_hold_large_data_are_let_go_sooner(monkeypatch):
    from courseapp.labs import history as module

    monkeypatch.setattr(module, "MOST_MADE", 20_000_000)
    run = Run(MAKER, 7, Log.of((n, Command(n * 1_000, "StartExecution", "maker", {})) for n in range(1, 301)))
    history = History(run, lambda: 0.0)
    everything = []
    while run.at_ms < 300_000:
        run.run_to(run.at_ms + 1_000)
        records = run.drain()
        everything += records
        history.keep(records, run)
        large = sum(record[1] == "PassStateExited" for _, record in history.newest(run.at_ms))
        assert large <= 81
        assert large >= min(40, run.at_ms // 1_000)
    kept = history.newest(300_000)
    assert kept[-1][0] == len(everything)
    assert [record for _, record in kept] == everything[-len(kept) :]
    assert history.first_sequence == kept[0][0] > 1


MACHINE = parse(
    {
        "version": 1,
        "title": "A machine that waits",
        "nodes": [
            {
                "id": "machine",
                "kind": "state_machine",
                "parameters": {
                    "definition": {
                        "StartAt": "Wait",
                        "States": {"Wait": {"Type": "Wait", "Seconds": 3, "Next": "Done"}, "Done": {"Type": "Succeed"}},
                    }
                },
            },
        ],
        "links": [],
    }
)
starts = [(n, Command(n * 1_000, "StartExecution", "machine", {})) for n in range(1, 12)]


@pytest.mark.parametrize(("document", "commands"), [(SHOP, []), (MACHINE, starts)])
def test_a_run_that_is_let_go_is_gone_without_a_search_and_its_records_stay_whole(document, commands):
    begin, log = Run(document, 7, Log.of(commands)), Log.of(commands)
    begin.run_to(10_000)
    run = Run.thaw(begin.freeze(), log)
    run.run_to(12_500)
    records = run.drain()
    before = [as_json(number, record) for number, record in enumerate(records)]
    parts = [run.simulation, run.simulation.kernel, *run.simulation.kernel.nodes.values()]
    watched = [weakref.ref(part) for part in parts if hasattr(part, "__weakref__")]
    gc.disable()
    try:
        del parts
        run.let_go()
        assert [as_json(number, record) for number, record in enumerate(records)] == before
        del run, records
        assert [watch() for watch in watched] == [None] * len(watched)
    finally:
        gc.enable()

"""A queue's alarm line: when it is crossed, and where that is told."""

from typing import Any

import pytest

from courseapp.engine.architecture import parse
from courseapp.engine.commands import Command, read_command
from courseapp.labs.embed import opening_of
from courseapp.labs.run import Log, Run
from courseapp.labs.timeline import Mark, Timeline
from courseapp.lessons.content import course

BUFFER = course().lab("the-buffer")
DRAWN = {"at_ms": 5_000, "action": "SetParameter", "target": "orders", "parameters": {"alarm_at_messages": 20}}


def crossings(step_ms: int, *commands: dict[str, Any], until_ms: int = 60_000) -> list[Mark]:
    """The marks of crossed lines, where somebody looks at the figures every so often."""
    run = Run(BUFFER.architecture, 7, Log.of(enumerate(map(read_command, commands), 1)), 0)
    timeline = Timeline(BUFFER.architecture)
    found: list[Mark] = []
    for at_ms in range(0, until_ms + 1, step_ms):
        run.run_to(at_ms)
        first, records = run.sequence + 1, run.drain()
        simulation = run.simulation
        found += timeline.look_at_alarms(at_ms, first, records, simulation.metrics(), simulation.architecture)
    assert [mark for mark in timeline.marks if mark in found] == found
    return found


@pytest.mark.parametrize("step_ms", [100, 1_000, 15_000])
def test_a_line_is_crossed_at_the_very_millisecond_however_seldom_one_looks(step_ms: int) -> None:
    assert [(at_ms, status, says) for at_ms, status, says, _ in crossings(step_ms, DRAWN)] == [
        (10_000, "wait", "Alarm: 39 messages are visible in orders, which has its line at 20."),
        (30_000, "ok", "The alarm of orders is over: 19 messages are visible, below its line at 20."),
    ]


def test_a_line_below_what_waits_already_is_crossed_when_it_is_drawn() -> None:
    (rung, _) = crossings(500, {**DRAWN, "at_ms": 20_000})
    assert rung[:2] == (20_000, "wait")


def test_a_line_that_is_taken_away_is_crossed_no_more() -> None:
    away = {**DRAWN, "at_ms": 20_000, "parameters": {"alarm_at_messages": 0}}
    assert [mark[0] for mark in crossings(500, DRAWN, away)] == [10_000]


def test_without_a_line_nothing_is_crossed() -> None:
    assert crossings(1_000) == []


def two_queues(*acts: tuple[int, str, str, dict[str, Any]]) -> tuple[Run, Timeline]:
    """A topic feeds two queues with a line each; nobody reads them."""
    nodes: list[dict[str, Any]] = [
        {"id": "shop", "kind": "publisher", "parameters": {"messages": [{"at_seconds": at} for at in (1, 2, 3)]}},
        {"id": "events", "kind": "topic"},
        {"id": "slow", "kind": "queue", "parameters": {"alarm_at_messages": 3}},
        {"id": "quick", "kind": "queue", "parameters": {"alarm_at_messages": 1}},
    ]
    links = [{"from": "shop", "to": "events"}, *({"from": "events", "to": queue} for queue in ("slow", "quick"))]
    architecture = parse({"version": 1, "title": "Two lines", "nodes": nodes, "links": links})
    logged = Log.of((number, Command(*act)) for number, act in enumerate(acts, 1))
    return Run(architecture, 7, logged, 0), Timeline(architecture)


def looked(run: Run, timeline: Timeline, at_ms: int) -> list[Mark]:
    run.run_to(at_ms)
    first, records = run.sequence + 1, run.drain()
    return timeline.look_at_alarms(at_ms, first, records, run.simulation.metrics(), run.simulation.architecture)


def test_lines_of_several_queues_are_told_in_the_order_in_which_they_were_crossed() -> None:
    crossed = looked(*two_queues(), 5_000)
    assert [(at_ms, says) for at_ms, _, says, _ in crossed] == [
        (1_000, "Alarm: 1 message is visible in quick, which has its line at 1."),
        (3_000, "Alarm: 3 messages are visible in slow, which has its line at 3."),
    ]


def test_lines_that_are_crossed_at_once_have_a_mark_of_their_own_each() -> None:
    run, timeline = two_queues(*((5_000, "PurgeQueue", queue, {}) for queue in ("slow", "quick")))
    looked(run, timeline, 4_000)
    over = looked(run, timeline, 5_000)
    assert [says.split(" is over")[0] for _, _, says, _ in over] == ["The alarm of slow", "The alarm of quick"]
    assert len({sequence for *_, sequence in over}) == 2 and all(sequence % 1 >= 0.5 for *_, sequence in over)


def test_the_picture_says_that_the_line_is_crossed() -> None:
    run = Run(BUFFER.architecture, 7, Log.of([(1, read_command(DRAWN))]), 0)
    run.run_to(9_000)
    below = run.simulation.view()["nodes"]["orders"]
    assert (below["alarm"], below["says"]) == ({"at": 20, "over": False}, "")
    run.run_to(12_000)
    over = run.simulation.view()["nodes"]["orders"]
    assert (over["status"], over["says"]) == ("wait", "over its alarm line of 20")


def test_a_lane_has_the_line_and_an_opening_without_one_has_none() -> None:
    assert not any("alarm" in lane for lane in opening_of(BUFFER.architecture, BUFFER.lab)["lanes"])
    run = Run(BUFFER.architecture, 7, Log.of([(1, read_command(DRAWN))]), 0)
    timeline = Timeline(BUFFER.architecture)
    run.run_to(6_000)
    timeline.look_at_alarms(6_000, 1, run.drain(), run.simulation.metrics(), run.simulation.architecture)
    assert [lane.get("alarm") for lane in timeline.lanes_as_json()] == [20, None]

"""How much is to be done when the retention of many messages ends: no more for each however many there are."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from courseapp.engine.sqs import api
from tests.engine.trial import Trial

KEPT_S = 60
KEPT = {"MessageRetentionPeriod": KEPT_S}


def filled(many: int, step_ms: int, name: str = "q", groups: int = 0, **parameters: Any) -> Trial:
    """A queue that was sent ``many`` messages, one every ``step_ms`` from 0 on, and that nobody reads. It stands at
    the end of the last send."""
    given = {**KEPT, "ContentBasedDeduplication": True} if name.endswith(".fifo") else KEPT
    redrive = {"deadLetterTargetArn": "dead", "maxReceiveCount": 1}
    nodes = {name: ("queue", {**given, **parameters}), "dead": ("queue", KEPT)}
    if not name.endswith(".fifo"):
        nodes["source"] = ("queue", {**KEPT, "RedrivePolicy": redrive, "VisibilityTimeout": 1})
    trial = Trial(nodes).run(0)
    into = trial["source" if name == "dead" else name]
    for number in range(many):
        trial.run(number * step_ms / 1000)
        group = {"MessageGroupId": f"g{number % groups}"} if groups else {}
        api.send_message(into, {"MessageBody": f"{number}", "name": f"{number}", **group})
    return trial


def receive_all(trial: Trial, name: str, many: int) -> None:
    for _ in range(0, many, 10):
        api.receive_message(trial[name], {"MaxNumberOfMessages": 10})


def visible(many: int, step_ms: int) -> Trial:
    return filled(many, step_ms)


def delayed(many: int, step_ms: int) -> Trial:
    return filled(many, step_ms, DelaySeconds=900)


def in_flight(many: int, step_ms: int) -> Trial:
    trial = filled(many, step_ms, VisibilityTimeout=900)
    receive_all(trial, "q", many)
    return trial


def came_back(many: int, step_ms: int) -> Trial:
    trial = filled(many, step_ms, VisibilityTimeout=1)
    receive_all(trial, "q", many)
    return trial.run(50)


def in_a_dead_letter_queue(many: int, step_ms: int) -> Trial:
    trial = filled(many, step_ms, "dead")
    receive_all(trial, "source", many)
    trial.run(40)
    receive_all(trial, "source", many)
    return trial.run(50)


def one_group(many: int, step_ms: int) -> Trial:
    return filled(many, step_ms, "q.fifo", 1)


def many_groups(many: int, step_ms: int) -> Trial:
    return filled(many, step_ms, "q.fifo", many)


def steps_of(act: Callable[[], Any]) -> int:
    """How many steps of Python's own machine it takes."""
    steps = 0

    def count(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal steps
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        steps += event == "opcode"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        act()
    finally:
        sys.settrace(before)
    return steps


WAYS = [visible, delayed, in_flight, came_back, in_a_dead_letter_queue, one_group, many_groups]


@pytest.mark.parametrize("step_ms", [0, 10], ids=["at-once", "one-after-another"])
@pytest.mark.parametrize("way", WAYS)
def test_twice_as_many_messages_that_expire_are_twice_the_work(way, step_ms):
    steps = {}
    for many in (200, 400):
        trial = way(many, step_ms)
        simulation = trial.simulation
        steps[many] = steps_of(lambda end=simulation.run_until: end(KEPT_S * 1000 + 10_000))
        assert trial.run(70).names("expired") == [f"{number}" for number in range(many)]
    assert steps[400] < 2.4 * steps[200]


@pytest.mark.parametrize(("delay_s", "read"), [(0, ["source", "open", "dead"]), (40, ["source", "open"])])
def test_every_message_expires_in_its_time_wherever_it_stands_and_whichever_way_it_came(delay_s, read):
    nodes = {
        "shop": ("publisher", {"rates": [{"every_seconds": 0.7}]}),
        "source": ("queue", {**KEPT, "RedrivePolicy": {"deadLetterTargetArn": "dead", "maxReceiveCount": 1}}),
        "dead": ("queue", {**KEPT, "DelaySeconds": delay_s}),
        "open": ("queue", {**KEPT, "VisibilityTimeout": 7}),
    }
    links = ["shop/source", "shop/dead", "shop/open"]
    trial = Trial(nodes, links).do(0, "SetParameter", "shop", message={"name": "order {n}"})
    for second in range(1, 300, 2):
        trial.run(second)
        for queue in read:
            hidden_s = {"source": 5, "open": second % 90, "dead": 90}[queue]
            api.receive_message(trial[queue], {"MaxNumberOfMessages": 2, "VisibilityTimeout": hidden_s})
        if second % 50 == 1:
            trial.do(second + 0.5, "SetParameter", "dead", MessageRetentionPeriod=KEPT_S)
            trial.do(second + 0.5, "SetParameter", "open", MessageRetentionPeriod=KEPT_S)
    trial.run(300)
    for queue in ("dead", "open"):
        came = {one["id"]: one["at_ms"] for one in trial.of("sent") if one["node"] in ("source", queue)}
        ended = [(one["at_ms"], came[one["id"]]) for one in trial.of("expired", queue)]
        assert len(ended) > 200
        assert all(at_ms == sent_ms + KEPT_S * 1000 for at_ms, sent_ms in ended)

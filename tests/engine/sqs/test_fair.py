"""Fair queues: no tenant of a standard queue keeps the others waiting (facts: sqs 11)."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from courseapp.engine.sqs import api
from tests.engine.trial import Trial

QUIET = "ApproximateNumberOfMessages{}InQuietGroups"


def sent(trial: Trial, group: str | None, count: int = 1) -> None:
    for _ in range(count):
        api.send_message(trial["q"], {"MessageBody": group or "nobody", **({"MessageGroupId": group} if group else {})})


def receive(trial: Trial, count: int = 1) -> list[str]:
    bodies: list[str] = []
    while count > 0:
        answer = api.receive_message(trial["q"], {"MaxNumberOfMessages": min(10, count)})
        bodies += [message["Body"] for message in answer["Messages"]]
        count -= 10
    return bodies


def crowded(big: int = 100, **parameters: Any) -> Trial:
    """Big has sent a hundred messages, Small and one without a tenant one each after them; 30 of Big are in flight."""
    trial = Trial({"q": ("queue", parameters)}).run(0)
    sent(trial, "big", big)
    sent(trial, "small")
    sent(trial, None)
    assert set(receive(trial, 30)) == {"big"}
    return trial


def test_who_has_thirty_in_flight_and_a_tenth_of_all_waits_for_the_quiet_ones():
    trial = crowded()
    assert receive(trial, 4) == ["small", "nobody", "big", "big"]


def test_with_fewer_than_thirty_in_flight_nobody_is_noisy():
    trial = Trial({"q": "queue"}).run(0)
    sent(trial, "big", 100)
    sent(trial, "small")
    assert receive(trial, 29) + receive(trial) == ["big"] * 30
    assert receive(trial) == ["small"]


def test_of_several_noisy_tenants_the_one_with_the_fewest_in_flight_comes_first():
    trial = Trial({"q": "queue"}).run(0)
    sent(trial, "a", 40)
    sent(trial, "b", 31)
    receive(trial, 71)
    sent(trial, "a", 2)
    sent(trial, "b", 2)
    assert receive(trial, 3) == ["b", "b", "a"]


def test_a_tenant_whose_messages_are_done_is_quiet_again():
    trial = crowded(VisibilityTimeout=10).run(11)
    assert trial.metric("q", "ApproximateNumberOfNoisyGroups") == 0
    assert receive(trial, 10) == ["big"] * 10


def test_without_tenants_a_queue_keeps_its_line():
    trial = Trial({"q": "queue"}).run(0)
    sent(trial, None, 60)
    assert receive(trial, 60) == ["nobody"] * 60
    assert "ApproximateNumberOfNoisyGroups" not in trial.simulation.metrics()["q"]


def test_the_metrics_tell_noisy_from_quiet():
    trial = Trial({"q": "queue"}).run(0)
    sent(trial, "big", 100)
    sent(trial.run(20), "small")
    sent(trial, None)
    receive(trial, 30)
    figures = trial.simulation.metrics()["q"]
    assert figures["ApproximateNumberOfNoisyGroups"] == 1
    assert [figures[QUIET.format(state)] for state in ("Visible", "NotVisible", "Delayed")] == [2, 0, 0]
    assert figures["ApproximateNumberOfMessagesVisible"] == 72
    oldest = "ApproximateAgeOfOldestMessage"
    ages = [trial.run(40).metric("q", name) for name in (oldest, oldest + "InQuietGroups")]
    assert ages == [40, 20]


def test_while_nobody_is_noisy_the_oldest_message_of_all_is_that_of_the_quiet():
    trial = Trial({"q": "queue"}).run(0)
    sent(trial, "big", 5)
    assert trial.run(9).metric("q", "ApproximateAgeOfOldestMessageInQuietGroups") == 9


def test_nothing_is_lost_whoever_is_preferred_and_a_copy_goes_on_alike():
    trial = crowded(VisibilityTimeout=5, MessageRetentionPeriod=60)
    other = pickle.loads(pickle.dumps(trial.simulation))
    for second in (3, 5, 9, 20):
        trial.run(second)
        other.run_until(second * 1000)
        assert receive(trial, 10) == [
            message["Body"]
            for message in api.receive_message(other.kernel.nodes["q"], {"MaxNumberOfMessages": 10})["Messages"]
        ]
    assert sum(trial.counts("q")) == 102
    assert sum(trial.run(61).counts("q")) == 0


def test_workers_take_the_quiet_ones_first_as_well():
    busy = ("consumer", {"workers": 31, "WaitTimeSeconds": 20, "processing_seconds": {"uniform": [5, 15]}})
    trial = Trial({"q": "queue", "c": busy}, ["q/c"]).run(0)
    for _ in range(60):
        trial.do(1, "SendMessage", "q", MessageBody="x", MessageGroupId="big", name="big")
    trial.do(2, "SendMessage", "q", MessageBody="x", MessageGroupId="small", name="small").run(60)
    assert trial.names("received")[31] == "small"
    assert len(trial.of("deleted")) == 61


def test_a_topic_passes_tenants_on():
    trial = Trial({"t": "topic", "q": "queue"}, ["t/q"]).run(0)
    for tenant in ["big"] * 40 + ["small"]:
        trial.do(1, "Publish", "t", Message="x", MessageGroupId=tenant, name=tenant)
    trial.do(2, "ReceiveMessage", "q", MaxNumberOfMessages=10).do(2, "ReceiveMessage", "q", MaxNumberOfMessages=10)
    trial.do(2, "ReceiveMessage", "q", MaxNumberOfMessages=10).do(3, "ReceiveMessage", "q")
    assert trial.names("received") == ["big"] * 30 + ["small"]


def test_a_queue_of_several_servers_is_fair_as_well():
    trial = Trial({"q": ("queue", {"servers": 3})}).run(0)
    sent(trial, "big", 100)
    receive(trial, 30)
    sent(trial, "small", 2)
    assert sorted(receive(trial, 4)) == ["big", "big", "small", "small"]


def test_a_dead_letter_queue_and_the_destination_of_a_move_are_fair_as_well():
    policy = {"VisibilityTimeout": 0, "RedrivePolicy": {"deadLetterTargetArn": "d", "maxReceiveCount": 1}}
    trial = Trial({"q": ("queue", policy), "d": "queue", "other": "queue"}).run(0)
    sent(trial, "big", 100)
    sent(trial, "small")
    receive(trial, 101)
    trial.run(1)["q"].receive("nobody", 10)
    assert trial.counts("d") == (101, 0, 0)
    first = [copy.body for _ in range(4) for copy in trial["d"].receive("reader", 10)]
    trial.run(40).do(41, "StartMessageMoveTask", "d", DestinationArn="other")
    then = [copy.body for _ in range(4) for copy in trial["other"].receive("reader", 10)]
    assert (first.index("small"), then.index("small")) == (30, 30)


def test_a_send_for_a_tenant_costs_a_tenth_of_a_dollar_more_a_million():
    trial = Trial({"q": "queue", "q.fifo": ("queue", {"ContentBasedDeduplication": True})}).run(0)
    sent(trial, "big", 3)
    sent(trial, None, 2)
    receive(trial, 5)
    assert trial.metric("q", "cost_usd") == pytest.approx((6 * 0.40 + 3 * 0.10) / 1_000_000)
    batch = [{"Id": str(n), "MessageBody": "x" * 10_000, "MessageGroupId": "big"} for n in range(10)]
    api.send_message_batch(trial["q"], batch)  # 100,000 bytes: two requests
    assert trial.metric("q", "cost_usd") == pytest.approx((8 * 0.40 + 5 * 0.10) / 1_000_000)
    api.send_message(trial["q.fifo"], {"MessageBody": "a", "MessageGroupId": "g"})
    assert trial.metric("q.fifo", "cost_usd") == pytest.approx(0.50 / 1_000_000)

"""Standard queues: servers, duplicates, polling, who is served first (facts: sqs 7)."""

from __future__ import annotations

from typing import Any

import pytest

from courseapp.engine.sqs import api
from tests.engine.trial import Trial

LONG = {"WaitTimeSeconds": 20}


def filled(count: int, seed: int = 7, **parameters: Any) -> Trial:
    trial = Trial({"q": ("queue", parameters)}, seed=seed).run(0)
    for n in range(count):
        api.send_message(trial["q"], {"MessageBody": str(n)})
    return trial


def receive(trial: Trial, **parameters: Any) -> list[str]:
    answer = api.receive_message(trial["q"], parameters)
    return [message["Body"] for message in answer.get("Messages", [])]


# -- servers ----------------------------------------------------------------------------------------------------------


def test_with_one_server_messages_come_in_the_order_in_which_they_were_sent():
    trial = filled(30)
    assert [receive(trial)[0] for _ in range(30)] == [str(n) for n in range(30)]


def test_one_that_came_back_is_received_before_those_sent_after_it():
    trial = filled(3, VisibilityTimeout=5)
    assert receive(trial) == ["0"]
    trial.run(5)
    assert receive(trial, MaxNumberOfMessages=10) == ["0", "1", "2"]


@pytest.mark.parametrize("way", [["p/q"], ["p/t", "t/q"]], ids=["sent to it", "from a topic"])
def test_one_that_was_overtaken_on_its_way_stands_where_it_arrived_also_when_it_comes_back(way):
    nodes = {"p": "publisher", "t": "topic", "q": ("queue", {"VisibilityTimeout": 5})}
    trial = Trial(nodes, [(way[0], {"latency_seconds": 2}), *way[1:]])
    trial.do(0, "Send", "p", message={"name": "slow"}).do(0.5, "SetParameter", way[0], latency_seconds=0)
    trial.do(1, "Send", "p", message={"name": "fast"}).run(3)
    for at_s, most in ((3, 1), (8, 10), (13, 10)):
        receive(trial.run(at_s), MaxNumberOfMessages=most)
    assert trial.names("sent", "q") == ["fast", "slow"]
    assert trial.run(14).names("received", "q") == ["fast", *["fast", "slow"] * 2]


def test_the_same_message_by_two_ways_is_two_messages():
    to_q = {"RedrivePolicy": {"deadLetterTargetArn": "q"}}
    closed = ("queue", {"Policy": {"Statement": []}})
    trial = Trial({"t": "topic", "q": "queue", "closed": closed}, ["t/q", ("t/closed", to_q)])
    trial.do(0, "Publish", "t", Message="x")
    handles = [
        message["ReceiptHandle"] for message in api.receive_message(trial["q"], {"MaxNumberOfMessages": 10})["Messages"]
    ]
    assert trial.counts("q") == (0, 2, 0)
    api.delete_message(trial["q"], {"ReceiptHandle": handles[0]})
    assert trial.counts("q") == (0, 1, 0)
    assert len(trial.run(30).of("returned")) == 1


def test_with_several_servers_the_order_is_nearly_kept_and_nothing_is_lost():
    trial = filled(100, servers=5)
    order = [int(receive(trial, WaitTimeSeconds=1)[0]) for _ in range(100)]
    assert sorted(order) == list(range(100))
    assert order != list(range(100))
    assert max(abs(place - number) for place, number in enumerate(order)) < 60


def test_a_short_poll_asks_some_servers_and_may_come_back_empty_from_a_queue_that_is_not():
    trial = filled(1, servers=5, sample_probability=0.1, VisibilityTimeout=0)
    answers = [receive(trial) for _ in range(60)]
    assert [] in answers and ["0"] in answers
    assert trial.metric("q", "NumberOfEmptyReceives") == answers.count([])


def test_a_long_poll_asks_all_servers():
    for seed in range(20):
        assert receive(filled(1, seed, servers=5, sample_probability=0.1), WaitTimeSeconds=1) == ["0"]


def test_servers_that_are_set_hold_from_then_on():
    trial = filled(100).do(1, "SetParameter", "q", servers=5)
    order = [receive(trial, WaitTimeSeconds=1)[0] for _ in range(100)]
    assert order != [str(n) for n in range(100)]
    assert sorted(order, key=int) == [str(n) for n in range(100)]


# -- poison pills -----------------------------------------------------------------------------------------------------

POISON = {"VisibilityTimeout": 10, "poison_to_back": True}


def received_thrice(**parameters: Any) -> Trial:
    """Message 0 was received at 0, 10 and 20 s and comes back at 30; 1 to 3 have waited all the time."""
    trial = Trial({"q": ("queue", parameters)}).run(0)
    for n in range(4):
        api.send_message(trial["q"], {"MessageBody": str(n)})
    for second in (0, 10, 20):
        assert receive(trial.run(second)) == ["0"]
    return trial.run(30)


def test_the_place_in_the_line_is_kept_unless_the_document_asks():
    assert receive(received_thrice(VisibilityTimeout=10), MaxNumberOfMessages=10) == ["0", "1", "2", "3"]


def test_a_message_that_was_received_three_times_comes_back_behind_all_others():
    trial = received_thrice(**POISON)
    assert [token["name"] for token in trial["q"].view()["lanes"]["visible"]][-1] == trial.names("received")[0]
    api.send_message(trial["q"], {"MessageBody": "later"})
    assert receive(trial, MaxNumberOfMessages=10) == ["1", "2", "3", "0", "later"]
    assert trial.counts("q") == (0, 5, 0)


def test_one_that_is_given_back_by_its_consumer_goes_to_the_back_as_well():
    trial = Trial({"q": ("queue", POISON)}).run(0)
    for n in range(2):
        api.send_message(trial["q"], {"MessageBody": str(n)})
    for _ in range(3):
        answer = api.receive_message(trial["q"], {})["Messages"][0]
        assert answer["Body"] == "0"
        handle = answer["ReceiptHandle"]
        api.change_message_visibility(trial["q"], {"ReceiptHandle": handle, "VisibilityTimeout": 0})
    assert receive(trial, MaxNumberOfMessages=2) == ["1", "0"]


def test_at_the_back_it_can_be_deleted_expires_and_moves_to_the_dead_letter_queue_as_anywhere():
    policy = {"deadLetterTargetArn": "d", "maxReceiveCount": 3}
    trial = Trial({"d": "queue", "q": ("queue", {**POISON, "RedrivePolicy": policy})}).run(0)
    for n in range(3):
        api.send_message(trial["q"], {"MessageBody": str(n)})
    for second in (0, 10, 20):
        assert receive(trial.run(second)) == ["0"]
    trial.run(30)
    assert [receive(trial), trial.of("moved_to_dlq")] == [["1"], []]
    assert receive(trial, MaxNumberOfMessages=10) == ["2"]
    assert len(trial.run(31).of("moved_to_dlq")) == 1
    left = received_thrice(**POISON, MessageRetentionPeriod=60).run(60)
    assert left.counts("q") == (0, 0, 0)
    assert len(left.of("expired")) == 4


# -- duplicates -------------------------------------------------------------------------------------------------------


def test_a_ghost_delete_lets_the_next_delete_miss_and_the_message_come_back():
    trial = Trial(
        {"q": ("queue", {"VisibilityTimeout": 5}), "c": ("consumer", {**LONG, "processing_seconds": 1})}, ["q/c"]
    )
    trial.do(0, "GhostDelete", "q").do(0, "SendMessage", "q", MessageBody="a", name="a").run(60)
    assert trial.of("delete_missed")[0]["reason"] == {"code": "server_away", "arguments": []}
    assert trial.seconds("received") == [0, 5]
    assert trial.seconds("deleted") == [6]


def test_a_ghost_waits_for_a_delete_of_what_is_in_flight():
    trial = filled(2, VisibilityTimeout=5)
    first, second = api.receive_message(trial["q"], {"MaxNumberOfMessages": 2, "VisibilityTimeout": 10})["Messages"]
    api.change_message_visibility(trial["q"], {"ReceiptHandle": first["ReceiptHandle"], "VisibilityTimeout": 0})
    trial.do(1, "GhostDelete", "q")
    for message in (first, second):
        api.delete_message(trial["q"], {"ReceiptHandle": message["ReceiptHandle"]})
    assert trial.counts("q") == (0, 1, 0)
    assert receive(trial.run(10)) == ["1"]


def test_each_ghost_delete_is_for_one_delete():
    trial = Trial({"q": ("queue", {"VisibilityTimeout": 5}), "c": ("consumer", LONG)}, ["q/c"])
    trial.do(0, "GhostDelete", "q").do(0, "GhostDelete", "q")
    for name in ("a", "b", "c"):
        trial.do(1, "SendMessage", "q", MessageBody=name, name=name)
    trial.run(60)
    assert trial.names("delete_missed") == ["a", "b"]
    assert sorted(trial.names("deleted")) == ["a", "b", "c"]


def test_duplicates_come_as_often_as_their_probability_says():
    again = 0
    for seed in range(10):
        trial = Trial(
            {
                "p": ("publisher", {"rates": [{"messages_per_second": 10, "until_seconds": 50}]}),
                "q": ("queue", {"VisibilityTimeout": 30, "duplicate_probability": 0.1}),
                "c": ("consumer", LONG),
            },
            ["p/q", "q/c"],
            seed=seed,
        ).run(52)
        again += len(trial.of("delete_missed"))
    assert 0.085 < again / 5000 < 0.115


def test_every_delete_holds_where_the_probability_is_zero():
    trial = Trial(
        {"p": ("publisher", {"bursts": [{"at_seconds": 0, "count": 50}]}), "q": "queue", "c": ("consumer", LONG)},
        ["p/q", "q/c"],
    ).run(100)
    assert len(trial.of("received")) == len(trial.of("deleted")) == 50


# -- polling ----------------------------------------------------------------------------------------------------------


def test_a_long_poll_is_answered_as_soon_as_a_message_is_there_and_does_not_wait_for_more():
    trial = Trial({"q": "queue", "c": ("consumer", {**LONG, "MaxNumberOfMessages": 10})}, ["q/c"])
    trial.do(3, "SendMessage", "q", MessageBody="a").do(3.5, "SendMessage", "q", MessageBody="b").run(10)
    assert trial.seconds("received") == [3, 3.5]


def test_messages_of_one_millisecond_are_received_together():
    trial = Trial({"q": "queue", "c": ("consumer", {**LONG, "MaxNumberOfMessages": 10})}, ["q/c"])
    for _ in range(4):
        trial.simulation.apply(_send(2))
    trial.run(5)
    assert trial.seconds("received") == [2, 2, 2, 2]
    assert trial.metric("q", "requests") == 4 + 1 + 4


def _send(at_s: float) -> Any:
    from courseapp.engine.commands import Command

    return Command(round(at_s * 1000), "SendMessage", "q", {"MessageBody": "a"})


def test_an_open_long_poll_comes_back_empty_when_its_time_is_up_and_another_begins():
    trial = Trial({"q": "queue", "c": ("consumer", {"WaitTimeSeconds": 20})}, ["q/c"]).run(60)
    assert trial.seconds("empty_receive") == [20, 40, 60]
    assert trial.metric("q", "requests") == 3


def test_a_short_poll_is_made_every_interval_and_each_empty_one_is_billed():
    trial = Trial({"q": "queue", "c": ("consumer", {"WaitTimeSeconds": 0, "poll_interval_seconds": 0.5})}, ["q/c"]).run(
        10
    )
    assert trial.seconds("empty_receive") == [n / 2 for n in range(21)]
    assert trial.metric("q", "requests") == 21


def test_a_worker_that_polls_briefly_waits_for_its_next_poll_even_if_messages_wait():
    trial = Trial(
        {
            "p": ("publisher", {"bursts": [{"at_seconds": 0, "count": 3}]}),
            "q": "queue",
            "c": ("consumer", {"WaitTimeSeconds": 0, "poll_interval_seconds": 5, "processing_seconds": 1}),
        },
        ["p/q", "q/c"],
    ).run(30)
    assert trial.seconds("received") == [0, 5, 10]


@pytest.mark.parametrize("parameters", [{}, {"WaitTimeSeconds": 20}])
def test_without_a_wait_of_its_own_a_consumer_takes_that_of_its_queue(parameters):
    trial = Trial({"q": ("queue", {"ReceiveMessageWaitTimeSeconds": 5}), "c": ("consumer", parameters)}, ["q/c"])
    assert trial.run(20).seconds("empty_receive") == ([20] if parameters else [5, 10, 15, 20])


def test_a_long_poll_that_gave_way_to_short_ones_does_not_end_once_more():
    consumer = {"WaitTimeSeconds": 20, "poll_interval_seconds": 60}
    trial = Trial({"q": "queue", "c": ("consumer", consumer)}, ["q/c"])
    trial.do(5, "SetParameter", "c", WaitTimeSeconds=0).run(70)
    assert trial.seconds("empty_receive") == [5, 65]


def test_a_receive_from_outside_waits_for_a_message_and_gets_it_at_once():
    trial = Trial({"q": "queue"}).do(0, "ReceiveMessage", "q", WaitTimeSeconds=10)
    trial.do(4, "SendMessage", "q", MessageBody="a").run(30)
    assert [(record["at_ms"], record["detail"]["by"]) for record in trial.of("received")] == [(4000, "outside")]
    assert trial.of("empty_receive") == []


def test_a_receive_from_outside_comes_back_empty_when_its_time_is_up():
    trial = Trial({"q": "queue"}).do(1, "ReceiveMessage", "q", WaitTimeSeconds=10).run(30)
    assert trial.seconds("empty_receive") == [11]


def test_of_those_who_wait_the_one_that_has_waited_longest_is_served_first():
    trial = Trial({"q": "queue", "c": ("consumer", {**LONG, "workers": 3, "processing_seconds": 2})}, ["q/c"])
    for at_s in (1, 1.5, 4, 5, 6):
        trial.do(at_s, "SendMessage", "q", MessageBody="a")
    trial.run(20)
    assert [record["detail"]["worker"] for record in trial.of("work_started")] == [1, 2, 3, 1, 2]


def test_of_those_who_have_waited_equally_long_the_workers_of_the_first_consumer_come_first():
    consumer = ("consumer", {**LONG, "workers": 2, "processing_seconds": 9})
    trial = Trial({"q": "queue", "c": consumer, "d": consumer}, ["q/c", "q/d"]).run(0)
    for body in "abc":
        api.send_message(trial["q"], {"MessageBody": body})
    trial.run(1)
    assert [token["holder"] for token in trial["q"].view()["lanes"]["in_flight"]] == ["c#1", "c#2", "d#1"]


def test_whoever_comes_later_has_waited_from_then_on():
    trial = Trial({"q": "queue", "c": ("consumer", LONG)}, ["q/c"]).do(5, "SendMessage", "q", MessageBody="a")
    trial.do(10, "AddNode", "d", kind="consumer", parameters=LONG).do(10, "Connect", "q/d")
    trial.do(12, "SendMessage", "q", MessageBody="b")
    assert [record["detail"]["by"] for record in trial.of("received")] == ["c", "c"]


def test_waiting_counts_across_empty_polls():
    trial = Trial(
        {"q": "queue", "slow": ("consumer", {"WaitTimeSeconds": 3}), "quick": ("consumer", {"WaitTimeSeconds": 20})},
        ["q/slow", "q/quick"],
    )
    trial.do(10, "SendMessage", "q", MessageBody="a").run(11)
    assert trial.of("received")[0]["detail"]["by"] == "slow"


def test_two_consumers_of_one_queue_share_its_messages():
    trial = Trial(
        {
            "p": ("publisher", {"bursts": [{"at_seconds": 0, "count": 10}]}),
            "q": "queue",
            "a": ("consumer", {**LONG, "processing_seconds": 1}),
            "b": ("consumer", {**LONG, "processing_seconds": 1}),
        },
        ["p/q", "q/a", "q/b"],
    ).run(30)
    by = [record["node"] for record in trial.of("worked")]
    assert (by.count("a"), by.count("b")) == (5, 5)


# -- metrics ----------------------------------------------------------------------------------------------------------


def test_the_age_of_the_oldest_leaves_out_what_was_received_three_times():
    trial = filled(1, VisibilityTimeout=1)
    for second in (0, 1, 2):
        trial.run(second)
        receive(trial)
        age = trial.metric("q", "ApproximateAgeOfOldestMessage")
        assert age == (second if second < 2 else 0)
    trial.run(10)
    api.send_message(trial["q"], {"MessageBody": "b"})
    assert trial.run(12).metric("q", "ApproximateAgeOfOldestMessage") == 2


def test_the_longest_wait_is_from_the_send_to_the_first_receive():
    trial = filled(2, VisibilityTimeout=5)
    receive(trial)
    trial.run(7)
    receive(trial), receive(trial)
    assert trial.metric("q", "longest_wait_seconds") == 7


def test_requests_are_billed_by_the_64_kib_of_what_a_queue_keeps():
    trial = Trial(
        {
            "p": ("publisher", {"message": {"body": {"repeat": "x", "times": 65_536}}}),
            "t": "topic",
            "q": "queue",
        },
        ["p/t", "t/q"],
    ).do(0, "Send", "p")
    assert trial.metric("q", "requests") == 2


@pytest.mark.parametrize(("size", "billed"), [(65_536, 1), (65_537, 2), (262_144, 4)])
def test_a_receive_is_billed_by_64_kib_as_well_whoever_makes_it(size, billed):
    policy = {"RedrivePolicy": {"deadLetterTargetArn": "d", "maxReceiveCount": 1}, "VisibilityTimeout": 0}
    trial = Trial({"q": ("queue", policy), "d": "queue", "r": "queue", "c": ("consumer", LONG)}, ["r/c"])
    for node in ("q", "r"):
        trial.do(0, "SendMessage", node, MessageBody={"repeat": "x", "times": size})
    trial.do(1, "ReceiveMessage", "q").do(2, "ReceiveMessage", "q", WaitTimeSeconds=1).do(5, "ReceiveMessage", "d")
    assert (trial.metric("q", "requests"), trial.metric("d", "requests")) == (2 * billed + 1, billed)
    assert trial.metric("r", "requests") == 2 * billed + 1


def test_ten_small_messages_are_received_for_one_request_and_ten_large_ones_for_several():
    trial = Trial({"small": "queue", "large": "queue"})
    for _ in range(10):
        trial.do(0, "SendMessage", "small", MessageBody="x" * 6_553)
        trial.do(0, "SendMessage", "large", MessageBody={"repeat": "x", "times": 100_000})
    for node in ("small", "large"):
        trial.do(1, "ReceiveMessage", node, MaxNumberOfMessages=10)
    assert (trial.metric("small", "requests"), trial.metric("large", "requests")) == (10 + 1, 10 * 2 + 16)

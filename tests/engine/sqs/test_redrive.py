"""Dead-letter queues and move tasks (facts: sqs 10)."""

from __future__ import annotations

from typing import Any

import pytest

from courseapp.engine.sqs import api
from tests.engine.trial import Trial

POLICY = {"VisibilityTimeout": 5, "RedrivePolicy": {"deadLetterTargetArn": "d", "maxReceiveCount": 1}}


def pair(source: dict[str, Any] | None = None, dead: dict[str, Any] | None = None, limit: int = 1) -> Trial:
    redrive = {"RedrivePolicy": {"deadLetterTargetArn": "d", "maxReceiveCount": limit}}
    return Trial(
        {"q": ("queue", {"VisibilityTimeout": 5, **redrive, **(source or {})}), "d": ("queue", dead or {})}
    ).run(0)


def send(trial: Trial, body: str = "a", **parameters: Any) -> dict[str, Any]:
    return api.send_message(trial["q"], {"MessageBody": body, "name": body, **parameters})


def receive(trial: Trial, queue: str = "q", most: int = 1) -> list[dict[str, Any]]:
    return api.receive_message(trial[queue], {"MaxNumberOfMessages": most}).get("Messages", [])


def moved(trial: Trial, *bodies: str) -> Trial:
    """Each body received once too often, so that it lies in the dead-letter queue at second 5."""
    for body in bodies:
        send(trial, body)
    receive(trial, most=10)
    trial.run(5)
    receive(trial, most=10)
    return trial.run(5)


# -- the move ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_receive_that_would_be_one_too_many_moves_the_message_and_returns_nothing(limit):
    trial = pair(limit=limit)
    send(trial)
    for count in range(limit):
        trial.run(5 * count)
        assert len(receive(trial)) == 1
    trial.run(100)
    assert (trial.counts("q"), trial.counts("d")) == ((1, 0, 0), (0, 0, 0))
    assert receive(trial) == []
    assert (trial.counts("q"), trial.counts("d")) == ((0, 0, 0), (1, 0, 0))
    assert trial.run(100).of("moved_to_dlq")[0]["reason"] == {"code": "received_too_often", "arguments": [limit]}


def test_that_receive_goes_on_to_other_messages():
    trial = pair()
    send(trial, "a")
    receive(trial)
    trial.run(5)
    send(trial, "b")
    assert [message["Body"] for message in receive(trial)] == ["b"]
    assert trial.counts("d") == (1, 0, 0)


def test_the_moved_message_keeps_its_id_its_body_and_its_count():
    trial = pair()
    attributes = {"type": {"DataType": "String", "StringValue": "order"}}
    sent = send(trial, MessageAttributes=attributes)
    first = receive(trial)[0]
    trial.run(5)
    receive(trial)
    dead = receive(trial, "d")[0]
    assert (dead["MessageId"], dead["Body"], dead["MessageAttributes"]) == (sent["MessageId"], "a", attributes)
    assert dead["Attributes"]["ApproximateReceiveCount"] == "2"
    assert dead["Attributes"]["SentTimestamp"] == first["Attributes"]["SentTimestamp"]
    assert dead["Attributes"]["DeadLetterQueueSourceArn"].endswith(":q")


def test_a_dead_letter_queue_says_what_its_alarm_is_about():
    trial = pair()
    assert [trial.simulation.node_view("d")[name] for name in ("status", "says")] == ["idle", ""]
    moved(trial, "a")
    assert [trial.simulation.node_view("d")[name] for name in ("status", "says")] == ["fail", "waits for a person"]


def test_the_move_does_not_count_as_a_message_sent():
    trial = moved(pair(), "a")
    assert trial.metric("d", "NumberOfMessagesSent") == 0


def test_retention_in_a_standard_dead_letter_queue_counts_from_the_first_send():
    trial = pair(dead={"MessageRetentionPeriod": 60})
    send(trial)
    receive(trial)
    trial.run(40)
    receive(trial)
    assert trial.run(100).seconds("expired", "d") == [60]


def test_one_that_is_older_than_the_dead_letter_queues_retention_expires_at_the_move():
    trial = pair(dead={"MessageRetentionPeriod": 60})
    send(trial)
    receive(trial)
    trial.run(90)
    receive(trial)
    assert trial.run(91).seconds("expired", "d") == [90]


def test_the_age_in_a_dead_letter_queue_counts_from_the_move():
    trial = pair()
    send(trial)
    receive(trial)
    trial.run(40)
    receive(trial)
    assert trial.run(50).metric("d", "ApproximateAgeOfOldestMessage") == 10


def test_without_a_redrive_policy_a_message_comes_back_for_ever():
    trial = Trial({"q": ("queue", {"VisibilityTimeout": 1})}).run(0)
    send(trial)
    for second in range(50):
        trial.run(second)
        assert receive(trial)[0]["Attributes"]["ApproximateReceiveCount"] == str(second + 1)


def test_without_its_policy_any_more_a_message_stays():
    trial = pair()
    send(trial)
    receive(trial)
    trial.do(3, "SetParameter", "q", RedrivePolicy=None).run(5)
    assert len(receive(trial)) == 1
    assert trial.run(6).of("moved_to_dlq") == []
    assert "RedrivePolicy" not in trial["q"].attributes()


def test_a_policy_that_is_set_later_holds_for_what_was_received_before():
    trial = Trial({"q": ("queue", {"VisibilityTimeout": 1}), "d": "queue"}).run(0)
    send(trial)
    for second in range(5):
        trial.run(second)
        receive(trial)
    trial.do(5, "SetParameter", "q", RedrivePolicy={"deadLetterTargetArn": "d", "maxReceiveCount": 3})
    receive(trial)
    assert trial.counts("d") == (1, 0, 0)


def test_a_dead_letter_queue_may_have_one_of_its_own():
    trial = Trial(
        {
            name: ("queue", {"VisibilityTimeout": 1, **policy})
            for name, policy in {
                "q": {"RedrivePolicy": {"deadLetterTargetArn": "d", "maxReceiveCount": 1}},
                "d": {"RedrivePolicy": {"deadLetterTargetArn": "last", "maxReceiveCount": 3}},
                "last": {},
            }.items()
        }
    ).run(0)
    send(trial)
    for second, queue in enumerate(("q", "q", "d", "d", "d")):
        trial.run(second * 2)
        receive(trial, queue)
    assert trial.counts("last") == (1, 0, 0)


def test_who_points_at_a_dead_letter_queue_is_shown():
    trial = pair()
    assert trial.simulation.node_view("d")["dead_letter_of"] == ["q"]
    trial.do(1, "SetParameter", "q", RedrivePolicy=None)
    assert trial.simulation.node_view("d")["dead_letter_of"] == []


# -- moving back ------------------------------------------------------------------------------------------------------


def test_a_move_task_sends_every_message_anew_to_where_it_came_from():
    trial = moved(pair(), "a", "b")
    old = {message["MessageId"] for message in receive(trial, "d", 10)}
    trial.run(100).do(101, "StartMessageMoveTask", "d")
    assert (trial.counts("q"), trial.counts("d")) == ((2, 0, 0), (0, 0, 0))
    new = receive(trial, "q", 10)
    assert {message["Attributes"]["ApproximateReceiveCount"] for message in new} == {"1"}
    assert not old & {message["MessageId"] for message in new}
    assert [message["Body"] for message in new] == ["a", "b"]
    assert {record["detail"]["MessageId"] for record in trial.of("redriven")} == {m["MessageId"] for m in new}


def test_what_a_move_task_brings_back_has_its_whole_retention_again():
    trial = pair(source={"MessageRetentionPeriod": 60})
    moved(trial, "a").do(50, "StartMessageMoveTask", "d").run(200)
    assert trial.seconds("expired", "q") == [110]


def test_a_move_task_of_a_fifo_queue_is_no_duplicate_of_the_first_send():
    policy = {"RedrivePolicy": {"deadLetterTargetArn": "d.fifo", "maxReceiveCount": 1}}
    trial = Trial({"q.fifo": ("queue", {"VisibilityTimeout": 5, **policy}), "d.fifo": "queue"})
    first = {"MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "1"}
    trial.do(0, "SendMessage", "q.fifo", **first).do(0, "ReceiveMessage", "q.fifo").do(6, "ReceiveMessage", "q.fifo")
    assert trial.counts("d.fifo") == (1, 0, 0)
    trial.do(10, "StartMessageMoveTask", "d.fifo")
    assert (trial.counts("q.fifo"), trial.counts("d.fifo")) == ((1, 0, 0), (0, 0, 0))
    trial.do(11, "SendMessage", "q.fifo", **first)
    assert len(trial.of("deduplicated")) == 1


def test_a_source_that_was_removed_is_still_named_by_what_it_gave_up():
    trial = moved(pair(), "a").do(6, "RemoveNode", "q").run(40)
    (message,) = receive(trial, "d")
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == "arn:aws:sqs:us-east-1:123456789012:q"


def test_a_move_task_may_name_another_destination():
    trial = Trial({"q": ("queue", POLICY), "d": "queue", "other": "queue"}).run(0)
    moved(trial, "a").do(6, "StartMessageMoveTask", "d", DestinationArn="other")
    assert trial.counts("other") == (1, 0, 0)


def test_a_move_task_can_go_slowly():
    trial = moved(pair(), "a", "b", "c").do(10, "StartMessageMoveTask", "d", MaxNumberOfMessagesPerSecond=2)
    trial.run(20)
    assert trial.seconds("redriven") == [10, 10.5, 11]


def test_a_second_move_task_is_refused_while_one_runs():
    trial = moved(pair(), "a", "b", "c").do(10, "StartMessageMoveTask", "d", MaxNumberOfMessagesPerSecond=1)
    trial.do(11, "StartMessageMoveTask", "d")
    assert trial.refusal() == (
        "InvalidParameterValue",
        "There is already a task running. Only one active task is allowed for a source queue.",
    )
    trial.run(13).do(14, "StartMessageMoveTask", "d")
    assert len(trial.of("refused")) == 1


def test_a_move_task_wants_a_dead_letter_queue_and_a_destination_that_exists():
    trial = pair().do(1, "StartMessageMoveTask", "q")
    assert trial.refusal() == (
        "InvalidParameterValue",
        "Source queue must be configured as a Dead Letter Queue.",
    )
    trial.do(2, "StartMessageMoveTask", "d", DestinationArn="nowhere")
    assert trial.refusal()[0] == "ResourceNotFoundException"


DIRECT = [pytest.param({}, id="at-once"), pytest.param({"MaxNumberOfMessagesPerSecond": 1}, id="slowly")]


@pytest.mark.parametrize("rate", DIRECT)
def test_what_was_sent_to_the_dead_letter_queue_itself_is_moved_only_to_a_destination_that_is_named(rate):
    trial = Trial({"q": ("queue", POLICY), "d": "queue", "other": "queue"}).do(0, "SendMessage", "d", MessageBody="a")
    trial.do(1, "StartMessageMoveTask", "d", **rate).run(10)
    assert trial.counts("d") == (1, 0, 0)
    trial.do(11, "StartMessageMoveTask", "d", DestinationArn="other", **rate).run(20)
    assert (trial.counts("d"), trial.counts("other")) == ((0, 0, 0), (1, 0, 0))


def test_a_slow_move_task_finds_nothing_more_to_move_after_a_purge():
    trial = Trial({"q": ("queue", POLICY), "d": "queue", "other": "queue"})
    for second in range(3):
        trial.do(second, "SendMessage", "d", MessageBody="a")
    trial.do(5, "StartMessageMoveTask", "d", DestinationArn="other", MaxNumberOfMessagesPerSecond=1)
    trial.do(5.5, "PurgeQueue", "d").run(20)
    assert (trial.seconds("redriven"), trial.counts("other")) == ([5], (1, 0, 0))


@pytest.mark.parametrize("rate", DIRECT)
def test_a_move_task_ends_at_the_first_message_that_is_refused_and_leaves_it_where_it_is(rate):
    trial = moved(pair(), "a", "b" * 1025, "c").do(6, "SetParameter", "q", MaximumMessageSize=1024)
    trial.do(10, "StartMessageMoveTask", "d", **rate).run(20)
    code, says = trial.refusal()
    assert (code, "shorter than 1024 bytes" in says) == ("InvalidParameterValue", True)
    assert (trial.names("redriven"), trial.counts("d"), trial.counts("q")) == (["a"], (2, 0, 0), (1, 0, 0))
    trial.do(21, "SetParameter", "q", MaximumMessageSize=2048).do(22, "StartMessageMoveTask", "d").run(30)
    assert (trial.counts("d"), trial.counts("q")) == ((0, 0, 0), (3, 0, 0))


@pytest.mark.parametrize("destination", [{}, {"DestinationArn": "q"}])
def test_a_move_task_fails_if_its_destination_is_removed_meanwhile(destination):
    trial = Trial({"q": ("queue", POLICY), "d": "queue", "other": ("queue", POLICY)}).run(0)
    moved(trial, "a", "b", "c").do(10, "StartMessageMoveTask", "d", MaxNumberOfMessagesPerSecond=1, **destination)
    trial.do(10.5, "RemoveNode", "q").run(20)
    assert (trial.names("redriven"), trial.counts("d"), trial.seconds("refused")) == (["a"], (2, 0, 0), [11])
    assert trial.refusal()[0] == "AWS.SimpleQueueService.NonExistentQueue"


def test_an_envelope_is_moved_back_however_many_attributes_stand_in_it():
    attributes = {f"a{number}": {"DataType": "String", "StringValue": "x"} for number in range(11)}
    trial = Trial({"t": "topic", "q": ("queue", POLICY), "d": "queue"}, ["t/q"])
    trial.do(0, "Publish", "t", Message="a", MessageAttributes=attributes)
    trial.do(1, "ReceiveMessage", "q").do(7, "ReceiveMessage", "q").do(8, "StartMessageMoveTask", "d")
    assert (trial.counts("q"), trial.of("refused")) == ((1, 0, 0), [])


@pytest.mark.parametrize(
    ("destination", "code"),
    [(["q"], "ResourceNotFoundException"), ("t", "ResourceNotFoundException"), ("q.fifo", "InvalidParameterValue")],
)
def test_a_destination_is_a_queue_of_the_same_type(destination, code):
    trial = Trial({"q": ("queue", POLICY), "d": "queue", "q.fifo": "queue", "t": "topic"})
    trial.do(0, "SendMessage", "d", MessageBody="a").do(1, "StartMessageMoveTask", "d", DestinationArn=destination)
    assert (trial.refusal()[0], trial.counts("d")) == (code, (1, 0, 0))


@pytest.mark.parametrize("rate", [0, 501, "fast"])
def test_a_move_task_moves_one_to_five_hundred_messages_a_second(rate):
    trial = moved(pair(), "a").do(6, "StartMessageMoveTask", "d", MaxNumberOfMessagesPerSecond=rate)
    assert trial.refusal()[0] == "InvalidParameterValue"
    assert trial.counts("d") == (1, 0, 0)


def test_the_dead_letter_queue_of_a_subscription_cannot_be_moved_back():
    trial = Trial(
        {"t": "topic", "q": "queue", "d": "queue"},
        [("t/q", {"RedrivePolicy": {"deadLetterTargetArn": "d"}})],
    ).do(1, "StartMessageMoveTask", "d")
    assert trial.refusal()[1] == "Source queue must be configured as a Dead Letter Queue."


def test_a_moved_message_that_was_received_meanwhile_stays_where_it_is():
    trial = moved(pair(), "a", "b").do(10, "StartMessageMoveTask", "d", MaxNumberOfMessagesPerSecond=1)
    receive(trial, "d")
    trial.run(12)
    assert trial.counts("d") == (0, 1, 0)


def test_a_worker_that_finishes_after_its_message_was_moved_deletes_nothing():
    policy = {"deadLetterTargetArn": "d", "maxReceiveCount": 1}
    nodes = {
        "d": "queue",
        "q": ("queue", {"VisibilityTimeout": 5, "RedrivePolicy": policy}),
        "c": ("consumer", {"WaitTimeSeconds": 20, "processing_seconds": 20}),
    }
    trial = Trial(nodes, ["q/c"]).do(0, "SendMessage", "q", MessageBody="a").do(7, "ReceiveMessage", "q").run(30)
    assert (trial.seconds("moved_to_dlq"), trial.seconds("worked"), trial.of("deleted")) == ([7], [20], [])
    assert trial.counts("d") == (1, 0, 0)

"""FIFO queues: order and locks of message groups, deduplication (facts: sqs 9)."""

from __future__ import annotations

from typing import Any

import pytest

from courseapp.engine.sqs import api
from tests.engine.trial import Trial


def fifo(**parameters: Any) -> Trial:
    return Trial({"q.fifo": ("queue", {"VisibilityTimeout": 30, **parameters})}).run(0)


def send(trial: Trial, body: str, group: str, dedupe: str | None = None) -> dict[str, Any]:
    call = {"MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": dedupe or f"{group}-{body}"}
    return api.send_message(trial["q.fifo"], {**call, "name": body})


def send_all(trial: Trial, *messages: str) -> None:
    """``a1`` is message a1 of group a."""
    for message in messages:
        send(trial, message, message[0])


def receive(trial: Trial, most: int = 1, **parameters: Any) -> list[dict[str, Any]]:
    return api.receive_message(trial["q.fifo"], {"MaxNumberOfMessages": most, **parameters}).get("Messages", [])


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    return [message["Body"] for message in messages]


def delete(trial: Trial, message: dict[str, Any]) -> None:
    api.delete_message(trial["q.fifo"], {"ReceiptHandle": message["ReceiptHandle"]})


def extend(trial: Trial, message: dict[str, Any], seconds: int) -> None:
    call = {"ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": seconds}
    api.change_message_visibility(trial["q.fifo"], call)


# -- groups -----------------------------------------------------------------------------------------------------------


def test_while_a_message_is_in_flight_its_group_waits_and_others_go_on():
    trial = fifo()
    send_all(trial, "a1", "a2", "b1")
    assert bodies(receive(trial)) == ["a1"]
    assert bodies(receive(trial, 10)) == ["b1"]
    assert receive(trial, 10) == []


def test_a_delete_lets_the_next_of_the_group_go():
    trial = fifo()
    send_all(trial, "a1", "a2")
    delete(trial, receive(trial)[0])
    assert bodies(receive(trial)) == ["a2"]


def test_one_receive_fills_itself_from_one_group_first_and_then_from_others_in_order():
    trial = fifo()
    send_all(trial, "a1", "b1", "a2", "b2", "a3")
    assert bodies(receive(trial, 4)) == ["a1", "a2", "a3", "b1"]


def test_after_its_timeout_a_group_starts_again_where_it_was():
    trial = fifo()
    send_all(trial, "a1", "a2")
    receive(trial)
    trial.run(30)
    assert bodies(receive(trial, 10)) == ["a1", "a2"]


def test_a_batch_that_is_deleted_in_part_keeps_its_group_locked():
    trial = fifo()
    send_all(trial, "a1", "a2", "a3")
    first, second = receive(trial, 2)
    delete(trial, first)
    assert receive(trial, 10) == []
    delete(trial, second)
    assert bodies(receive(trial, 10)) == ["a3"]


def test_a_batch_that_is_deleted_in_part_comes_back_without_what_was_deleted():
    trial = fifo()
    send_all(trial, "a1", "a2", "a3")
    delete(trial, receive(trial, 2)[0])
    trial.run(30)
    assert bodies(receive(trial, 10)) == ["a2", "a3"]


def test_those_before_an_extended_message_come_back_and_it_hides_all_that_follow():
    trial = fifo()
    send_all(trial, "a1", "a2", "a3", "a4")
    received = receive(trial, 3)
    extend(trial, received[1], 600)
    trial.run(30)
    assert bodies(receive(trial, 10)) == ["a1"]
    trial.run(600)
    assert bodies(receive(trial, 10)) == ["a1", "a2", "a3", "a4"]


def test_giving_a_message_back_puts_it_at_its_place_and_unlocks_the_group():
    trial = fifo()
    send_all(trial, "a1", "a2")
    extend(trial, receive(trial)[0], 0)
    assert bodies(receive(trial, 10)) == ["a1", "a2"]


def test_a_message_that_goes_to_the_dead_letter_queue_lets_its_group_go_on():
    trial = Trial(
        {
            "q.fifo": (
                "queue",
                {"VisibilityTimeout": 5, "RedrivePolicy": {"deadLetterTargetArn": "d.fifo", "maxReceiveCount": 1}},
            ),
            "d.fifo": "queue",
        }
    ).run(0)
    send_all(trial, "a1", "a2")
    receive(trial)
    trial.run(5)
    assert bodies(receive(trial)) == ["a2"]
    dead = api.receive_message(trial["d.fifo"], {})["Messages"][0]
    assert (dead["Body"], dead["Attributes"]["MessageGroupId"]) == ("a1", "a")
    assert dead["Attributes"]["ApproximateReceiveCount"] == "2"


def test_the_clock_of_a_fifo_dead_letter_queue_begins_at_the_move():
    trial = Trial(
        {
            "q.fifo": (
                "queue",
                {"VisibilityTimeout": 5, "RedrivePolicy": {"deadLetterTargetArn": "d.fifo", "maxReceiveCount": 1}},
            ),
            "d.fifo": ("queue", {"MessageRetentionPeriod": 60}),
        }
    ).run(0)
    send_all(trial, "a1")
    receive(trial)
    trial.run(40)
    receive(trial)
    assert trial.run(200).seconds("expired", "d.fifo") == [100]


def test_an_expired_head_lets_its_group_go_on():
    trial = fifo(MessageRetentionPeriod=60, VisibilityTimeout=600)
    send_all(trial, "a1")
    trial.run(30)
    send_all(trial, "a2")
    receive(trial)
    trial.run(60)
    assert bodies(receive(trial)) == ["a2"]


def test_groups_with_messages_in_flight_are_counted():
    trial = fifo()
    send_all(trial, "a1", "a2", "b1", "c1")
    receive(trial, 3)
    assert trial.metric("q.fifo", "ApproximateNumberOfGroupsWithInflightMessages") == 2


def test_a_delayed_message_holds_back_those_of_its_group_that_follow():
    trial = fifo(DelaySeconds=10)
    send_all(trial, "a1")
    trial.run(5)
    send_all(trial, "a2", "b1")
    assert bodies(receive(trial, 10)) == []
    trial.run(10)
    assert bodies(receive(trial, 10)) == ["a1"]


@pytest.mark.parametrize(("seconds", "visible"), [(100, 100), (20, 20), (3, 5), (0, 5)])
def test_a_changed_delay_holds_for_what_waits_already(seconds, visible):
    trial = fifo(DelaySeconds=10)
    send_all(trial, "a1")
    trial.do(5, "SetParameter", "q.fifo", DelaySeconds=seconds).run(200)
    assert trial.seconds("became_visible") == [visible]


# -- deduplication ----------------------------------------------------------------------------------------------------


def test_a_second_send_with_the_same_id_is_answered_as_the_first_and_not_delivered():
    trial = fifo()
    first, second = send(trial, "one", "a", "1"), send(trial, "two", "b", "1")
    assert first["MessageId"] == second["MessageId"]
    assert trial.counts("q.fifo") == (1, 0, 0)
    assert trial.metric("q.fifo", "NumberOfDeduplicatedSentMessages") == 1
    assert trial.run(0).of("deduplicated")[0]["detail"]["MessageId"] == first["MessageId"]


def test_a_duplicate_is_dropped_even_after_the_first_was_received_and_deleted():
    trial = fifo()
    send(trial, "one", "a", "1")
    delete(trial, receive(trial)[0])
    send(trial, "one", "a", "1")
    assert trial.counts("q.fifo") == (0, 0, 0)


@pytest.mark.parametrize(("seconds", "kept"), [(299.999, 1), (300, 2)])
def test_the_window_is_five_minutes_from_the_first_accepted_send(seconds, kept):
    trial = fifo()
    send(trial, "one", "a", "1")
    trial.run(100)
    send(trial, "one", "a", "1")
    trial.run(seconds)
    send(trial, "one", "a", "1")
    assert trial.counts("q.fifo")[0] == kept


SCOPES = [("queue", "queue", 1), ("messageGroup", "queue", 2)]


@pytest.mark.parametrize(("scope", "changed_to", "kept"), SCOPES)
def test_the_scope_is_the_one_of_the_queues_creation_whatever_is_set_later(scope, changed_to, kept):
    trial = fifo(DeduplicationScope=scope)
    trial.do(1, "SetParameter", "q.fifo", DeduplicationScope=changed_to)
    send(trial, "one", "a", "1"), send(trial, "one", "b", "1")
    assert trial.counts("q.fifo")[0] == kept
    assert trial["q.fifo"].attributes()["DeduplicationScope"] == changed_to


def test_content_based_ids_come_from_the_body_alone_and_an_explicit_one_wins():
    node = fifo(ContentBasedDeduplication=True)["q.fifo"]

    def count(**call: Any) -> int:
        api.send_message(node, {"MessageGroupId": "g", **call})
        return node.store.visible

    attributes = {"type": {"DataType": "String", "StringValue": "order"}}
    assert count(MessageBody="a") == 1
    assert count(MessageBody="a", MessageAttributes=attributes) == 1
    assert count(MessageBody="b") == 2
    assert count(MessageBody="a", MessageDeduplicationId="x") == 3


def test_a_received_message_tells_what_it_was_deduplicated_by():
    redrive = {"RedrivePolicy": {"deadLetterTargetArn": "d.fifo", "maxReceiveCount": 1}}
    own = {"VisibilityTimeout": 5, "ContentBasedDeduplication": True, **redrive}
    trial = Trial({"q.fifo": ("queue", own), "d.fifo": "queue"}).run(0)
    api.send_message(trial["q.fifo"], {"MessageBody": "a", "MessageGroupId": "g"})
    send(trial, "b", "h", "1")
    first, second = receive(trial, 10)
    digest = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert first["Attributes"]["MessageDeduplicationId"] == digest
    assert second["Attributes"]["MessageDeduplicationId"] == "1"
    receive(trial.run(5), 10)
    dead = api.receive_message(trial["d.fifo"], {"MaxNumberOfMessages": 10})["Messages"]
    assert [one["Attributes"]["MessageDeduplicationId"] for one in dead] == [one["MessageId"] for one in dead]


# -- a receive that is tried again ------------------------------------------------------------------------------------


def again(trial: Trial, attempt: str = "x") -> list[dict[str, Any]]:
    return receive(trial, 2, ReceiveRequestAttemptId=attempt)


def test_a_receive_with_the_same_attempt_id_brings_the_same_messages_hidden_anew():
    trial = fifo()
    send_all(trial, "a1", "a2", "b1")
    first = again(trial)
    trial.run(20)
    assert again(trial) == first
    assert trial.metric("q.fifo", "requests") == 3 + 2
    assert bodies(again(trial, "y")) == ["b1"]
    assert trial.run(49).seconds("returned") == []
    assert trial.run(51).seconds("returned") == [50, 50, 50]
    assert [message["Attributes"]["ApproximateReceiveCount"] for message in again(trial)] == ["2", "2"]


def test_what_is_hidden_anew_comes_back_after_what_was_received_meanwhile():
    trial = fifo()
    send_all(trial, "a1", "b1")
    assert bodies(receive(trial, ReceiveRequestAttemptId="x")) == ["a1"]
    assert bodies(receive(trial.run(5))) == ["b1"]
    assert bodies(receive(trial.run(10), ReceiveRequestAttemptId="x")) == ["a1"]
    returned = trial.run(60).of("returned")
    assert [(record["message"], record["at_ms"]) for record in returned] == [("b1", 35_000), ("a1", 40_000)]


def test_a_deleted_or_extended_message_makes_it_a_new_receive():
    for change in (delete, lambda trial, message: extend(trial, message, 40)):
        trial = fifo()
        send_all(trial, "a1", "a2", "b1")
        change(trial, again(trial)[0])
        assert bodies(again(trial)) == ["b1"]


@pytest.mark.parametrize(("seconds", "same"), [(299, True), (300, False)])
def test_an_attempt_id_is_remembered_for_five_minutes(seconds, same):
    trial = fifo(VisibilityTimeout=400)
    send_all(trial, "a1", "b1", "c1")
    first = again(trial)
    assert (again(trial.run(seconds)) == first) is same


def test_a_long_poll_has_an_attempt_id_as_well():
    trial = fifo().do(1, "ReceiveMessage", "q.fifo", WaitTimeSeconds=10, ReceiveRequestAttemptId="x").run(5)
    send_all(trial, "a1")
    assert bodies(again(trial.run(6))) == ["a1"]
    assert len(trial.of("received")) == 1


def test_a_fifo_queue_has_no_ghost_deletes():
    trial = fifo()
    trial.do(1, "GhostDelete", "q.fifo")
    assert trial.refusal()[0] == "InvalidAction"

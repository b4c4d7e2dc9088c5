"""The life of a message in a queue: delay, visibility, receipts, extensions, retention (facts: sqs 5, 6 and 8)."""

from __future__ import annotations

from typing import Any

import pytest

from courseapp.engine.sqs import api
from tests.engine.trial import Trial, refused

HOURS_12 = 43_200
EXPIRED = (
    "InvalidParameterValue",
    "Value for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
)


def queue(**parameters: Any) -> Trial:
    return Trial({"q": ("queue", {"VisibilityTimeout": 30, **parameters})}).run(0)


def fifo(**parameters: Any) -> Trial:
    return Trial({"q.fifo": ("queue", {"ContentBasedDeduplication": True, **parameters})}).run(0)


def send(trial: Trial, body: str, **parameters: Any) -> dict[str, Any]:
    node = next(iter(trial.simulation.kernel.nodes.values()))
    return api.send_message(node, {"MessageBody": body, "name": body, **parameters})


def receive(trial: Trial, most: int = 1, **parameters: Any) -> list[dict[str, Any]]:
    node = next(iter(trial.simulation.kernel.nodes.values()))
    return api.receive_message(node, {"MaxNumberOfMessages": most, **parameters}).get("Messages", [])


def delete(trial: Trial, message: dict[str, Any]) -> None:
    node = next(iter(trial.simulation.kernel.nodes.values()))
    api.delete_message(node, {"ReceiptHandle": message["ReceiptHandle"]})


def extend(trial: Trial, message: dict[str, Any], seconds: float) -> None:
    node = next(iter(trial.simulation.kernel.nodes.values()))
    api.change_message_visibility(node, {"ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": seconds})


# -- visibility -------------------------------------------------------------------------------------------------------


def test_a_received_message_is_hidden_until_the_timeout_and_not_a_millisecond_longer():
    trial = queue(VisibilityTimeout=5)
    send(trial, "a")
    receive(trial)
    assert trial.run(4.999).counts("q") == (0, 1, 0)
    assert trial.run(5).counts("q") == (1, 0, 0)
    assert trial.of("returned")[0]["reason"] == {"code": "visibility_timeout", "arguments": [5.0]}


def test_a_receive_may_bring_a_timeout_of_its_own_for_this_receive_only():
    trial = queue(VisibilityTimeout=5)
    send(trial, "a")
    receive(trial, VisibilityTimeout=60)
    assert trial.run(59.999).counts("q") == (0, 1, 0)
    trial.run(60)
    receive(trial)
    assert trial.run(65).counts("q") == (1, 0, 0)


def test_with_a_timeout_of_zero_a_message_is_back_at_once_and_the_receive_counts():
    trial = queue()
    send(trial, "a")
    for count in ("1", "2", "3"):
        assert receive(trial, VisibilityTimeout=0)[0]["Attributes"]["ApproximateReceiveCount"] == count
    assert trial.counts("q") == (1, 0, 0)


def test_a_queue_with_a_timeout_of_zero_hides_nothing_from_its_consumer():
    trial = Trial(
        {"q": ("queue", {"VisibilityTimeout": 0}), "c": ("consumer", {"processing_seconds": 1, "WaitTimeSeconds": 20})},
        ["q/c"],
    ).do(0, "SendMessage", "q", MessageBody="a", name="a")
    trial.run(5)
    assert [record["detail"]["count"] for record in trial.of("received")][:1] == [1]
    assert trial.seconds("returned")[0] == 0
    assert trial.of("deleted")[0]["at_ms"] == 1000


def test_the_receive_count_and_the_first_receive_time_are_told():
    trial = queue(VisibilityTimeout=5)
    send(trial, "a")
    trial.run(2)
    first = receive(trial)[0]["Attributes"]
    trial.run(10)
    second = receive(trial)[0]["Attributes"]
    assert (first["ApproximateReceiveCount"], second["ApproximateReceiveCount"]) == ("1", "2")
    assert second["ApproximateFirstReceiveTimestamp"] == first["ApproximateFirstReceiveTimestamp"]
    assert int(first["ApproximateFirstReceiveTimestamp"]) - int(first["SentTimestamp"]) == 2000


def test_an_extension_counts_from_the_call_and_not_from_what_is_left():
    trial = queue(VisibilityTimeout=30)
    send(trial, "a")
    message = receive(trial)[0]
    trial.run(20)
    extend(trial, message, 15)
    assert trial.run(34.999).counts("q") == (0, 1, 0)
    assert trial.run(35).counts("q") == (1, 0, 0)


def test_an_extension_may_also_shorten():
    trial = queue(VisibilityTimeout=30)
    send(trial, "a"), send(trial, "b")
    first, _ = receive(trial, 2)
    extend(trial, first, 1)
    assert trial.run(1).counts("q") == (1, 1, 0)
    assert trial.run(30).counts("q") == (2, 0, 0)


def test_the_next_receive_uses_the_queues_timeout_again():
    trial = queue(VisibilityTimeout=5)
    send(trial, "a")
    extend(trial, receive(trial)[0], 100)
    trial.run(100)
    receive(trial)
    assert trial.run(105).counts("q") == (1, 0, 0)


def test_zero_gives_a_message_back_at_once():
    trial = queue()
    send(trial, "a")
    extend(trial, receive(trial)[0], 0)
    assert trial.counts("q") == (1, 0, 0)
    assert trial.run(0).of("returned")[0]["reason"]["code"] == "given_back"


def test_twelve_hours_from_the_receive_are_the_end_whatever_extensions_ask_for():
    trial = queue()
    send(trial, "a")
    message = receive(trial, VisibilityTimeout=HOURS_12)[0]
    trial.run(10)
    assert refused(extend, trial, message, HOURS_12) == (
        "InvalidParameterValue",
        "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
    )
    extend(trial, message, HOURS_12 - 10)
    trial.run(HOURS_12 - 0.001)
    assert trial.counts("q") == (0, 1, 0)
    assert trial.run(HOURS_12).counts("q") == (1, 0, 0)


def test_extending_a_message_that_is_gone_or_visible_again_is_refused():
    trial = queue(VisibilityTimeout=5)
    send(trial, "a"), send(trial, "b")
    gone, late = receive(trial, 2)
    delete(trial, gone)
    assert refused(extend, trial, gone, 10) == (
        "InvalidParameterValue",
        "Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for "
        "visibility timeout change.",
    )
    trial.run(6)
    assert refused(extend, trial, late, 10) == (
        "AWS.SimpleQueueService.MessageNotInflight",
        "The specified message isn't in flight.",
    )


@pytest.mark.parametrize("seconds", [-1, 43_201])
def test_a_timeout_out_of_range_is_refused(seconds):
    trial = queue()
    send(trial, "a")
    code, says = refused(extend, trial, receive(trial)[0], seconds)
    assert (code, says) == (
        "InvalidParameterValue",
        f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if "
        "provided.",
    )


def test_giving_a_message_back_by_command_makes_its_holder_drop_the_work():
    trial = Trial({"q": "queue", "c": ("consumer", {"processing_seconds": 10, "WaitTimeSeconds": 20})}, ["q/c"])
    trial.do(0, "SendMessage", "q", MessageBody="a", name="a")
    trial.do(3, "ChangeMessageVisibility", "q", message="a", VisibilityTimeout=0)
    trial.run(20)
    assert trial.seconds("received") == [0, 3]
    assert len(trial.of("worked")) == 1


# -- receipts ---------------------------------------------------------------------------------------------------------


def test_each_receive_has_a_handle_of_its_own():
    trial = queue()
    send(trial, "a")
    handles = {receive(trial, VisibilityTimeout=0)[0]["ReceiptHandle"] for _ in range(5)}
    assert len(handles) == 5


def test_a_standard_queue_takes_the_newest_handle_even_after_the_timeout():
    trial = queue(VisibilityTimeout=5)
    send(trial, "a")
    message = receive(trial)[0]
    trial.run(60)
    delete(trial, message)
    assert trial.counts("q") == (0, 0, 0)
    assert trial.run(60).names("deleted") == ["a"]


def test_an_older_handle_answers_success_on_a_standard_queue_and_removes_nothing():
    trial = queue(VisibilityTimeout=5)
    send(trial, "a")
    old = receive(trial)[0]
    trial.run(5)
    receive(trial)
    delete(trial, old)
    assert trial.counts("q") == (0, 1, 0)
    missed = trial.run(5).of("delete_missed")[0]
    assert missed["reason"] == {"code": "stale_receipt", "arguments": [1, 2]}


def test_deleting_twice_is_no_error_and_counts_twice_in_the_metric():
    trial = queue()
    send(trial, "a")
    message = receive(trial)[0]
    delete(trial, message), delete(trial, message)
    assert trial.run(1).names("deleted") == ["a"]
    assert (trial.metric("q", "NumberOfMessagesDeleted"), trial.metric("q", "requests")) == (2, 4)


def test_a_refused_change_of_visibility_is_billed_as_well():
    trial = queue()
    send(trial, "a")
    message = receive(trial)[0]
    delete(trial, message)
    assert refused(extend, trial, message, 5)[0] == "InvalidParameterValue"
    assert trial.metric("q", "requests") == 4


def test_what_is_no_handle_is_refused():
    trial = queue()
    assert refused(api.delete_message, trial["q"], {"ReceiptHandle": "x"}) == (
        "ReceiptHandleIsInvalid",
        'The input receipt handle "x" is not a valid receipt handle.',
    )
    assert refused(api.delete_message, trial["q"], {})[0] == "MissingParameter"


def test_a_handle_that_somebody_made_up_is_refused_and_removes_nothing():
    trial = queue()
    send(trial, "a")
    handle = receive(trial)[0]["ReceiptHandle"]
    front, number, proof = handle.split(".")
    for forged in (f"{front}.{int(number) + 1}.{proof}", f"{front}.{number}.{proof[::-1]}", handle[4:], f"{handle}.x"):
        assert refused(api.delete_message, trial["q"], {"ReceiptHandle": forged})[0] == "ReceiptHandleIsInvalid"
    assert trial.counts("q") == (0, 1, 0)


def test_a_fifo_queue_refuses_a_handle_whose_timeout_has_passed_and_keeps_the_message():
    trial = fifo(VisibilityTimeout=5)
    send(trial, "a", MessageGroupId="g")
    message = receive(trial)[0]
    trial.run(5)
    assert refused(delete, trial, message) == EXPIRED
    assert trial.counts("q.fifo") == (1, 0, 0)


def test_a_fifo_handle_lives_as_long_as_its_extended_timeout():
    trial = fifo(VisibilityTimeout=5)
    send(trial, "a", MessageGroupId="g")
    message = receive(trial)[0]
    extend(trial, message, 60)
    trial.run(30)
    delete(trial, message)
    assert trial.counts("q.fifo") == (0, 0, 0)


def test_deleting_a_gone_fifo_message_again_is_no_error():
    trial = fifo()
    send(trial, "a", MessageGroupId="g")
    message = receive(trial)[0]
    delete(trial, message), delete(trial, message)
    assert trial.counts("q.fifo") == (0, 0, 0)


# -- delay ------------------------------------------------------------------------------------------------------------

DELAYS = [
    pytest.param(0, None, 0, id="no-delay"),
    pytest.param(10, None, 10, id="the-queues"),
    pytest.param(10, 3, 3, id="its-own-instead"),
    pytest.param(10, 0, 0, id="its-own-zero-cancels"),
    pytest.param(0, 900, 900, id="fifteen-minutes"),
]


@pytest.mark.parametrize(("of_queue", "own", "visible_s"), DELAYS)
def test_a_delay_hides_a_message_before_its_first_receive(of_queue, own, visible_s):
    trial = queue(DelaySeconds=of_queue)
    send(trial, "a", **({} if own is None else {"DelaySeconds": own}))
    if visible_s:
        assert trial.counts("q") == (0, 0, 1)
        assert trial.run(visible_s - 0.001).counts("q") == (0, 0, 1)
        assert trial.run(visible_s).of("became_visible")[0]["at_ms"] == visible_s * 1000
    assert trial.counts("q") == (1, 0, 0)


@pytest.mark.parametrize("seconds", [-1, 901])
def test_a_delay_out_of_range_is_refused(seconds):
    code, says = refused(lambda: send(queue(), "a", DelaySeconds=seconds))
    assert code == "InvalidParameterValue"
    assert says == (
        f"Value {seconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
    )


def test_a_fifo_message_has_no_delay_of_its_own_and_a_zero_leaves_the_queues():
    trial = fifo(DelaySeconds=10)
    assert refused(lambda: send(trial, "a", MessageGroupId="g", DelaySeconds=3))[0] == "InvalidParameterValue"
    send(trial, "b", MessageGroupId="g", DelaySeconds=0)
    assert trial.counts("q.fifo") == (0, 0, 1)


def test_a_changed_delay_holds_for_waiting_messages_on_a_fifo_queue_only():
    standard = queue(DelaySeconds=100)
    send(standard, "a")
    assert standard.do(1, "SetParameter", "q", DelaySeconds=5).run(50).counts("q") == (0, 0, 1)
    ordered = fifo(DelaySeconds=100)
    send(ordered, "a", MessageGroupId="g")
    ordered.do(1, "SetParameter", "q.fifo", DelaySeconds=5).run(50)
    assert ordered.seconds("became_visible") == [5]


# -- retention --------------------------------------------------------------------------------------------------------


def test_retention_counts_from_the_send_and_not_from_the_end_of_the_delay():
    trial = queue(MessageRetentionPeriod=60, DelaySeconds=50)
    send(trial, "a")
    assert trial.run(60).seconds("expired") == [60]
    assert trial.counts("q") == (0, 0, 0)


def test_expiry_takes_a_message_in_flight_too_and_never_uses_the_dead_letter_queue():
    trial = Trial(
        {
            "q": (
                "queue",
                {
                    "MessageRetentionPeriod": 60,
                    "VisibilityTimeout": 600,
                    "RedrivePolicy": {"deadLetterTargetArn": "d", "maxReceiveCount": 1},
                },
            ),
            "d": "queue",
        }
    ).run(0)
    send(trial, "a")
    trial.run(59)
    message = receive(trial)[0]
    trial.run(60)
    assert trial.names("expired", "q") == ["a"]
    assert trial.counts("d") == (0, 0, 0)
    delete(trial, message)
    assert trial.run(61).of("deleted") == []


def test_lowering_the_retention_expires_what_is_already_too_old():
    trial = queue()
    send(trial, "a")
    trial.run(100)
    send(trial, "b")
    trial.do(120, "SetParameter", "q", MessageRetentionPeriod=60).run(200)
    assert list(zip(trial.names("expired"), trial.seconds("expired"), strict=True)) == [("a", 120), ("b", 160)]


def test_a_message_expires_before_it_can_be_received_in_the_same_millisecond():
    trial = Trial({"q": ("queue", {"MessageRetentionPeriod": 60}), "c": ("consumer", {"WaitTimeSeconds": 20})}, ["q/c"])
    trial.do(0, "Pause", "c").do(0, "SendMessage", "q", MessageBody="a", name="a")
    trial.do(60, "Resume", "c").run(70)
    assert trial.names("received") == []
    assert trial.names("expired") == ["a"]

"""Deliveries that fail: who is tried again and when, and where a message ends (facts: sns 6)."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from courseapp.engine.sqs import api
from tests.engine.trial import Trial

DEAD = {"RedrivePolicy": {"deadLetterTargetArn": "d"}}
OTHER = {"deadLetterTargetArn": "d2"}
CLOSED = {"Policy": {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage"}]}}
OPEN = {
    "Policy": {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}]
    }
}
OF_OTHERS = {
    "Policy": {"Statement": {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sqs:SendMessage"}}
}


def to(kind: str, endpoint: dict[str, Any], subscription: dict[str, Any] | None = None) -> Trial:
    """One topic with one subscriber ``end`` and a queue ``d`` for dead letters; one message at second 0."""
    parameters = {"retry_jitter": "none", **(subscription or {})}
    trial = Trial({"t": "topic", "end": (kind, endpoint), "d": "queue"}, [("t/end", parameters)])
    return trial.do(0, "Publish", "t", Message="text", name="a")


def tries(trial: Trial) -> list[float]:
    return trial.seconds("delivery_failed")


# -- HTTP -------------------------------------------------------------------------------------------------------------

ANSWERS = [
    pytest.param({"answers": 200}, [], True, id="200-is-delivered"),
    pytest.param({"answers": 204}, [], True, id="204-is-delivered"),
    pytest.param({"answers": 500}, [0, 20, 40, 60], False, id="500-is-tried-three-times-more"),
    pytest.param({"answers": 503}, [0, 20, 40, 60], False, id="503"),
    pytest.param({"answers": 429}, [0, 20, 40, 60], False, id="429-is-the-servers-fault"),
    pytest.param({"answers": 404}, [0], False, id="404-is-never-tried-again"),
    pytest.param({"answers": 302}, [0], False, id="302-neither"),
    pytest.param({"answers": "nothing"}, [15, 50, 85, 120], False, id="no-answer-within-15-s"),
]


@pytest.mark.parametrize(("endpoint", "failures", "delivered"), ANSWERS)
def test_what_an_http_endpoint_answers_decides_whether_it_is_tried_again(endpoint, failures, delivered):
    trial = to("http", endpoint).run(1000)
    assert tries(trial) == failures
    assert bool(trial.of("delivered")) is delivered
    assert bool(trial.of("dropped")) is not delivered
    assert trial.metric("t", "NumberOfNotificationsFailed") == len(failures)


def test_an_endpoint_that_comes_back_gets_what_is_still_being_tried():
    trial = Trial({"t": "topic", "end": ("http", {"outages": [[0, 30]]})}, [("t/end", {"retry_jitter": "none"})])
    trial.do(1, "Publish", "t", Message="a").run(1000)
    assert tries(trial) == [1, 21]
    assert trial.seconds("delivered") == [41]
    assert trial.of("delivered")[0]["detail"] == {"try": 3}


POLICIES = [
    pytest.param({"numRetries": 0}, [0], id="none"),
    pytest.param({"numRetries": 2, "minDelayTarget": 5, "maxDelayTarget": 5}, [0, 5, 10], id="every-five-seconds"),
    pytest.param(
        {"numRetries": 5, "numNoDelayRetries": 2, "numMinDelayRetries": 1, "minDelayTarget": 1, "maxDelayTarget": 60,
         "numMaxDelayRetries": 2},
        [0, 0, 0, 1, 61, 121], id="the-phases",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "failures"), POLICIES)
def test_an_http_subscription_may_have_a_retry_policy_of_its_own(policy, failures):
    trial = to("http", {"answers": 503}, {"DeliveryPolicy": {"healthyRetryPolicy": policy}}).run(4000)
    assert tries(trial) == failures


def test_the_policy_of_the_topic_holds_for_those_without_one():
    policy = {"http": {"defaultHealthyRetryPolicy": {"numRetries": 1, "minDelayTarget": 7, "maxDelayTarget": 7}}}
    trial = Trial(
        {"t": ("topic", {"DeliveryPolicy": policy}), "end": ("http", {"answers": 503})},
        [("t/end", {"retry_jitter": "none"})],
    )
    assert tries(trial.do(0, "Publish", "t", Message="a").run(100)) == [0, 7]


def test_jitter_moves_each_pause_and_never_by_more_than_half():
    gaps = set()
    for seed in range(20):
        trial = Trial({"t": "topic", "end": ("http", {"answers": 503})}, ["t/end"], seed=seed)
        failures = tries(trial.do(0, "Publish", "t", Message="a").run(100))
        gaps |= {round(after - before, 3) for before, after in itertools.pairwise(failures)}
    assert all(10 <= gap <= 30 for gap in gaps)
    assert len(gaps) > 20


def test_a_policy_that_a_topic_is_given_later_holds_for_its_subscriptions():
    once = {"http": {"defaultHealthyRetryPolicy": {"numRetries": 1, "minDelayTarget": 7, "maxDelayTarget": 7}}}
    trial = Trial({"t": "topic", "end": ("http", {"answers": 503})}, [("t/end", {"retry_jitter": "none"})])
    trial.do(0, "SetParameter", "t", DeliveryPolicy=once).do(1, "Publish", "t", Message="text").run(200)
    assert tries(trial) == [1, 8]


TOPIC_POLICY = {"http": {"defaultHealthyRetryPolicy": {"numRetries": 1}}}
OVERRIDES = [
    pytest.param(TOPIC_POLICY, {}, 2, id="the-topics"),
    pytest.param(TOPIC_POLICY, {"healthyRetryPolicy": {"numRetries": 2}}, 3, id="its-own"),
    pytest.param(TOPIC_POLICY, {"throttlePolicy": {"maxReceivesPerSecond": 5}}, 2, id="part-by-part"),
    pytest.param(
        {"http": {**TOPIC_POLICY["http"], "disableSubscriptionOverrides": True}},
        {"healthyRetryPolicy": {"numRetries": 2}},
        2,
        id="overrides-are-disabled",
    ),
]


@pytest.mark.parametrize(("of_topic", "own", "count"), OVERRIDES)
def test_a_subscriptions_policy_goes_before_its_topics_unless_that_forbids_it(of_topic, own, count):
    nodes = {"t": ("topic", {"DeliveryPolicy": of_topic}), "end": ("http", {"answers": 500})}
    trial = Trial(nodes, [("t/end", {"DeliveryPolicy": own} if own else {})])
    assert len(tries(trial.do(0, "Publish", "t", Message="a").run(1000))) == count


def test_a_throttle_policy_spaces_what_an_endpoint_receives():
    throttled = {"DeliveryPolicy": {"throttlePolicy": {"maxReceivesPerSecond": 2}}}
    trial = Trial({"t": "topic", "end": "http"}, [("t/end", throttled)])
    for at_s in (0, 0, 0, 0.1, 5):
        trial.do(at_s, "Publish", "t", Message="a")
    assert trial.run(10).seconds("answered") == [0, 0.5, 1, 1.5, 5]


def test_what_a_throttle_policy_holds_back_finds_out_that_its_endpoint_is_gone():
    throttled = {"DeliveryPolicy": {"throttlePolicy": {"maxReceivesPerSecond": 1}}}
    trial = Trial({"t": "topic", "end": "http"}, [("t/end", throttled)])
    trial.do(0, "Publish", "t", Message="a").do(0, "Publish", "t", Message="b", name="b").do(0.5, "RemoveNode", "end")
    assert trial.run(5).names("dropped") == ["b"]


# -- people -----------------------------------------------------------------------------------------------------------

PERSON = [0, 10, 20]


@pytest.mark.parametrize("kind", ["email", "sms", "push"])
def test_a_person_who_cannot_be_reached_is_tried_fifty_times_over_six_hours(kind):
    trial = Trial({"t": "topic", "end": kind}, [("t/end", {"retry_jitter": "none"})]).do(0, "Crash", "end")
    trial.do(0, "Publish", "t", Message="a").run(8 * 3600)
    failures = tries(trial)
    assert failures[:3] == PERSON
    assert len(failures) == 51
    assert failures[-1] == failures[-2] + 600
    assert 6 * 3600 < failures[-1] < 8 * 3600
    assert trial.of("dropped")[0]["reason"]["code"] == "retries_used_up"


@pytest.mark.parametrize("kind", ["email", "sms", "push"])
def test_a_disabled_address_is_a_client_side_error(kind):
    trial = to(kind, {"enabled": False}).run(100)
    assert tries(trial) == [0]
    assert trial.of("dropped")[0]["reason"]["code"] == "never_retried"


def test_an_address_gets_ten_mails_a_second_and_the_rest_later():
    trial = Trial({"t": "topic", "mail": "email"}, [("t/mail", {"retry_jitter": "none"})])
    for _ in range(12):
        trial.do(0, "Publish", "t", Message="a")
    trial.run(30)
    assert trial.seconds("answered") == [0] * 10 + [10] * 2
    assert {record["detail"]["error"] for record in trial.of("delivery_failed")} == {"Throttled"}


# -- queues -----------------------------------------------------------------------------------------------------------


def statements(*several: dict[str, Any]) -> dict[str, Any]:
    return {"Policy": {"Statement": list(several)}}


ALLOW = {"Effect": "Allow", "Principal": "*", "Action": ["sqs:ReceiveMessage", "sqs:SendMessage"]}
DENY = {"Effect": "Deny", "Principal": {"Service": ["s3.amazonaws.com", "sns.amazonaws.com"]}, "Action": "sqs:*"}
ACTIONS = {"*": True, "SQS:*": True, "sqs:Send*": True, "sqs:Receive*": False, "sns:*": False}
ACCESS = [
    pytest.param(CLOSED, False, id="denied"),
    pytest.param(OPEN, True, id="allowed"),
    pytest.param(OF_OTHERS, False, id="for-others"),
    pytest.param({}, True, id="none"),
    *(
        pytest.param({"Policy": {"Statement": {"Effect": "Allow", "Principal": "*", "Action": [action]}}}, lets_in)
        for action, lets_in in ACTIONS.items()
    ),
    pytest.param(statements(DENY, ALLOW), False, id="a deny before an allow"),
    pytest.param(statements(ALLOW, DENY), False, id="a deny after an allow"),
    pytest.param(statements(ALLOW, {**DENY, "Principal": {"Service": ["s3.amazonaws.com"]}}), True, id="not for it"),
]


@pytest.mark.parametrize(("policy", "lets_in"), ACCESS)
def test_a_queue_whose_policy_does_not_let_sns_in_gets_nothing_and_is_never_tried_again(policy, lets_in):
    trial = to("queue", policy).run(1000)
    assert bool(trial.of("delivered")) is lets_in
    assert tries(trial) == ([] if lets_in else [0])
    if not lets_in:
        assert trial.of("delivery_failed")[0]["reason"] == {"code": "client_side", "arguments": ["AccessDenied"]}


def test_a_policy_that_is_set_later_holds_at_once():
    trial = to("queue", {}).do(1, "SetParameter", "end", Policy=CLOSED["Policy"])
    trial.do(2, "Publish", "t", Message="b", name="b")
    assert trial.names("delivered") == ["a"]
    assert trial.names("dropped") == ["b"]


def test_a_queue_that_is_removed_is_a_client_side_error_at_the_next_delivery():
    trial = to("queue", {}).do(1, "RemoveNode", "end").do(2, "Publish", "t", Message="b", name="b")
    assert trial.of("delivery_failed", message="b")[0]["reason"]["arguments"] == ["EndpointGone"]
    assert trial.names("dropped") == ["b"]


@pytest.mark.parametrize("latency_s", [0, 5])
@pytest.mark.parametrize("kind", ["email", "database", "topic"])
def test_what_was_subscribed_is_gone_even_if_something_else_goes_by_its_name(kind, latency_s):
    trial = Trial({"t": "topic", "end": "queue"}, [("t/end", {"latency_seconds": latency_s})])
    trial.do(1, "Publish", "t", Message="a", name="a").do(2, "RemoveNode", "end").do(3, "AddNode", "end", kind=kind)
    assert trial.seconds("unsubscribed") == [3]
    trial.do(4, "Publish", "t", Message="b", name="b").run(20)
    assert trial.names("delivered") == ([] if latency_s else ["a"])
    assert trial.names("dropped") == (["a"] if latency_s else [])


def test_a_queue_with_the_name_of_one_that_is_gone_is_subscribed_anew_and_nothing_is_counted_twice_or_lost():
    trial = Trial({"t": "topic", "q": "queue"}, ["t/q"]).do(1, "Publish", "t", Message="a", name="a")
    trial.do(2, "RemoveNode", "q").do(3, "AddNode", "q", kind="queue").do(4, "Publish", "t", Message="b", name="b")
    trial.do(5, "Connect", "t/q").do(6, "Publish", "t", Message="c", name="c")
    assert trial.names("sent", "q") == ["a", "c"]
    assert trial.metric("t", "NumberOfNotificationsDelivered") == 2


def test_a_message_too_large_for_its_queue_is_lost_there():
    trial = Trial({"t": "topic", "q": ("queue", {"MaximumMessageSize": 1024})}, ["t/q"])
    trial.do(0, "Publish", "t", Message="x" * 1000, name="a")
    assert trial.names("dropped") == ["a"]


ATTRIBUTES = {f"attribute-{n}": {"DataType": "String", "StringValue": "x"} for n in range(90)}


@pytest.mark.parametrize("attributes", [{}, ATTRIBUTES], ids=["none", "many"])
@pytest.mark.parametrize("text", ["a", '"', "\n", "\x01", "é"], ids=ascii)
@pytest.mark.parametrize("latency_s", [0, 1])
def test_a_copy_fits_its_queue_exactly_if_the_whole_envelope_does(text, attributes, latency_s):
    message = {"Message": text * 5_000, "MessageAttributes": attributes}
    of_any_size = Trial({"t": "topic", "q": "queue"}, ["t/q"]).do(0, "Publish", "t", **message)
    (kept,) = of_any_size["q"].store.everything()
    for most, count in ((kept.size, 1), (kept.size - 1, 0)):
        nodes = {"t": "topic", "q": ("queue", {"MaximumMessageSize": most})}
        trial = Trial(nodes, [("t/q", {"latency_seconds": latency_s})]).do(0, "Publish", "t", **message).run(2)
        assert trial.counts("q") == (count, 0, 0)


def test_a_raw_delivery_with_more_than_ten_attributes_is_discarded():
    attributes = {f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}
    for raw in (True, False):
        trial = Trial({"t": "topic", "q": "queue"}, [("t/q", {"RawMessageDelivery": raw})])
        trial.do(0, "Publish", "t", Message="a", MessageAttributes=attributes)
        assert bool(trial.of("delivered")) is not raw


STRANGE = [
    pytest.param({"Message": "a\x00b"}, "InvalidMessageContents", id="a-character"),
    pytest.param(
        {"Message": '{"default": "a\\u0000b"}', "MessageStructure": "json"}, "InvalidMessageContents", id="escaped"
    ),
    pytest.param({"Message": '{"default": ""}', "MessageStructure": "json"}, "MissingParameter", id="nothing"),
]


@pytest.mark.parametrize(("call", "error"), STRANGE)
def test_a_text_that_sqs_does_not_take_goes_into_an_envelope_but_not_into_a_queue_by_itself(call, error):
    for raw in (True, False):
        trial = Trial({"t": "topic", "q": "queue", "d": "queue"}, [("t/q", {**DEAD, "RawMessageDelivery": raw})])
        trial.do(0, "Publish", "t", **call)
        errors = [record["detail"]["error"] for record in trial.of("delivery_failed")]
        assert errors == ([error] if raw else [])
        assert trial.counts("d") == (0, 0, 0)


# -- dead-letter queues -----------------------------------------------------------------------------------------------


def test_what_cannot_be_delivered_goes_to_the_subscriptions_dead_letter_queue_as_an_envelope():
    trial = to("http", {"answers": 404}, DEAD).run(100)
    assert trial.seconds("moved_to_dlq") == [0]
    received = api.receive_message(trial["d"], {})["Messages"][0]
    assert json.loads(received["Body"])["Message"] == "text"
    assert trial.metric("t", "NumberOfNotificationsRedrivenToDlq") == 1
    assert trial.of("dropped") == []


def test_a_raw_subscriptions_dead_letter_is_the_text_itself():
    trial = to("queue", CLOSED, {**DEAD, "RawMessageDelivery": True}).run(1)
    assert api.receive_message(trial["d"], {})["Messages"][0]["Body"] == "text"


def test_the_dead_letter_comes_after_the_last_try():
    trial = to("http", {"answers": 503}, DEAD).run(100)
    assert trial.seconds("moved_to_dlq") == [60]
    assert trial.of("moved_to_dlq")[0]["reason"] == {"code": "retries_used_up", "arguments": [4]}


@pytest.mark.parametrize(
    "end", [("SetParameter", {"RedrivePolicy": None}), ("SetParameter", {"RedrivePolicy": OTHER}), ("Unsubscribe", {})]
)
def test_a_queue_is_shown_as_the_dead_letter_queue_of_a_subscription_for_as_long_as_it_is(end):
    trial = Trial({"t": "topic", "end": "http", "d": "queue", "d2": "queue"}, [("t/end", DEAD)])
    assert trial.simulation.node_view("d")["dead_letter_of"] == ["t/end"]
    trial.do(1, end[0], "t/end", **end[1])
    assert trial.simulation.node_view("d")["dead_letter_of"] == []
    assert trial.simulation.node_view("d2")["dead_letter_of"] == (["t/end"] if OTHER in end[1].values() else [])


@pytest.mark.parametrize("dead", ["d", "d.fifo"])
def test_a_standard_queue_at_a_fifo_topic_may_have_a_dead_letter_queue_of_either_type(dead):
    policy = {"RedrivePolicy": {"deadLetterTargetArn": dead}}
    trial = Trial({"t.fifo": "topic", "q": ("queue", CLOSED), dead: "queue"}, [("t.fifo/q", policy)])
    trial.do(0, "Publish", "t.fifo", Message="a", MessageGroupId="g", MessageDeduplicationId="1")
    assert trial.counts(dead) == (1, 0, 0)


def test_a_dead_letter_queue_that_is_closed_loses_the_message_and_counts_it():
    trial = Trial({"t": "topic", "end": ("http", {"answers": 404}), "d": ("queue", CLOSED)}, [("t/end", DEAD)]).do(
        0, "Publish", "t", Message="a", name="a"
    )
    assert trial.names("dropped") == ["a"]
    assert trial.metric("t", "NumberOfNotificationsFailedToRedriveToDlq") == 1


def test_a_message_too_large_for_its_dead_letter_queue_is_lost_and_never_said_to_have_moved():
    nodes = {"t": "topic", "end": ("http", {"answers": 404}), "d": ("queue", {"MaximumMessageSize": 1024})}
    trial = Trial(nodes, [("t/end", DEAD)]).do(0, "Publish", "t", Message="x" * 2000, name="a")
    assert (trial.names("dropped"), trial.of("moved_to_dlq"), trial.of("sent")) == (["a"], [], [])
    assert trial.metric("t", "NumberOfNotificationsFailedToRedriveToDlq") == 1


def test_what_is_still_being_tried_when_the_subscription_ends_is_lost_with_its_reason():
    trial = to("http", {"answers": 503}).do(10, "Unsubscribe", "t/end").run(100)
    assert tries(trial) == [0]
    assert trial.of("dropped")[0]["reason"]["code"] == "unsubscribed"


# -- metrics ----------------------------------------------------------------------------------------------------------

FAILED = [
    pytest.param("http", {"answers": 500}, 4, id="http-every-failed-try"),
    pytest.param("http", {"answers": 404}, 1, id="http-refused-once"),
    pytest.param("queue", CLOSED, 1, id="queue-when-given-up"),
    pytest.param("email", {"enabled": False}, 1, id="email-when-given-up"),
    pytest.param("email", {"outages": [[0, 25]]}, 0, id="email-that-came-through-at-last"),
]


@pytest.mark.parametrize(("kind", "endpoint", "count"), FAILED)
def test_a_failed_notification_is_counted_by_the_rule_of_its_protocol(kind, endpoint, count):
    nodes = {"t": "topic", "end": (kind, endpoint)}
    trial = Trial(nodes, ["t/end"]).run(0).do(1, "Publish", "t", Message="a").run(1000)
    assert trial.metric("t", "NumberOfNotificationsFailed") == count


# -- independence -----------------------------------------------------------------------------------------------------


def test_a_subscriber_that_fails_delays_no_other():
    trial = Trial(
        {"t": "topic", "bad": ("http", {"answers": "nothing"}), "q": "queue", "good": "http"},
        ["t/bad", "t/q", "t/good"],
    )
    for second in range(5):
        trial.do(second, "Publish", "t", Message="a", name=f"a{second}")
    assert [r["at_ms"] for r in trial.of("delivered") if r["link"] == "t/q"] == [0, 1000, 2000, 3000, 4000]
    assert [r["at_ms"] for r in trial.of("delivered") if r["link"] == "t/good"] == [0, 1000, 2000, 3000, 4000]


def test_an_event_that_lambda_has_taken_is_delivered_whatever_the_function_makes_of_it():
    trial = to("function", {"failure_probability": 1, "async_retry_seconds": [60, 120]}, DEAD).run(1000)
    assert trial.seconds("delivered") == [0]
    assert trial.seconds("work_failed") == [0, 60, 180]
    assert trial.seconds("dropped", "end") == [180]
    assert trial.counts("d") == (0, 0, 0)


def test_latency_delays_the_delivery_and_nothing_else():
    trial = to("queue", {}, {"latency_seconds": 2.5}).run(10)
    assert trial.seconds("published") == [0]
    assert trial.seconds("sent", "end") == [2.5]

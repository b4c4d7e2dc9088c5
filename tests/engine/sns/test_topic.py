"""Publishing and subscribing: what SNS takes, whom it tells, in which form (facts: sns 1 to 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from courseapp.engine.messages import Message, Template
from courseapp.engine.sqs import api
from tests.engine.trial import Trial, refused

KIB_256 = 262_144


def string(value: str, kind: str = "String") -> dict[str, str]:
    return {"DataType": kind, "StringValue": value}


def body(trial: Trial, queue: str = "q") -> Any:
    return api.receive_message(trial[queue], {})["Messages"][0]["Body"]


# -- publishing -------------------------------------------------------------------------------------------------------

WRONG = [
    ("empty", {"Message": ""}, "Invalid parameter: Empty message"),
    ("absent", {}, "Invalid parameter: Empty message"),
    ("too long", {"Message": "x" * (KIB_256 + 1)}, "Invalid parameter: Message too long"),
    (
        "attributes count",
        {"Message": "x" * KIB_256, "MessageAttributes": {"a": string("b")}},
        "Invalid parameter: Message too long",
    ),
    ("half a character", {"Message": "a\ud800"}, "Invalid parameter: Message Reason: it must be UTF-8."),
    (
        "half a character in the text of one protocol",
        {"Message": '{"default": "a", "sqs": "\\ud800"}', "MessageStructure": "json"},
        "Invalid parameter: Message Reason: it must be UTF-8.",
    ),
    ("half a character in the subject", {"Message": "a", "Subject": "a\ud800"}, "Invalid parameter: Subject"),
    ("subject that deletes", {"Message": "a", "Subject": "a\x7f"}, "Invalid parameter: Subject"),
    ("empty subject", {"Message": "a", "Subject": ""}, "Invalid parameter: Subject"),
    ("subject of a hundred characters", {"Message": "a", "Subject": "s" * 100}, "Invalid parameter: Subject"),
    ("subject with a line break", {"Message": "a", "Subject": "one\ntwo"}, "Invalid parameter: Subject"),
    (
        "structure without default",
        {"Message": '{"sqs": "a"}', "MessageStructure": "json"},
        "Invalid parameter: Message Structure - No default entry in JSON message body",
    ),
    (
        "structure that is no JSON",
        {"Message": "a", "MessageStructure": "json"},
        "Invalid parameter: Message Structure - JSON message body failed to parse",
    ),
    (
        "structure with a name that stands there twice",
        {"Message": '{"default": "a", "default": "b"}', "MessageStructure": "json"},
        "Invalid parameter: Message Structure - JSON message body failed to parse",
    ),
    *(
        (
            f"a group of {what}",
            {"Message": "a", "MessageGroupId": group},
            "Invalid parameter: MessageGroupId Reason: it has 1 to 128 alphanumeric and punctuation characters.",
        )
        for what, group in (("nothing", ""), ("129 characters", "g" * 129), ("two words", "a b"))
    ),
    (
        "dedupe id on a standard topic",
        {"Message": "a", "MessageDeduplicationId": "1"},
        "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that "
        "is not valid for this topic type",
    ),
]


@pytest.mark.parametrize(("call", "says"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_publish_is_refused_in_the_words_of_sns_and_nobody_is_told(call, says):
    trial = Trial({"t": "topic", "q": "queue"}, ["t/q"]).do(0, "Publish", "t", **call)
    assert trial.refusal() == ("InvalidParameter", says)
    assert trial.of("published") == trial.of("sent") == []


def test_256_kib_fit_and_a_topic_may_take_up_to_one_mebibyte():
    trial = Trial(
        {"t": ("topic", {"MaximumMessageSize": 1_048_576}), "q": "queue"}, [("t/q", {"RawMessageDelivery": True})]
    )
    trial.do(0, "Publish", "t", Message="x" * 1_000_000)
    assert len(trial.of("sent")) == 1
    trial = Trial({"t": "topic"}).do(0, "Publish", "t", Message="x" * KIB_256)
    assert len(trial.of("published")) == 1


@pytest.mark.parametrize(("letters", "published"), [(KIB_256 // 2, 1), (KIB_256 // 2 + 1, 0)])
def test_bytes_count_and_not_letters(letters, published):
    trial = Trial({"t": "topic"}).do(0, "Publish", "t", Message="é" * letters)
    assert len(trial.of("published")) == published


def test_a_size_that_is_set_holds_until_it_is_taken_away():
    trial = Trial({"t": "topic"}).do(0, "SetParameter", "t", MaximumMessageSize=1024)
    trial.do(1, "Publish", "t", Message="x" * 1025).do(2, "Publish", "t", Message="x" * 1024)
    trial.do(3, "SetParameter", "t", MaximumMessageSize=None).do(4, "Publish", "t", Message="x" * 1025)
    assert trial.seconds("published") == [2, 4]


def test_a_topic_with_other_endpoints_than_queues_and_functions_stays_at_256_kib():
    trial = Trial({"t": "topic", "mail": "email"}, ["t/mail"])
    trial.do(0, "SetParameter", "t", MaximumMessageSize=500_000)
    code, says = trial.refusal()
    assert code == "InvalidParameter" and "MaximumMessageSize" in says
    assert trial["t"].maximum_size == KIB_256


def test_a_publish_succeeds_whatever_becomes_of_the_copies():
    trial = Trial({"t": "topic"}).do(0, "Publish", "t", Message="a")
    assert trial.metric("t", "NumberOfMessagesPublished") == 1
    assert trial.of("delivered") == []


def test_requests_and_their_cost_are_by_64_kib():
    trial = Trial({"t": "topic"}).do(0, "Publish", "t", Message="x" * 200_000)
    assert trial["t"].requests == 4


# -- who gets a copy --------------------------------------------------------------------------------------------------


def test_every_subscriber_gets_a_copy_of_its_own_with_an_id_of_its_own():
    trial = Trial({"t": "topic", "a": "queue", "b": "queue"}, ["t/a", "t/b"]).do(
        0, "Publish", "t", Message="x", name="x"
    )
    first, second = (api.receive_message(trial[queue], {})["Messages"][0] for queue in "ab")
    assert first["MessageId"] != second["MessageId"]
    assert json.loads(first["Body"])["MessageId"] == json.loads(second["Body"])["MessageId"]
    assert json.loads(first["Body"])["MessageId"] != first["MessageId"]


@pytest.mark.parametrize(("delays", "visible_s"), [((3,), [3]), ((3, 0), [3, 0]), ((0, 3), [0, 3]), ((2, 3), [2, 3])])
def test_what_a_topic_delivers_is_hidden_for_as_long_as_its_queue_delays(delays, visible_s):
    nodes = {f"q{place}": ("queue", {"DelaySeconds": delay}) for place, delay in enumerate(delays)}
    trial = Trial({"t": "topic", **nodes}, [f"t/{queue}" for queue in nodes]).do(0, "Publish", "t", Message="x").run(5)
    assert [(trial.seconds("became_visible", queue) or [0])[0] for queue in nodes] == visible_s


def test_a_subscription_made_later_never_sees_what_was_published_before():
    trial = Trial({"t": "topic", "q": "queue"}).do(0, "Publish", "t", Message="early", name="early")
    trial.do(1, "Subscribe", "t", Endpoint="q").do(2, "Publish", "t", Message="late", name="late").run(3)
    assert trial.names("sent", "q") == ["late"]


def test_a_filter_policy_decides_and_the_reason_stands_in_the_journal():
    trial = Trial({"t": "topic", "q": "queue"}, [("t/q", {"FilterPolicy": {"type": ["order"]}})])
    for kind in ("order", "refund"):
        trial.do(1, "Publish", "t", Message=kind, name=kind, MessageAttributes={"type": string(kind)})
    assert trial.names("delivered") == ["order"]
    assert [(r["message"], r["reason"]["arguments"]) for r in trial.of("filtered_out")] == [("refund", ["type"])]
    assert trial.metric("t", "NumberOfNotificationsFilteredOut") == 1
    assert trial.metric("t", "NumberOfNotificationsFilteredOut-MessageAttributes") == 1


FILTERED = [
    pytest.param({}, {"kind": ["a"]}, {}, "NoMessageAttributes", id="no-attributes"),
    pytest.param({"kind": string("b")}, {"kind": ["a"]}, {}, "MessageAttributes", id="another-value"),
    pytest.param({"kind": string("x", "Number")}, {"kind": [1]}, {}, None, id="no-such-attribute-may-be-sent"),
    pytest.param({"kind": string("[", "String.Array")}, {"kind": ["a"]}, {}, "InvalidAttributes", id="unreadable"),
    pytest.param({}, {"kind": ["a"]}, {"FilterPolicyScope": "MessageBody"}, "InvalidMessageBody", id="no-json-body"),
]


@pytest.mark.parametrize(("attributes", "policy", "scope", "metric"), FILTERED)
def test_what_is_filtered_out_is_counted_by_its_cause(attributes, policy, scope, metric):
    trial = Trial({"t": "topic", "q": "queue"}, [("t/q", {"FilterPolicy": policy, **scope})])
    trial.do(0, "Publish", "t", Message="text", MessageAttributes=attributes)
    figures = trial.simulation.metrics()["t"]
    split = {name: count for name, count in figures.items() if name.startswith("NumberOfNotificationsFilteredOut-")}
    assert split == ({} if metric is None else {f"NumberOfNotificationsFilteredOut-{metric}": 1})
    assert figures["NumberOfNotificationsFilteredOut"] == len(split)


def test_a_policy_may_look_at_the_body_instead():
    policy = {"FilterPolicy": {"amount": [{"numeric": [">=", 50]}]}, "FilterPolicyScope": "MessageBody"}
    trial = Trial({"t": "topic", "q": "queue"}, [("t/q", policy)])
    for amount in (49, 50):
        trial.do(1, "Publish", "t", Message=json.dumps({"amount": amount}), name=str(amount))
    trial.do(1, "Publish", "t", Message="no JSON", name="text")
    assert trial.names("delivered") == ["50"]
    assert trial.metric("t", "NumberOfNotificationsFilteredOut-InvalidMessageBody") == 1


def test_a_refused_policy_leaves_the_one_in_force():
    trial = Trial({"t": "topic", "q": "queue"}, [("t/q", {"FilterPolicy": {"type": ["order"]}})])
    trial.do(1, "SetParameter", "t/q", FilterPolicy={"type": []})
    assert trial.refusal() == ("InvalidParameter", "Invalid parameter: FilterPolicy: Empty arrays are not allowed")
    trial.do(2, "Publish", "t", Message="a", name="a", MessageAttributes={"type": string("refund")})
    assert trial.names("filtered_out") == ["a"]
    assert trial.simulation.architecture.link("t/q").parameters == {"FilterPolicy": {"type": ["order"]}}


@pytest.mark.parametrize("nothing", [None, ""])
def test_removing_the_policy_lets_everything_through(nothing):
    trial = Trial({"t": "topic", "q": "queue"}, [("t/q", {"FilterPolicy": {"type": ["order"]}})])
    trial.do(1, "SetParameter", "t/q", FilterPolicy=nothing).do(2, "Publish", "t", Message="a", name="a")
    assert trial.names("delivered") == ["a"]
    assert trial.of("changed")[0]["detail"]["to"] is None
    assert trial.simulation.architecture.link("t/q").parameters == {}


# -- subscribing ------------------------------------------------------------------------------------------------------


def test_repeating_a_subscription_with_the_same_attributes_does_nothing():
    trial = Trial({"t": "topic", "q": "queue"}, [("t/q", {"RawMessageDelivery": True})])
    trial.do(1, "Subscribe", "t", Endpoint="q").do(
        1, "Subscribe", "t", Endpoint="q", Attributes={"RawMessageDelivery": True}
    )
    assert trial.of("refused") == trial.of("subscribed") == []
    trial.do(2, "Publish", "t", Message="a")
    assert len(trial.of("sent")) == 1


def test_repeating_it_with_other_attributes_is_refused():
    trial = Trial({"t": "topic", "q": "queue"}, ["t/q"])
    trial.do(1, "Subscribe", "t", Endpoint="q", Attributes={"RawMessageDelivery": True})
    assert trial.refusal() == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes",
    )


def test_a_fifo_queue_cannot_be_subscribed_to_a_standard_topic():
    trial = Trial({"t": "topic", "q.fifo": "queue"}).do(1, "Subscribe", "t", Endpoint="q.fifo")
    assert trial.refusal()[1].endswith("FIFO SQS Queues can not be subscribed to standard SNS topics")


def test_only_queues_can_be_subscribed_to_a_fifo_topic():
    trial = Trial({"t.fifo": "topic", "mail": "email"}).do(1, "Subscribe", "t.fifo", Endpoint="mail")
    assert trial.refusal()[0] == "InvalidParameter"


MOST = 100  # subscriptions of a FIFO topic, and of one whose messages may be large


@pytest.mark.parametrize(
    ("topic", "parameters", "suffix"),
    [("t.fifo", {}, ".fifo"), ("t", {"MaximumMessageSize": 1_048_576}, "")],
    ids=["fifo", "large-messages"],
)
def test_a_topic_with_a_hundred_subscriptions_takes_no_other(topic, parameters, suffix):
    queues = [f"q{number}{suffix}" for number in range(MOST + 1)]
    nodes = {topic: ("topic", parameters), **dict.fromkeys(queues, "queue")}
    trial = Trial(nodes, [f"{topic}/{queue}" for queue in queues[:MOST]])
    trial.do(1, "Subscribe", topic, Endpoint=queues[0])
    assert trial.of("refused") == []
    trial.do(2, "Subscribe", topic, Endpoint=queues[MOST])
    assert trial.refusal()[0] == "SubscriptionLimitExceeded"
    assert trial.refused_command(3, "Connect", f"{topic}/{queues[MOST]}")[0] == "InvalidEdit"
    trial.do(4, "Unsubscribe", f"{topic}/{queues[0]}").do(5, "Subscribe", topic, Endpoint=queues[MOST])
    assert [one["link"] for one in trial.of("subscribed")] == [f"{topic}/{queues[MOST]}"]


def test_a_database_cannot_be_subscribed():
    trial = Trial({"t": "topic", "base": "database"}).do(1, "Subscribe", "t", Endpoint="base")
    assert trial.refusal()[1] == "Invalid parameter: Amazon SNS does not support this protocol string: database"


ATTRIBUTES = [
    ({"FilterPolicy": {"type": []}}, "FilterPolicy: Empty arrays are not allowed"),
    ({"FilterPolicy": {"type": {"a": ["b"]}}}, None),
    ({"RawMessageDelivery": "maybe"}, None),
    ({"RedrivePolicy": {"deadLetterTargetArn": "nowhere"}}, None),
    ({"Colour": "red"}, None),
]


@pytest.mark.parametrize(("attributes", "reason"), ATTRIBUTES)
def test_a_subscription_with_wrong_attributes_is_not_made(attributes, reason):
    trial = Trial({"t": "topic", "q": "queue"}).do(1, "Subscribe", "t", Endpoint="q", Attributes=attributes)
    code, says = trial.refusal()
    assert code == "InvalidParameter"
    assert says.startswith("Invalid parameter: Attributes Reason: ")
    assert reason is None or says.endswith(reason)
    assert trial["t"].subscriptions == {}
    assert trial.simulation.architecture.links == ()


def test_an_address_has_to_be_confirmed_and_gets_nothing_before():
    trial = Trial({"t": "topic", "mail": "email"}).do(1, "Subscribe", "t", Endpoint="mail")
    assert trial.of("subscribed")[0]["reason"]["code"] == "pending_confirmation"
    assert trial.seconds("confirmation_sent") == [1]
    trial.do(2, "Publish", "t", Message="early", name="early")
    assert trial.metric("t", "SubscriptionsPending") == 1
    assert trial.simulation.link_view("t/mail")["status"] == "pending"
    trial.do(3, "ConfirmSubscription", "t/mail").do(4, "Publish", "t", Message="late", name="late")
    assert trial.names("answered") == ["late"]
    assert (trial.metric("t", "SubscriptionsConfirmed"), trial.metric("t", "SubscriptionsPending")) == (1, 0)


@pytest.mark.parametrize(("value", "pending"), [(None, 0), (True, 0), (False, 1)])
def test_an_address_of_a_document_is_confirmed_unless_it_says_no(value, pending):
    trial = Trial({"t": "topic", "mail": "email"}, ["t/mail"]).do(1, "SetParameter", "t/mail", confirmed=value)
    assert trial.metric("t", "SubscriptionsPending") == pending


@pytest.mark.parametrize("since", [0, 30])
@pytest.mark.parametrize(("hours", "confirmed"), [(47.99, True), (48, False)])
def test_a_token_is_valid_for_two_days(hours, confirmed, since):
    trial = Trial({"t": "topic", "mail": "email"}).do(since * 3600, "Subscribe", "t", Endpoint="mail")
    assert [mail["name"] for mail in trial["mail"].view()["inbox"]] == ["confirmation"]
    trial.do((since + hours) * 3600, "ConfirmSubscription", "t/mail")
    assert bool(trial.of("confirmed")) is confirmed
    if not confirmed:
        assert trial.refusal() == ("InvalidParameter", "Invalid parameter: Token")


@pytest.mark.parametrize("endpoint", ["q", "mail"])
def test_the_attributes_of_a_subscribe_are_an_object_whether_or_not_there_is_a_subscription_already(endpoint):
    trial = Trial({"t": "topic", "q": "queue", "mail": "email"}, ["t/q"])
    trial.do(1, "Subscribe", "t", Endpoint=endpoint, Attributes="RawMessageDelivery")
    assert trial.refusal() == ("InvalidParameter", "Invalid parameter: Attributes Reason: it must be an object.")


def test_confirming_twice_is_no_error():
    trial = Trial({"t": "topic", "mail": "email"}).do(0, "Subscribe", "t", Endpoint="mail")
    trial.do(1, "ConfirmSubscription", "t/mail").do(2, "ConfirmSubscription", "t/mail")
    assert len(trial.of("confirmed")) == 1
    assert trial.of("refused") == []


def test_a_queue_in_the_same_account_needs_no_confirmation():
    trial = Trial({"t": "topic", "q": "queue"}).do(0, "Subscribe", "t", Endpoint="q").do(1, "Publish", "t", Message="a")
    assert len(trial.of("delivered")) == 1


def test_after_unsubscribing_nothing_comes_any_more():
    trial = Trial({"t": "topic", "q": "queue"}, ["t/q"]).do(1, "Unsubscribe", "t/q").do(2, "Publish", "t", Message="a")
    assert trial.of("sent") == []
    assert trial["t"].attributes()["SubscriptionsDeleted"] == "1"
    assert trial.simulation.architecture.links == ()


def test_the_picture_and_the_metrics_count_what_ended_subscriptions_were_sent():
    trial = Trial({"t": "topic", "q": "queue"}, ["t/q"]).do(1, "Publish", "t", Message="a").do(2, "Unsubscribe", "t/q")
    delivered = "NumberOfNotificationsDelivered"
    assert trial.metric("t", delivered) == trial.simulation.node_view("t")["gauges"][delivered] == 1


# -- what subscribers get ---------------------------------------------------------------------------------------------

ENVELOPE = ["Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL",
            "UnsubscribeURL"]  # fmt: skip


def published(subscription: dict[str, Any], topic: str = "t", queue: str = "q", **call: Any) -> dict[str, Any]:
    trial = Trial({topic: "topic", queue: "queue"}, [(f"{topic}/{queue}", subscription)])
    trial.do(1.5, "Publish", topic, **{"Message": "text", **call})
    received = api.receive_message(trial[queue], {})["Messages"][0]
    return received


def test_a_queue_gets_an_envelope_with_the_keys_in_the_order_of_aws():
    received = published({})
    envelope = json.loads(received["Body"])
    assert list(envelope) == ENVELOPE
    assert (envelope["Type"], envelope["Message"]) == ("Notification", "text")
    assert envelope["TopicArn"] == "arn:aws:sns:us-east-1:123456789012:t"
    assert envelope["Timestamp"] == "2026-01-05T09:00:01.500Z"


def test_subject_and_attributes_stand_in_the_envelope_and_not_beside_it():
    received = published({}, Subject="News", MessageAttributes={"price": string("9.5", "Number")})
    envelope = json.loads(received["Body"])
    assert list(envelope) == [*ENVELOPE[:3], "Subject", *ENVELOPE[3:], "MessageAttributes"]
    assert envelope["MessageAttributes"] == {"price": {"Type": "Number", "Value": "9.5"}}
    assert received["MessageAttributes"] == {}


def test_an_http_endpoint_gets_the_envelope_or_the_text_itself():
    for raw in (True, False):
        trial = Trial({"t": "topic", "h": "http"}, [("t/h", {"RawMessageDelivery": raw})])
        trial.do(0, "Publish", "t", Message="text")
        text = trial.of("answered")[0]["detail"]["text"]
        assert text == "text" if raw else json.loads(text)["Message"] == "text"


def test_a_standard_topic_passes_the_group_on_to_its_queues():
    trial = Trial({"t": "topic", "q": "queue"}, ["t/q"]).do(0, "Publish", "t", Message="a", MessageGroupId="tenant")
    assert api.receive_message(trial["q"], {})["Messages"][0]["Attributes"]["MessageGroupId"] == "tenant"


def test_raw_delivery_is_the_text_itself_with_its_attributes():
    received = published({"RawMessageDelivery": True}, MessageAttributes={"price": string("9.5", "Number")})
    assert received["Body"] == "text"
    assert received["MessageAttributes"] == {"price": string("9.5", "Number")}


def test_the_envelope_of_a_fifo_topic_has_a_sequence_number_and_no_signature():
    received = published({}, "t.fifo", "q.fifo", MessageGroupId="g", MessageDeduplicationId="1")
    assert list(json.loads(received["Body"])) == [
        "Type", "MessageId", "SequenceNumber", "TopicArn", "Message", "Timestamp", "UnsubscribeURL",
    ]  # fmt: skip
    assert received["Attributes"]["MessageGroupId"] == "g"


def test_a_message_for_several_protocols_gives_each_its_own_text():
    texts = {"default": "for all", "sqs": "for queues", "email": "for people", "number": 5}
    trial = Trial(
        {"t": "topic", "q": "queue", "mail": "email", "phone": "sms", "f": "function"},
        [("t/q", {"RawMessageDelivery": True}), "t/mail", "t/phone", "t/f"],
    ).do(0, "Publish", "t", Message=json.dumps(texts), MessageStructure="json")
    assert body(trial) == "for queues"
    assert trial.of("answered", "mail")[0]["detail"]["text"] == "for people"
    assert trial.of("answered", "phone")[0]["detail"]["text"] == "for all"


def test_the_event_of_a_function_has_subject_and_attributes_always():
    trial = Trial({"t": "topic", "f": "function"}, ["t/f"]).do(1.5, "Publish", "t", Message="text")
    topic = trial["t"]
    assert trial.names("delivered") == ["message 1"]
    event = topic.envelope.event(Message(1, Template({"body": "text"}), 1, 1500), "t/f")
    record = event["Records"][0]
    assert list(record) == ["EventVersion", "EventSource", "EventSubscriptionArn", "Sns"]
    assert list(record["Sns"]) == [
        "Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature",
        "SigningCertUrl", "UnsubscribeUrl", "MessageAttributes",
    ]  # fmt: skip
    assert (record["Sns"]["Subject"], record["Sns"]["MessageAttributes"]) == (None, {})


def test_in_the_event_of_a_function_numbers_and_lists_are_texts():
    topic = Trial({"t": "topic", "f": "function"}, ["t/f"])["t"]
    attributes = {
        "n": string("5", "Number"),
        "list": string("[1]", "String.Array"),
        "photo": {"DataType": "Binary", "BinaryValue": "AAEC"},
    }
    message = Message(1, Template({"body": "text", "MessageAttributes": attributes}), 1, 0)
    found = topic.envelope.event(message, "t/f")["Records"][0]["Sns"]["MessageAttributes"]
    assert {name: value["Type"] for name, value in found.items()} == {
        "n": "String",
        "list": "String",
        "photo": "Binary",
    }


def test_where_each_protocol_has_a_text_of_its_own_attributes_are_not_sent():
    trial = Trial({"t": "topic", "q": "queue"}, [("t/q", {"RawMessageDelivery": True})])
    structured = {"Message": '{"default": "text"}', "MessageStructure": "json"}
    trial.do(0, "Publish", "t", **structured, MessageAttributes={"a": string("x")})
    message = api.receive_message(trial["q"], {})["Messages"][0]
    assert (message["Body"], message["MessageAttributes"]) == ("text", {})


@pytest.mark.parametrize("raw", [True, False])
def test_who_publishes_again_what_came_for_one_protocol_publishes_just_that(raw):
    nodes = {"t": "topic", "q": "queue", "c": ("consumer", {"WaitTimeSeconds": 20}), "again": "topic", "mail": "email"}
    links = [("t/q", {"RawMessageDelivery": raw}), "q/c", "c/again", "again/mail"]
    trial = Trial(nodes, links)
    texts = json.dumps({"default": "text", "sqs": "for queues", "email": "for people"})
    trial.do(0, "Publish", "t", Message=texts, MessageStructure="json").run(1)
    assert (trial.of("refused"), trial.of("work_failed")) == ([], [])
    (answer,) = trial.of("answered", "mail")
    text = answer["detail"]["text"]
    assert (text if raw else json.loads(text)["Message"]) == "for queues"


@pytest.mark.parametrize("structure", [{}, {"MessageStructure": "json"}], ids=["one-text", "a-text-for-each"])
def test_a_function_hands_on_the_text_that_it_was_told(structure):
    trial = Trial({"t": "topic", "f": "function", "q": "queue"}, ["t/f", "f/q"])
    text = json.dumps({"default": "text", "lambda": "for functions"})
    trial.do(0, "Publish", "t", Message=text, **structure).run(1)
    assert body(trial) == ("for functions" if structure else text)


def test_a_mail_has_the_subject_and_a_text_message_its_parts():
    trial = Trial({"t": "topic", "mail": "email", "phone": "sms"}, ["t/mail", "t/phone"])
    trial.do(0, "Publish", "t", Message="x" * 200, Subject="News")
    assert trial.of("answered", "mail")[0]["detail"]["subject"] == "News"
    assert trial.of("answered", "phone")[0]["detail"]["parts"] == 2


# -- FIFO topics ------------------------------------------------------------------------------------------------------


def ordered(topic: dict[str, Any] | None = None) -> Trial:
    return Trial(
        {"t.fifo": ("topic", topic or {}), "q.fifo": "queue", "plain": "queue"}, ["t.fifo/q.fifo", "t.fifo/plain"]
    )


def test_a_fifo_topic_wants_a_group_and_something_to_deduplicate_by():
    trial = ordered().do(0, "Publish", "t.fifo", Message="a", MessageDeduplicationId="1")
    assert trial.refusal()[1] == "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
    trial.do(0, "Publish", "t.fifo", Message="a", MessageGroupId="g")
    assert trial.refusal()[1] == (
        "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
        "provided explicitly"
    )


def test_a_fifo_topic_delivers_to_fifo_and_to_standard_queues():
    trial = ordered().do(0, "Publish", "t.fifo", Message="a", MessageGroupId="g", MessageDeduplicationId="1")
    assert len(trial.of("sent")) == 2


def test_a_fifo_topic_answers_with_the_sequence_number_that_stands_in_the_envelope():
    trial = ordered().run(0)
    call = {"Message": "a", "MessageGroupId": "g", "MessageDeduplicationId": "1"}
    first, again = (trial["t.fifo"].publish_call(call) for _ in range(2))
    assert json.loads(body(trial, "q.fifo"))["SequenceNumber"] == first["SequenceNumber"]
    assert "SequenceNumber" not in again
    assert "SequenceNumber" not in Trial({"t": "topic"})["t"].publish_call({"Message": "a"})


@pytest.mark.parametrize("raw", [True, False])
def test_a_fifo_topic_passes_its_deduplication_id_on(raw):
    nodes = {"t.fifo": ("topic", {"ContentBasedDeduplication": True}), "q.fifo": "queue"}
    trial = Trial(nodes, [("t.fifo/q.fifo", {"RawMessageDelivery": raw})])
    trial.do(0, "Publish", "t.fifo", Message="a", MessageGroupId="g")
    message = api.receive_message(trial["q.fifo"], {})["Messages"][0]
    digest = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert message["Attributes"]["MessageDeduplicationId"] == digest
    assert message["Attributes"]["MessageGroupId"] == "g"


@pytest.mark.parametrize(("seconds", "published"), [(299.999, 1), (300, 2)])
def test_a_duplicate_of_five_minutes_is_accepted_and_not_delivered(seconds, published):
    trial = ordered({"ContentBasedDeduplication": True})
    trial.do(0, "Publish", "t.fifo", Message="a", MessageGroupId="g")
    trial.do(seconds, "Publish", "t.fifo", Message="a", MessageGroupId="g")
    assert len(trial.of("published")) == published
    assert len(trial.of("deduplicated", "t.fifo")) == 2 - published


@pytest.mark.parametrize(("scope", "published"), [("Topic", 1), ("MessageGroup", 2)])
def test_the_scope_of_deduplication_is_the_topic_or_the_group(scope, published):
    trial = ordered({"FifoThroughputScope": scope})
    for group in "gh":
        trial.do(0, "Publish", "t.fifo", Message="a", MessageGroupId=group, MessageDeduplicationId="1")
    assert len(trial.of("published")) == published


def test_attributes_of_a_topic_are_texts():
    values = ordered({"ContentBasedDeduplication": True})["t.fifo"].attributes()
    assert values["TopicArn"] == "arn:aws:sns:us-east-1:123456789012:t.fifo"
    assert (values["FifoTopic"], values["ContentBasedDeduplication"]) == ("true", "true")
    assert values["SubscriptionsConfirmed"] == "2"
    assert refused(ordered()["t.fifo"].crash, {})[0] == "InvalidAction"

"""What SQS takes and what it refuses, in its own words: sends, batches, receives, purges (facts: sqs 1, 3 and 4)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from courseapp.engine.sqs import api
from tests.engine.trial import Trial, refused

MIB = 1_048_576
TOO_LONG = "One or more parameters are invalid. Reason: Message must be shorter than {} bytes."


def queue(queue_id: str = "q", **parameters: Any) -> Any:
    return Trial({queue_id: ("queue", parameters)}).run(0)[queue_id]


def string(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


# -- sending ----------------------------------------------------------------------------------------------------------

SIZES = [
    pytest.param("x" * MIB, {}, {}, None, id="one-mebibyte-fits"),
    pytest.param("x" * (MIB + 1), {}, {}, MIB, id="one-byte-more-does-not"),
    pytest.param("é" * (MIB // 2), {}, {}, None, id="bytes-count-and-this-fits"),
    pytest.param("é" * (MIB // 2 + 1), {}, {}, MIB, id="bytes-count-not-characters"),
    pytest.param("x" * 1024, {"MaximumMessageSize": 1024}, {}, None, id="the-queues-own-limit-fits"),
    pytest.param("x" * 1025, {"MaximumMessageSize": 1024}, {}, 1024, id="the-queues-own-limit"),
    pytest.param("x" * 1009, {"MaximumMessageSize": 1024}, {"type": "order"}, None, id="with-attributes-fits"),
    pytest.param("x" * 1010, {"MaximumMessageSize": 1024}, {"type": "order"}, 1024, id="name-type-and-value-count"),
]


@pytest.mark.parametrize(("body", "of_queue", "attributes", "limit"), SIZES)
def test_the_size_of_a_message_is_that_of_its_body_and_attributes_in_bytes(body, of_queue, attributes, limit):
    node = queue(**of_queue)
    call = {"MessageBody": body, "MessageAttributes": {name: string(value) for name, value in attributes.items()}}
    if limit is None:
        assert "MessageId" in api.send_message(node, call)
    else:
        assert refused(api.send_message, node, call) == ("InvalidParameterValue", TOO_LONG.format(limit))


def test_a_body_that_repeats_itself_beyond_all_measure_is_too_long_like_any_other():
    node = queue()
    call = {"MessageBody": {"repeat": "é", "times": 10**15}}
    assert refused(api.send_message, node, call) == ("InvalidParameterValue", TOO_LONG.format(MIB))
    assert "MessageId" in api.send_message(node, {"MessageBody": {"repeat": "é", "times": MIB // 2}})


def test_an_answer_holds_the_id_and_the_digest_of_the_body():
    answer = api.send_message(queue(), {"MessageBody": "naïve"})
    assert answer["MD5OfMessageBody"] == hashlib.md5("naïve".encode()).hexdigest()
    assert len(answer["MessageId"]) == 36
    assert "SequenceNumber" not in answer


def test_sequence_numbers_of_a_fifo_queue_grow_and_have_twenty_digits():
    node = queue("q.fifo", ContentBasedDeduplication=True)
    numbers = [api.send_message(node, {"MessageBody": body, "MessageGroupId": "g"})["SequenceNumber"] for body in "abc"]
    assert numbers == sorted(numbers)
    assert {len(number) for number in numbers} == {20}


WRONG_SENDS = [
    ("empty", {"MessageBody": ""}, "MissingParameter", "The request must contain the parameter MessageBody."),
    ("absent", {}, "MissingParameter", "The request must contain the parameter MessageBody."),
    ("forbidden character", {"MessageBody": "a\x00b"}, "InvalidMessageContents", None),
    ("a noncharacter", {"MessageBody": "a\ufffeb"}, "InvalidMessageContents", None),
    (
        "dedupe id on a standard queue",
        {"MessageBody": "a", "MessageDeduplicationId": "1"},
        "InvalidParameterValue",
        None,
    ),
    ("group id too long", {"MessageBody": "a", "MessageGroupId": "g" * 129}, "InvalidParameterValue", None),
    ("group id with a space", {"MessageBody": "a", "MessageGroupId": "a b"}, "InvalidParameterValue", None),
    (
        "eleven attributes",
        {"MessageBody": "a", "MessageAttributes": {f"a{n}": string("x") for n in range(11)}},
        "InvalidParameterValue",
        "Number of message attributes [11] exceeds the allowed maximum [10].",
    ),
    (
        "an attribute without a value",
        {"MessageBody": "a", "MessageAttributes": {"a": string("")}},
        "InvalidParameterValue",
        "Message (user) attribute 'a' must contain a non-empty value of type 'String'.",
    ),
    (
        "an attribute of no known type",
        {"MessageBody": "a", "MessageAttributes": {"a": {"DataType": "Date", "StringValue": "x"}}},
        "InvalidParameterValue",
        "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: "
        "Binary, Number, String.",
    ),
    (
        "a number that is none",
        {"MessageBody": "a", "MessageAttributes": {"a": {"DataType": "Number", "StringValue": "many"}}},
        "InvalidParameterValue",
        "Can't cast the value of message (user) attribute 'a' to a number.",
    ),
    *(
        (
            f"the number {number}",
            {"MessageBody": "a", "MessageAttributes": {"a": {"DataType": "Number", "StringValue": number}}},
            "InvalidParameterValue",
            "Can't cast the value of message (user) attribute 'a' to a number.",
        )
        for number in ("1" * 39, f"0.{'1' * 39}", "1.01e126", "-1e127", "9e-129")
    ),
    *(
        (
            f"an attribute called {name!r}",
            {"MessageBody": "a", "MessageAttributes": {name: string("x")}},
            "InvalidParameterValue",
            f"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore "
            "(_), hyphen (-), and period (.) characters.",
        )
        for name in ("", "a b", "é", ".a", "a.", "a..b", "AWS.a", "amazon.a", "a" * 257)
    ),
]


@pytest.mark.parametrize(("call", "code", "says"), [case[1:] for case in WRONG_SENDS], ids=[c[0] for c in WRONG_SENDS])
def test_a_wrong_send_is_refused_and_leaves_the_queue_as_it_was(call, code, says):
    node = queue()
    found = refused(api.send_message, node, call)
    assert found[0] == code
    assert says is None or found[1] == says
    assert (node.sent, node.store.visible) == (0, 0)


@pytest.mark.parametrize("body", ["\t\n\r", "\u0020", "\ud7ff", "\ue000", "\ufffd", "\U00010000", "\U0010ffff"])
def test_every_character_of_xml_may_be_sent(body):
    assert "MessageId" in api.send_message(queue(), {"MessageBody": body})


@pytest.mark.parametrize("number", ["1" * 38, "-1" + "0" * 120, f"0.{'0' * 100}1", "1e126", "-1e-128", "0", "000.000"])
def test_a_number_has_up_to_38_digits_and_stays_within_its_range(number):
    attributes = {"a": {"DataType": "Number", "StringValue": number}}
    assert "MessageId" in api.send_message(queue(), {"MessageBody": "a", "MessageAttributes": attributes})


@pytest.mark.parametrize("group", ["tenant-1", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])
def test_a_standard_queue_takes_a_group_id(group):
    assert "MessageId" in api.send_message(queue(), {"MessageBody": "a", "MessageGroupId": group})


def test_a_fifo_queue_wants_a_group_and_something_to_deduplicate_by():
    node = queue("q.fifo")
    assert refused(api.send_message, node, {"MessageBody": "a", "MessageDeduplicationId": "1"}) == (
        "MissingParameter",
        "The request must contain the parameter MessageGroupId.",
    )
    assert refused(api.send_message, node, {"MessageBody": "a", "MessageGroupId": "g"}) == (
        "InvalidParameterValue",
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    )


@pytest.mark.parametrize("ids", [{"MessageGroupId": "a b"}, {"MessageDeduplicationId": "é"}], ids=str)
@pytest.mark.parametrize("to", ["q.fifo", "t.fifo"])
def test_what_a_publisher_sends_has_ids_that_aws_takes(ids, to):
    message = {"MessageGroupId": "g", "MessageDeduplicationId": "{n}", **ids}
    trial = Trial({"p": ("publisher", {"message": message}), "t.fifo": "topic", "q.fifo": "queue"}, [f"p/{to}"])
    trial.do(0, "Send", "p")
    assert (trial.refusal()[0][:16], trial.metric("p", "refused")) == ("InvalidParameter", 1)


# -- batches ----------------------------------------------------------------------------------------------------------


def entries(count: int, body: str = "a") -> list[dict[str, Any]]:
    return [{"Id": str(n), "MessageBody": body} for n in range(count)]


PREFIX = "AWS.SimpleQueueService."
WRONG_BATCHES = [
    (
        "none",
        [],
        "EmptyBatchRequest",
        "There should be at least one SendMessageBatchRequestEntry in the request.",
    ),
    (
        "eleven",
        entries(11),
        "TooManyEntriesInBatchRequest",
        "Maximum number of entries per request are 10. You have sent 11.",
    ),
    ("an id twice", entries(1) * 2, "BatchEntryIdsNotDistinct", "Id 0 repeated."),
    (
        "a wrong id",
        [{"Id": "a b", "MessageBody": "a"}],
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
        "letters long.",
    ),
    (
        "too long together",
        entries(10, "x" * 104_858),
        "BatchRequestTooLong",
        "Batch requests cannot be longer than 1048576 bytes. You have sent 1048580 bytes.",
    ),
]


@pytest.mark.parametrize(
    ("batch", "code", "says"), [case[1:] for case in WRONG_BATCHES], ids=[case[0] for case in WRONG_BATCHES]
)
def test_a_wrong_batch_is_refused_as_a_whole(batch, code, says):
    node = queue()
    assert refused(api.send_message_batch, node, batch) == (PREFIX + code, says)
    assert node.sent == 0


def test_each_entry_of_a_batch_succeeds_or_fails_alone():
    answer = api.send_message_batch(queue(), [{"Id": "good", "MessageBody": "a"}, {"Id": "bad", "MessageBody": ""}])
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert answer["Failed"] == [
        {
            "Id": "bad",
            "Code": "MissingParameter",
            "Message": "The request must contain the parameter MessageBody.",
            "SenderFault": True,
        }
    ]


def test_ten_small_messages_of_a_batch_are_one_request_and_ten_large_ones_several():
    small, large = queue(), queue()
    api.send_message_batch(small, entries(10))
    api.send_message_batch(large, entries(10, "x" * 20_000))
    assert (small.requests, large.requests) == (1, 4)


def test_entries_enter_a_fifo_queue_in_the_order_of_the_request_and_duplicates_are_dropped():
    node = queue("q.fifo", ContentBasedDeduplication=True)
    batch = [{"Id": str(n), "MessageBody": body, "MessageGroupId": "g"} for n, body in enumerate("bab")]
    answer = api.send_message_batch(node, batch)
    assert answer["Successful"][0]["MessageId"] == answer["Successful"][2]["MessageId"]
    received = api.receive_message(node, {"MaxNumberOfMessages": 10})["Messages"]
    assert [message["Body"] for message in received] == ["b", "a"]


# -- receiving --------------------------------------------------------------------------------------------------------

WRONG_RECEIVES = [
    ("MaxNumberOfMessages", 11, "Must be between 1 and 10, if provided."),
    ("MaxNumberOfMessages", 0, "Must be between 1 and 10, if provided."),
    ("WaitTimeSeconds", 21, "Must be >= 0 and <= 20, if provided."),
    ("VisibilityTimeout", 43_201, "Must be between 0 and 43200, if provided."),
]


@pytest.mark.parametrize(("name", "value", "reason"), WRONG_RECEIVES)
def test_a_wrong_receive_is_refused(name, value, reason):
    says = f"Value {value} for parameter {name} is invalid. Reason: {reason}"
    assert refused(api.receive_message, queue(), {name: value}) == ("InvalidParameterValue", says)


def test_without_messages_the_answer_has_no_messages_at_all():
    assert api.receive_message(queue(), {}) == {}


def test_a_receive_returns_one_message_unless_more_are_asked_for_and_never_more_than_ten():
    node = queue()
    for n in range(15):
        api.send_message(node, {"MessageBody": str(n)})
    assert len(api.receive_message(node, {})["Messages"]) == 1
    assert len(api.receive_message(node, {"MaxNumberOfMessages": 10})["Messages"]) == 10
    assert len(api.receive_message(node, {"MaxNumberOfMessages": 10})["Messages"]) == 4


def test_a_received_message_holds_body_attributes_and_digest():
    node = queue()
    sent = api.send_message(node, {"MessageBody": "a", "MessageAttributes": {"type": string("order")}})
    message = api.receive_message(node, {})["Messages"][0]
    assert message["MessageId"] == sent["MessageId"]
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert message["MessageAttributes"] == {"type": string("order")}
    assert len(message["ReceiptHandle"]) <= 1024


def test_a_tenant_is_told_with_a_message_that_has_one_and_with_no_other():
    trial = Trial({"q": "queue"}).run(0)
    for more in ({}, {"MessageGroupId": "tenant"}):
        api.send_message(trial["q"], {"MessageBody": "a", **more})
    answer = api.receive_message(trial["q"], {"MaxNumberOfMessages": 2, "AttributeNames": ["All"]})
    assert [message["Attributes"].get("MessageGroupId", "none") for message in answer["Messages"]] == ["none", "tenant"]


def test_one_receive_never_returns_the_same_message_twice():
    node = queue()
    api.send_message(node, {"MessageBody": "a"})
    answer = api.receive_message(node, {"MaxNumberOfMessages": 10, "VisibilityTimeout": 0})
    assert len(answer["Messages"]) == 1


def fill(node: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("courseapp.engine.sqs.queue.MOST_IN_FLIGHT", 3)
    for n in range(5):
        api.send_message(node, {"MessageBody": str(n), "MessageGroupId": str(n)})
    assert len(api.receive_message(node, {"MaxNumberOfMessages": 10})["Messages"]) == 3


def test_at_the_in_flight_maximum_a_short_poll_is_refused_and_a_long_one_gets_nothing(monkeypatch):
    node = queue()
    fill(node, monkeypatch)
    assert refused(api.receive_message, node, {})[0] == "OverLimit"
    assert api.receive_message(node, {"WaitTimeSeconds": 5}) == {}


def test_a_worker_that_polls_at_the_in_flight_maximum_is_told_so(monkeypatch):
    monkeypatch.setattr("courseapp.engine.sqs.queue.MOST_IN_FLIGHT", 1)
    trial = Trial({"q": "queue", "c": ("consumer", {"workers": 2, "processing_seconds": 5})}, ["q/c"])
    trial.do(0, "SendMessage", "q", MessageBody="a").run(3)
    assert trial.of("refused")[-1]["detail"] == {
        "action": "ReceiveMessage",
        "error": "OverLimit",
        "says": "The maximum number of in flight messages is reached.",
        "by": "c",
    }


def test_at_the_in_flight_maximum_a_fifo_queue_returns_nothing_without_an_error(monkeypatch):
    node = queue("q.fifo", ContentBasedDeduplication=True)
    fill(node, monkeypatch)
    assert api.receive_message(node, {}) == {}


def test_a_delete_at_the_in_flight_maximum_lets_the_longest_waiting_poll_go_on(monkeypatch):
    monkeypatch.setattr("courseapp.engine.sqs.queue.MOST_IN_FLIGHT", 1)
    trial = Trial(
        {"q": "queue", "c": ("consumer", {"workers": 2, "processing_seconds": 5, "WaitTimeSeconds": 20})}, ["q/c"]
    )
    for _ in range(3):
        trial.do(0, "SendMessage", "q", MessageBody="a")
    trial.run(30)
    assert [(record["at_ms"], record["detail"]["worker"]) for record in trial.of("work_started")] == [
        (0, 1),
        (5000, 2),
        (10_000, 1),
    ]


@pytest.mark.parametrize(
    "ends", [("DeleteMessage", {"message": "a"}), ("SetParameter", {"MessageRetentionPeriod": 60})]
)
def test_at_the_in_flight_maximum_a_poll_waits_until_a_place_is_free(monkeypatch, ends):
    monkeypatch.setattr("courseapp.engine.sqs.queue.MOST_IN_FLIGHT", 1)
    trial = Trial({"q": ("queue", {"VisibilityTimeout": 600})}).do(0, "SendMessage", "q", MessageBody="a", name="a")
    trial.do(1, "ReceiveMessage", "q").do(90, "SendMessage", "q", MessageBody="b", name="b")
    trial.do(100, "ReceiveMessage", "q", WaitTimeSeconds=20).do(105, ends[0], "q", **ends[1]).run(200)
    assert (trial.names("received"), trial.seconds("received"), trial.of("empty_receive")) == (["a", "b"], [1, 105], [])


def test_a_poll_that_waits_at_a_queue_that_is_removed_comes_back_with_no_word_of_it():
    trial = Trial({"q": "queue"}).do(1, "ReceiveMessage", "q", WaitTimeSeconds=20).do(5, "RemoveNode", "q").run(30)
    assert [record["type"] for record in trial.log] == ["node_removed"]


# -- purging ----------------------------------------------------------------------------------------------------------


def test_a_purge_removes_everything_also_what_is_in_flight_or_delayed():
    trial = Trial({"q": "queue"}).run(0)
    for delay_s in (0, 0, 60):
        api.send_message(trial["q"], {"MessageBody": "a", "DelaySeconds": delay_s})
    api.receive_message(trial["q"], {})
    trial.do(1, "PurgeQueue", "q").run(100)
    assert trial.counts("q") == (0, 0, 0)
    assert trial.of("purged")[0]["detail"] == {"count": 3}


def test_a_queue_is_purged_once_in_sixty_seconds():
    trial = Trial({"q": "queue"}).do(1, "PurgeQueue", "q").do(60, "PurgeQueue", "q")
    assert trial.refusal() == (
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        "Only one PurgeQueue operation on q is allowed every 60 seconds.",
    )
    assert len(trial.do(61, "PurgeQueue", "q").of("purged")) == 2


def test_a_purge_clears_the_memory_of_duplicates():
    trial = Trial({"q.fifo": ("queue", {"ContentBasedDeduplication": True})}).run(0)
    for _ in range(2):
        api.send_message(trial["q.fifo"], {"MessageBody": "a", "MessageGroupId": "g"})
    trial.do(1, "PurgeQueue", "q.fifo")
    api.send_message(trial["q.fifo"], {"MessageBody": "a", "MessageGroupId": "g"})
    assert trial.counts("q.fifo") == (1, 0, 0)


# -- attributes -------------------------------------------------------------------------------------------------------


def test_attributes_are_texts_and_those_of_fifo_queues_are_absent_on_a_standard_one():
    standard = queue(VisibilityTimeout=45).attributes()
    assert standard["VisibilityTimeout"] == "45"
    assert standard["MessageRetentionPeriod"] == "345600"
    assert standard["MaximumMessageSize"] == "1048576"
    assert not {"FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"} & set(standard)
    ordered = queue("q.fifo").attributes()
    assert (ordered["FifoQueue"], ordered["DeduplicationScope"]) == ("true", "queue")


def test_attributes_tell_when_a_queue_was_made_and_when_it_was_last_changed():
    trial = Trial({"q": "queue"}).do(60, "AddNode", "r", kind="queue").do(90, "SetParameter", "q", DelaySeconds=1)
    times = [
        int(trial[node].attributes()[name]) - int(trial["q"].attributes()["CreatedTimestamp"])
        for node in "qr"
        for name in ("CreatedTimestamp", "LastModifiedTimestamp")
    ]
    assert times == [0, 90, 60, 60]


def test_a_setting_of_the_model_alone_is_no_change_of_the_queue():
    trial = Trial({"q": "queue"}).do(90, "SetParameter", "q", duplicate_probability=0.5)
    attributes = trial["q"].attributes()
    assert attributes["LastModifiedTimestamp"] == attributes["CreatedTimestamp"]


def test_a_wrong_attribute_is_refused_by_the_queue_in_the_journal_and_changes_nothing():
    trial = Trial({"q": "queue"}).do(1, "SetParameter", "q", VisibilityTimeout=43_201)
    assert trial.refusal()[0] == "InvalidAttributeValue"
    assert trial["q"].attributes()["VisibilityTimeout"] == "30"
    assert trial.simulation.architecture.node("q").parameters == {}

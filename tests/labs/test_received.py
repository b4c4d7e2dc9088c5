"""The inspector shows a message as each subscriber received it."""

import json

import pytest

from courseapp.labs.inspector import journey
from tests.engine.trial import Trial


def received(kind: str, parameters: dict | None = None, **message: object) -> str:
    """What the inspector shows of the copy that a topic delivered to a subscriber of this kind."""
    trial = Trial({"t": "topic", "x": kind}, [("t/x", parameters or {})])
    trial.simulation.run_until(0)
    trial.simulation.drain()
    trial["t"].publish_call({"Message": "hello", **message})
    records = list(enumerate(trial.simulation.drain(), 1))
    uid = next(record[4].uid for _, record in records if record[1] == "delivered")
    return journey(trial.simulation, uid, records)["received"]


def test_a_function_is_invoked_with_an_event():
    record = json.loads(received("function", Subject="Hi"))["Records"][0]
    assert record["EventSource"] == "aws:sns"
    assert (record["Sns"]["Message"], record["Sns"]["Subject"]) == ("hello", "Hi")


def test_a_queue_gets_the_message_in_an_envelope_unless_it_wants_it_raw():
    assert json.loads(received("queue"))["Message"] == "hello"
    assert received("queue", {"RawMessageDelivery": True}) == ""  # nothing that the body does not show


@pytest.mark.parametrize("kind", ["sms", "push"])
def test_a_person_reads_the_words_alone(kind):
    assert received(kind) == ""
    structured = json.dumps({"default": "hello", "sms": "short", "application": "tap"})
    told = received(kind, Message=structured, MessageStructure="json")
    assert told == {"sms": "short", "push": "tap"}[kind]

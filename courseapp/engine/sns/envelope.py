"""What subscribers get of a message: the JSON envelope, or the event of a function (facts: sns 4).

Key order is AWS's. Ids, signatures and addresses are derived from what they identify, so that a run always shows the
same.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from courseapp.engine.arns import REGION, arn
from courseapp.engine.messages import Message, as_uuid, compact

ADDRESS = f"https://sns.{REGION}.amazonaws.com/"
CERTIFICATE = f"{ADDRESS}SimpleNotificationService-{as_uuid('certificate')[:32]}.pem"


def message_id(message: Message) -> str:
    """The ``MessageId`` that SNS gives; each copy in a queue has another one of its own."""
    return as_uuid("sns", message.number)


def sequence_number(message: Message) -> str:
    """The ``SequenceNumber`` that a FIFO topic gives: twenty digits that grow."""
    return str(10_000_000_000_000_000_000 + message.number * 1000)


def topic_arn(topic_id: str) -> str:
    return arn("sns", topic_id)


def subscription_arn(link_id: str) -> str:
    return f"{topic_arn(link_id.split('/')[0])}:{as_uuid('subscription', link_id)}"


def timestamp(epoch_ms: int) -> str:
    """ISO 8601 in UTC with three decimals, as AWS writes it."""
    moment = datetime.fromtimestamp(epoch_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{epoch_ms % 1000:03d}Z"


def confirmation(link_id: str, epoch_ms: int) -> str:
    """What SNS posts to an HTTP endpoint that was subscribed and must confirm (facts: sns 3)."""
    arn = topic_arn(link_id.split("/")[0])
    token = hashlib.sha256(f"token/{link_id}".encode()).hexdigest()
    values = {
        "Type": "SubscriptionConfirmation",
        "MessageId": as_uuid("confirmation", link_id),
        "Token": token,
        "TopicArn": arn,
        "Message": f"You have chosen to subscribe to the topic {arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": f"{ADDRESS}?Action=ConfirmSubscription&TopicArn={arn}&Token={token}",
        "Timestamp": timestamp(epoch_ms),
    }
    return compact(values)


class Envelope:
    """Wraps messages of one topic. ``starts_ms`` is the wall time of virtual 0 in epoch milliseconds."""

    __slots__ = ("fifo", "starts_ms", "topic")

    def __init__(self, topic: str, fifo: bool, starts_ms: int) -> None:
        self.topic = topic
        self.fifo = fifo
        self.starts_ms = starts_ms

    def text(self, message: Message, link_id: str, protocol: str = "sqs") -> str:
        """The JSON text that a subscriber without raw delivery gets."""
        values: dict[str, Any] = {"Type": "Notification", "MessageId": message_id(message)}
        if self.fifo:
            values["SequenceNumber"] = sequence_number(message)
        values["TopicArn"] = topic_arn(self.topic)
        if message.subject is not None:
            values["Subject"] = message.subject
        values["Message"] = message.text_for(protocol)
        values["Timestamp"] = timestamp(self.starts_ms + message.at_ms)
        if not self.fifo:
            values["SignatureVersion"] = "1"
            values["Signature"] = _signature(message)
            values["SigningCertURL"] = CERTIFICATE
        values["UnsubscribeURL"] = _unsubscribe(link_id)
        if message.attributes and message.structure != "json":
            values["MessageAttributes"] = _attributes(message)
        return compact(values)

    def event(self, message: Message, link_id: str) -> dict[str, Any]:
        """The event with which a function is invoked. Note ``…Url``, that Subject and attributes are always present,
        and that all types but Binary come as String."""
        return {
            "Records": [
                {
                    "EventVersion": "1.0",
                    "EventSource": "aws:sns",
                    "EventSubscriptionArn": subscription_arn(link_id),
                    "Sns": {
                        "Type": "Notification",
                        "MessageId": message_id(message),
                        "TopicArn": topic_arn(self.topic),
                        "Subject": message.subject,
                        "Message": message.text_for("lambda"),
                        "Timestamp": timestamp(self.starts_ms + message.at_ms),
                        "SignatureVersion": "1",
                        "Signature": _signature(message),
                        "SigningCertUrl": CERTIFICATE,
                        "UnsubscribeUrl": _unsubscribe(link_id),
                        "MessageAttributes": {
                            name: {**value, "Type": "Binary" if value["Type"].startswith("Binary") else "String"}
                            for name, value in _attributes(message).items()
                        },
                    },
                }
            ]
        }


def _attributes(message: Message) -> dict[str, Any]:
    return {
        name: {"Type": value["DataType"], "Value": value.get("StringValue", value.get("BinaryValue"))}
        for name, value in message.attributes.items()
    }


def _signature(message: Message) -> str:
    return base64.b64encode(hashlib.sha256(f"signature/{message.number}".encode()).digest()).decode()


def _unsubscribe(link_id: str) -> str:
    return f"{ADDRESS}?Action=Unsubscribe&SubscriptionArn={subscription_arn(link_id)}"

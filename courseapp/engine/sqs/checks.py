"""What a queue's attributes mean to the engine, and what makes two sends the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from courseapp.engine import limits
from courseapp.engine.architecture.sending import ATTRIBUTE_NAME, is_number_text
from courseapp.engine.commands import Refused
from courseapp.engine.messages import Message

_NAME = re.compile(ATTRIBUTE_NAME, re.ASCII)
_ID = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")


@dataclass(frozen=True, slots=True)
class Settings:
    """A queue's attributes in the engine's units (ms, bytes)."""

    fifo: bool
    visibility_ms: int
    delay_ms: int
    retention_ms: int
    wait_ms: int
    maximum_size: int
    dead_letter_queue: str | None
    max_receive_count: int | None
    content_based: bool
    deduplication_scope: str
    duplicate_probability: float
    servers: int
    sample_probability: float
    poison_to_back: bool
    policy: Mapping[str, Any] | None


def read_settings(queue_id: str, parameters: Mapping[str, Any]) -> Settings:
    """The settings of a queue whose parameters have been checked; absent ones are AWS's defaults."""
    redrive = parameters.get("RedrivePolicy") or {}

    def ms(name: str, default_s: float) -> int:
        return round(float(parameters.get(name, default_s)) * 1000)

    return Settings(
        fifo=queue_id.endswith(limits.FIFO_SUFFIX),
        visibility_ms=ms("VisibilityTimeout", limits.SQS_VISIBILITY_TIMEOUT_DEFAULT_S),
        delay_ms=ms("DelaySeconds", limits.SQS_DELAY_DEFAULT_S),
        retention_ms=ms("MessageRetentionPeriod", limits.SQS_RETENTION_DEFAULT_S),
        wait_ms=ms("ReceiveMessageWaitTimeSeconds", limits.SQS_WAIT_TIME_DEFAULT_S),
        maximum_size=int(parameters.get("MaximumMessageSize", limits.SQS_MESSAGE_SIZE_MAX_B)),
        dead_letter_queue=redrive.get("deadLetterTargetArn"),
        max_receive_count=int(redrive["maxReceiveCount"]) if redrive else None,
        content_based=bool(parameters.get("ContentBasedDeduplication", False)),
        deduplication_scope=str(parameters.get("DeduplicationScope", "queue")),
        duplicate_probability=float(parameters.get("duplicate_probability", 0)),
        servers=int(parameters.get("servers", 1)),
        sample_probability=float(parameters.get("sample_probability", 1)),
        poison_to_back=bool(parameters.get("poison_to_back", False)),
        policy=parameters.get("Policy"),
    )


def dedupe_key(message: Message, settings: Settings, scope: str, by_topic: bool) -> str:
    """What identifies a send for deduplication. A FIFO topic passes on the id by which it knows the message (facts: sns
    4). Raises Refused with AWS's code where a FIFO send lacks an id or group."""
    if message.group is None:
        raise Refused("MissingParameter", "The request must contain the parameter MessageGroupId.")
    if message.dedupe is None and not (settings.content_based or by_topic):
        raise Refused(
            "InvalidParameterValue",
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            "explicitly",
        )
    check_id("MessageGroupId", message.group)
    check_id("MessageDeduplicationId", message.dedupe)
    found = dedupe_id(message)
    return f"{message.group}\n{found}" if scope == "messageGroup" else found


def dedupe_id(message: Message) -> str:
    """``MessageDeduplicationId``: the one that was given, else the body's."""
    return message.dedupe or hashlib.sha256(message.body.encode("utf-8", "surrogatepass")).hexdigest()


def lets_in(policy: Mapping[str, Any] | None, service: str, action: str) -> bool:
    """Whether a queue's ``Policy`` lets a service perform an action. Without a policy the simulation grants it. What a
    statement says of resources and conditions is not looked at."""
    if policy is None:
        return True
    allowed = False
    statements = policy["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if not (_names(statement.get("Principal"), service) and _names(statement.get("Action"), action)):
            continue
        if statement["Effect"] == "Deny":
            return False
        allowed = True
    return allowed


def _names(value: Any, wanted: str) -> bool:
    """Whether a statement's principal or action, which may have the wildcards * and ?, means ``wanted``."""
    if isinstance(value, Mapping):
        return any(_names(one, wanted) for one in value.values())
    if isinstance(value, list):
        return any(_names(one, wanted) for one in value)
    return fnmatchcase(wanted.lower(), str(value).lower())


def is_id(value: Any) -> bool:
    """Whether something can be the id of a group, of a send or of a receive."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def check_id(name: str, value: Any) -> None:
    """An id that a call brings, if it brings one. Raises Refused(``InvalidParameterValue``) with AWS's text."""
    if value is not None and not is_id(value):
        raise Refused(
            "InvalidParameterValue",
            f"Value {value} for parameter {name} is invalid. Reason: {name} can only include alphanumeric and "
            "punctuation characters. 1 to 128 in length.",
        )


def check_number(name: str, value: Any, low: int, high: int) -> None:
    """A number that a call brings, within AWS's range. Raises Refused(``InvalidParameterValue``) with AWS's text."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        between = f"Must be between {low} and {high}, if provided."
        if name == "WaitTimeSeconds":
            between = f"Must be >= {low} and <= {high}, if provided."
        elif name == "DelaySeconds":
            between = f"DelaySeconds must be >= {low} and <= {high}."
        raise Refused("InvalidParameterValue", f"Value {value} for parameter {name} is invalid. Reason: {between}")


def check_attributes(attributes: Any) -> None:
    """Message attributes in AWS's form. Raises Refused(``InvalidParameterValue``)."""
    if attributes is None:
        return
    if not isinstance(attributes, Mapping):
        raise Refused(
            "InvalidParameterValue", "MessageAttributes must be an object of name to {DataType, StringValue}."
        )
    for name, value in attributes.items():
        if not _NAME.fullmatch(str(name)):
            raise Refused(
                "InvalidParameterValue",
                f"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, "
                "underscore (_), hyphen (-), and period (.) characters.",
            )
        kind = value.get("DataType") if isinstance(value, Mapping) else None
        if not isinstance(kind, str) or kind.split(".")[0] not in ("String", "Number", "Binary"):
            raise Refused(
                "InvalidParameterValue",
                f"The type of message (user) attribute '{name}' is invalid. You must use only the following "
                "supported type prefixes: Binary, Number, String.",
            )
        text = value.get("BinaryValue" if kind.startswith("Binary") else "StringValue")
        if not isinstance(text, str) or not text:
            raise Refused(
                "InvalidParameterValue",
                f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'.",
            )
        if kind.startswith("Number") and not is_number_text(text):
            raise Refused(
                "InvalidParameterValue", f"Can't cast the value of message (user) attribute '{name}' to a number."
            )


def check_send(fifo: bool, message: Message, delay_s: float | None) -> None:
    """What ``SendMessage`` refuses before it looks at the size. Raises Refused with AWS's code (facts: sqs 4)."""
    if message.wrong is not None:
        raise Refused(*message.wrong)
    if delay_s is None:
        return
    check_number("DelaySeconds", delay_s, 0, limits.SQS_DELAY_MAX_S)
    if fifo and delay_s:
        raise Refused(
            "InvalidParameterValue",
            f"Value {delay_s} for parameter DelaySeconds is invalid. Reason: The request include parameter that is "
            "not valid for this queue type.",
        )


def check_size(size_b: int, most_b: int) -> None:
    """Whether a message fits. Raises Refused(``InvalidParameterValue``) with AWS's text."""
    if size_b > most_b:
        raise Refused(
            "InvalidParameterValue",
            f"One or more parameters are invalid. Reason: Message must be shorter than {most_b} bytes.",
        )

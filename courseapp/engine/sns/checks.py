"""What SNS looks at in a publish (facts: sns 2). Each raises Refused with its words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from courseapp.engine import limits
from courseapp.engine.commands import Refused
from courseapp.engine.messages import NOT_UTF8
from courseapp.engine.sqs.checks import check_attributes, is_id

CONTROL = re.compile("[\x00-\x1f\x7f]")


def invalid(says: str) -> Refused:
    """The answer to a parameter that SNS does not take."""
    return Refused("InvalidParameter", f"Invalid parameter: {says}")


def check_publish(text: Any, parameters: Mapping[str, Any], fifo: bool) -> None:
    """What a call brings, whatever the topic holds: its ``text`` and AWS's other ``parameters``."""
    if text is None or text == "":
        raise invalid("Empty message")
    if not fifo and parameters.get("MessageDeduplicationId") is not None:
        raise invalid(
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId "
            "parameter that is not valid for this topic type"
        )
    for name in ("Subject", "MessageStructure", "MessageGroupId", "MessageDeduplicationId"):
        if not isinstance(parameters.get(name, ""), str):
            raise invalid(name)
    check_ids(parameters.get("MessageGroupId"), parameters.get("MessageDeduplicationId"))
    if parameters.get("MessageStructure", "json") != "json":
        raise invalid("MessageStructure")
    try:
        check_attributes(parameters.get("MessageAttributes"))
    except Refused as refusal:
        raise invalid(f"MessageAttributes Reason: {refusal.says}") from None


def check_ids(group: str | None, dedupe: str | None) -> None:
    """Ids are made of the characters and have the length that SQS lets them have."""
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", dedupe)):
        if value is not None and not is_id(value):
            raise invalid(f"{name} Reason: it has 1 to 128 alphanumeric and punctuation characters.")


def check_utf8(text: str) -> None:
    """A text holds no half of a character."""
    if NOT_UTF8.search(text):
        raise invalid("Message Reason: it must be UTF-8.")


def check_structure(body: str) -> None:
    """``MessageStructure: json`` wants an object with at least a text ``default``."""
    try:
        texts = json.loads(body, object_pairs_hook=_no_name_twice)
    except (ValueError, RecursionError):
        texts = None
    if not isinstance(texts, dict):
        raise invalid("Message Structure - JSON message body failed to parse")
    if not isinstance(texts.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")
    for text in texts.values():
        if isinstance(text, str):
            check_utf8(text)


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands there twice")
    return dict(pairs)


def check_subject(subject: str | None) -> None:
    """A subject, if there is one, is one line of text."""
    if subject is None:
        return
    if not 1 <= len(subject) <= limits.SNS_SUBJECT_LENGTH_MAX or CONTROL.search(subject) or NOT_UTF8.search(subject):
        raise invalid("Subject")

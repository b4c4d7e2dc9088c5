"""What SNS looks at in the text and the subject of a publish (facts: sns 2). Each raises Refused with its words."""

from __future__ import annotations

import json
import re

from courseapp.engine import limits
from courseapp.engine.commands import Refused
from courseapp.engine.messages import NOT_UTF8

CONTROL = re.compile("[\x00-\x1f\x7f]")


def check_utf8(text: str) -> None:
    """A text holds no half of a character."""
    if NOT_UTF8.search(text):
        raise Refused("InvalidParameter", "Invalid parameter: Message Reason: it must be UTF-8.")


def check_structure(body: str) -> None:
    """``MessageStructure: json`` wants an object with at least a text ``default``."""
    try:
        texts = json.loads(body)
    except (ValueError, RecursionError):
        texts = None
    if not isinstance(texts, dict):
        raise Refused("InvalidParameter", "Invalid parameter: Message Structure - JSON message body failed to parse")
    if not isinstance(texts.get("default"), str):
        raise Refused(
            "InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON message body"
        )
    for text in texts.values():
        if isinstance(text, str):
            check_utf8(text)


def check_subject(subject: str | None) -> None:
    """A subject, if there is one, is one line of text."""
    if subject is None:
        return
    if not 1 <= len(subject) <= limits.SNS_SUBJECT_LENGTH_MAX or CONTROL.search(subject) or NOT_UTF8.search(subject):
        raise Refused("InvalidParameter", "Invalid parameter: Subject")

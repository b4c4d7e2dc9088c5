"""What a publish brings beside its text and attributes."""

from __future__ import annotations

import json

from courseapp.engine import limits
from courseapp.engine.commands import Refused


def check_structure(body: str) -> None:
    """``MessageStructure: json`` wants an object with at least a text ``default`` (facts: sns 2)."""
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


def check_subject(subject: str | None) -> None:
    if subject is None:
        return
    printable = all(character >= " " for character in subject)
    if not subject or len(subject) > limits.SNS_SUBJECT_LENGTH_MAX or not printable:
        raise Refused("InvalidParameter", "Invalid parameter: Subject")

"""What ``StartExecution`` demands (a name, an input, and a place in its token bucket), and those that end something."""

from __future__ import annotations

import re
from typing import Any

from courseapp.engine import limits
from courseapp.engine.commands import Refused
from courseapp.engine.states.jsontext import compact, depth_exceeds
from courseapp.engine.states.quotas import NESTING, PAYLOAD_BYTES, START_BUCKET

# Control characters, halves of surrogate pairs, and what is no character (API model, StartExecution).
NO_LETTER = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\U0010ffff]")


class Bucket:
    """The token bucket of ``StartExecution``. It also ends machines that start one another without end."""

    __slots__ = ("left", "since_ms")

    def __init__(self, now_ms: int) -> None:
        self.left = float("inf")
        self.since_ms = now_ms

    def take(self, kind: str, now_ms: int) -> bool:
        """Whether there is a token for one more start."""
        size, refill = START_BUCKET[kind]
        self.left = min(size, self.left + refill * (now_ms - self.since_ms) / 1000)
        self.since_ms = now_ms
        if self.left < 1:
            return False
        self.left -= 1
        return True


def check_name(name: Any) -> None:
    """A name that AWS takes, or None. Raises Refused(``InvalidName``)."""
    if name is None:
        return
    good = isinstance(name, str) and 1 <= len(name) <= limits.SFN_NAME_LENGTH_MAX
    if not good or any(letter in limits.SFN_NAME_FORBIDDEN for letter in name) or NO_LETTER.search(name):
        raise Refused("InvalidName", f"Invalid Name: '{name}'")


def check_failure(error: Any, cause: Any) -> None:
    """An error and a cause for ``StopExecution`` and ``SendTaskFailure``. Raises Refused(``ValidationException``)."""
    for name, text, most in (
        ("error", error, limits.SFN_ERROR_LENGTH_MAX),
        ("cause", cause, limits.SFN_CAUSE_LENGTH_MAX),
    ):
        if text is not None and not (isinstance(text, str) and len(text) <= most):
            raise Refused("ValidationException", f"{name} must be a string of at most {most:,} characters.")


def check_input(data: Any) -> None:
    """JSON of at most 262,144 bytes. Raises Refused(``InvalidExecutionInput``)."""
    says = "Invalid State Machine Execution Input: "
    if depth_exceeds(data, NESTING):
        raise Refused("InvalidExecutionInput", f"{says}'nested more than {NESTING} deep'")
    try:
        length = len(compact(data).encode("utf-8", "surrogatepass"))
    except (TypeError, ValueError) as error:
        raise Refused("InvalidExecutionInput", f"{says}'{error}'") from None
    if length > PAYLOAD_BYTES:
        raise Refused("InvalidExecutionInput", f"{says}'{length} bytes; at most {PAYLOAD_BYTES} are allowed'")

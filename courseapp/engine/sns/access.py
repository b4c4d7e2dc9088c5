"""What keeps a queue closed to a topic's message: it is gone, its policy, or what a delivery cannot carry.

An error is (AWS's name, its text), and always a client-side one: no retry would open the queue (facts: sns 6).
"""

from __future__ import annotations

from typing import Any

from courseapp.engine import limits
from courseapp.engine.messages import Message, wrong_for_sqs
from courseapp.engine.sqs.checks import lets_in
from courseapp.engine.sqs.copies import Copy, Route

Error = tuple[str, str]


def gone(endpoint: str) -> Error:
    return "EndpointGone", f"{endpoint} does not exist any more."


def closed(queue: Any, endpoint: str, message: Message, raw: bool) -> Error | None:
    """Why the queue called ``endpoint`` (None if there is none) does not get ``message``; None if it does."""
    if queue is None:
        return gone(endpoint)
    if not _lets_in_topics(queue):
        return "AccessDenied", f"The policy of {endpoint} does not let sns.amazonaws.com perform sqs:SendMessage."
    if not raw:
        return None
    if message.structure == "json":
        return wrong_for_sqs(message.text_for("sqs"), {})
    most = limits.SNS_RAW_ATTRIBUTES_MAX
    if len(message.attributes) > most:
        return "InvalidParameterValue", f"A raw delivery to SQS carries at most {most} message attributes."
    return message.wrong


def may_be_kept_in(queue: Any, message: Message, route: Route) -> bool:
    """Whether a subscription's dead-letter queue takes a message from SNS, in this form and of this size."""
    fits: bool = Copy(message, route, 0, 0).size <= queue.settings.maximum_size
    return fits and closed(queue, queue.id, message, route.raw) is None


def _lets_in_topics(queue: Any) -> bool:
    return lets_in(queue.settings.policy, "sns.amazonaws.com", "sqs:SendMessage")

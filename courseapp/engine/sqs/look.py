"""A queue as one sees it: metrics under their CloudWatch names, attributes as AWS returns them, and the view for the
picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from courseapp.engine import limits
from courseapp.engine.messages import compact
from courseapp.engine.sqs.copies import IN_FLIGHT, Copy
from courseapp.engine.sqs.fair import FairStore
from courseapp.engine.sqs.fifo import FifoStore

if TYPE_CHECKING:
    from courseapp.engine.sqs.queue import Queue

SHOWN = 30  # tokens of a lane that are drawn one by one
TYPE_OF = attrgetter("message.template.type")  # a copy's type, for a million copies at a time

# Attributes that SetQueueAttributes takes, with AWS's default; None where absent means absent.
DEFAULTS: dict[str, Any] = {
    "VisibilityTimeout": limits.SQS_VISIBILITY_TIMEOUT_DEFAULT_S,
    "DelaySeconds": limits.SQS_DELAY_DEFAULT_S,
    "MessageRetentionPeriod": limits.SQS_RETENTION_DEFAULT_S,
    "ReceiveMessageWaitTimeSeconds": limits.SQS_WAIT_TIME_DEFAULT_S,
    "MaximumMessageSize": limits.SQS_MESSAGE_SIZE_MAX_B,
    "SqsManagedSseEnabled": True,
}
FIFO_DEFAULTS: dict[str, Any] = {
    "FifoQueue": True,
    "ContentBasedDeduplication": False,
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


def metrics(queue: Queue) -> dict[str, float]:
    """Counts since the start and gauges of now (facts: sqs 12); those of ours are in snake_case."""
    store = queue.store
    figures: dict[str, float] = {
        "ApproximateNumberOfMessagesVisible": store.visible,
        "ApproximateNumberOfMessagesNotVisible": len(store.in_flight),
        "ApproximateNumberOfMessagesDelayed": store.delayed_count,
        "ApproximateAgeOfOldestMessage": _oldest_s(queue, store.oldest()),
        "NumberOfMessagesSent": queue.sent,
        "NumberOfMessagesReceived": queue.received,
        "NumberOfMessagesDeleted": queue.deleted,
        "NumberOfEmptyReceives": queue.empty,
        "longest_wait_seconds": queue.longest_wait_ms / 1000,
        "requests": queue.requests,
        "cost_usd": limits.sqs_cost_usd(queue.requests, queue.fifo, queue.tenant_requests),
    }
    if isinstance(store, FifoStore):
        figures["ApproximateNumberOfGroupsWithInflightMessages"] = len({c.group for c in store.in_flight.values()})
        figures["NumberOfDeduplicatedSentMessages"] = queue.deduplicated
    if isinstance(store, FairStore):
        figures.update(_quiet_groups(queue, store))
    return figures


def _quiet_groups(queue: Queue, store: FairStore) -> dict[str, float]:
    noisy = store.noisy()
    quiet = (copy for copy in store.everything() if copy.group not in noisy) if noisy else store.oldest()
    waiting = sum(copy.group in noisy for copy in store.waiting()) if noisy else 0
    delayed = sum(copy.group in noisy for copy in store.delayed_copies()) if noisy else 0
    return {
        "ApproximateNumberOfNoisyGroups": len(noisy),
        "ApproximateNumberOfMessagesVisibleInQuietGroups": store.visible - waiting,
        "ApproximateNumberOfMessagesNotVisibleInQuietGroups": len(store.in_flight) - sum(noisy.values()),
        "ApproximateNumberOfMessagesDelayedInQuietGroups": store.delayed_count - delayed,
        "ApproximateAgeOfOldestMessageInQuietGroups": _oldest_s(queue, quiet),
    }


def _oldest_s(queue: Queue, copies: Iterable[Copy]) -> float:
    """The greatest age in seconds; on a standard queue a message received three times or more is left out, in a
    dead-letter queue the age counts from the move (facts: sqs 7 and 10)."""
    now = queue.kernel.now_ms
    ages = []
    for copy in copies:
        flight = copy.flight
        if flight is None:
            ages.append(now - copy.sent_ms)
        elif flight.source is not None:
            ages.append(now - flight.entered_ms)
        elif queue.fifo or flight.count < limits.SQS_POISON_RECEIVES:
            ages.append(now - copy.sent_ms)
    return max(ages, default=0) / 1000


def attributes(queue: Queue) -> dict[str, str]:
    """``GetQueueAttributes`` with ``All``: AWS's names, every value a text."""
    store = queue.store
    values: dict[str, Any] = {**DEFAULTS, **(FIFO_DEFAULTS if queue.fifo else {})}
    values.update({name: value for name, value in queue.parameters.items() if name[0].isupper()})
    redrive = queue.parameters.get("RedrivePolicy")
    if redrive:
        target = queue.kernel.nodes.get(redrive["deadLetterTargetArn"])
        arn = redrive["deadLetterTargetArn"] if target is None else target.arn
        values["RedrivePolicy"] = {**redrive, "deadLetterTargetArn": arn}
    values["QueueArn"] = queue.arn
    values["CreatedTimestamp"] = (queue.kernel.starts_ms + queue.created_ms) // 1000
    values["LastModifiedTimestamp"] = (queue.kernel.starts_ms + queue.modified_ms) // 1000
    values["ApproximateNumberOfMessages"] = store.visible
    values["ApproximateNumberOfMessagesNotVisible"] = len(store.in_flight)
    values["ApproximateNumberOfMessagesDelayed"] = store.delayed_count
    return {name: as_text(value) for name, value in sorted(values.items())}


def as_text(value: Any) -> str:
    """An attribute's value as AWS returns it: every value is a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return compact(value)
    return str(value)


def copy_of(queue: Queue, uid: int) -> Copy | None:
    """The live copy of that uid; None if the queue holds it no more."""
    number = uid >> 8  # that of its message: quicker to compare
    return next((c for c in queue.store.everything() if c.message.number == number and c.uid == uid), None)


def token(copy: Copy) -> dict[str, Any]:
    """One message for the picture. ``again``: it was received before, not counting a receive still going on."""
    flight = copy.flight
    seen: dict[str, Any] = {
        "id": copy.uid,
        "name": copy.name,
        "type": copy.type,
        "group": copy.group,
        "again": False,
        "from_ms": None,
        "until_ms": None,
        "holder": None,
    }
    if flight is not None:
        in_flight = flight.state == IN_FLIGHT
        seen["again"] = flight.count > (1 if in_flight else 0)
        if in_flight:
            seen["holder"] = flight.holder
        if flight.deadline_ms >= 0 and (in_flight or flight.count == 0):
            seen["from_ms"], seen["until_ms"] = flight.since_ms, flight.deadline_ms
    return seen


def view(queue: Queue) -> dict[str, Any]:
    """What the picture shows: the first tokens of each lane, how many there are, and how the queue stands."""
    store = queue.store
    waiting = list(islice(store.waiting(), SHOWN))
    by_type = Counter(dict.fromkeys(map(TYPE_OF, waiting), 0))  # in the order in which they come
    by_type.update(map(TYPE_OF, store.visible_copies()))
    counts = {"delayed": store.delayed_count, "visible": store.visible, "in_flight": len(store.in_flight)}
    line = int(queue.parameters.get("alarm_at_messages") or 0)
    over = 0 < line <= store.visible
    dead = bool((queue.sources or queue.subscription_sources) and store.visible)
    seen: dict[str, Any] = {
        "status": "fail" if dead else "wait" if over else "ok" if sum(counts.values()) else "idle",
        "says": f"over its alarm line of {line:,}" if over else "waits for a person" if dead else "",
        "gauges": {
            "ApproximateNumberOfMessagesVisible": store.visible,
            "ApproximateNumberOfMessagesNotVisible": len(store.in_flight),
            "ApproximateNumberOfMessagesDelayed": store.delayed_count,
        },
        "lanes": {
            "delayed": [token(copy) for copy in islice(store.delayed_copies(), SHOWN)],
            "visible": [token(copy) for copy in waiting],
            "in_flight": [token(copy) for copy in islice(store.in_flight.values(), SHOWN)],
        },
        "counts": counts,
        "by_type": dict(by_type),
        "fifo": queue.fifo,
        "dead_letter_of": sorted(queue.sources | queue.subscription_sources),
        "polled": bool(queue.waiting),
    }
    if line:
        seen["alarm"] = {"at": line, "over": over}
    if isinstance(store, FifoStore):
        seen["groups"] = [_group(name, list(line)) for name, line in islice(store.groups.items(), SHOWN)]
    return seen


def _group(name: str, line: list[Copy]) -> dict[str, Any]:
    held = next((copy for copy in line if copy.state == IN_FLIGHT), None)
    return {
        "group": name,
        "tokens": [token(copy) for copy in line[:SHOWN] if copy is not held],
        "in_flight": [token(copy) for copy in line[:SHOWN] if copy.state == IN_FLIGHT],
        "waits_for": None if held is None or len(line) == 1 else held.name,
        "length": len(line),
    }

"""A topic as one sees it: metrics under their CloudWatch names, attributes as AWS returns them, and the view for the
picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseapp.engine import limits
from courseapp.engine.sns.envelope import topic_arn
from courseapp.engine.sqs.look import as_text

if TYPE_CHECKING:
    from courseapp.engine.sns.attempt import Attempt
    from courseapp.engine.sns.topic import Topic

SHOWN = 30  # tokens of what is being retried


def metrics(topic: Topic) -> dict[str, float]:
    """Counts since the start and gauges of now (facts: sns 9); those of subscriptions that are no more stay."""
    everyone = [*topic.subscriptions.values(), *topic.ended]
    filtered: dict[str, int] = {}
    for subscription in everyone:
        for metric, count in subscription.filtered_out.items():
            filtered[metric] = filtered.get(metric, 0) + count
    cost = limits.sns_publish_cost_usd(topic.requests, topic.fifo)
    for subscription in everyone:
        cost += limits.sns_delivery_cost_usd(subscription.protocol, subscription.delivered)
    figures: dict[str, float] = {
        "NumberOfMessagesPublished": topic.published,
        "NumberOfNotificationsDelivered": _delivered(topic),
        "NumberOfNotificationsFailed": topic.failed,
        "NumberOfNotificationsFilteredOut": sum(filtered.values()),
        "NumberOfNotificationsRedrivenToDlq": sum(s.dead_lettered for s in everyone),
        "NumberOfNotificationsFailedToRedriveToDlq": topic.failed_to_redrive,
        "SubscriptionsConfirmed": sum(s.confirmed for s in topic.subscriptions.values()),
        "SubscriptionsPending": sum(not s.confirmed for s in topic.subscriptions.values()),
        "cost_usd": cost,
    }
    for metric, count in sorted(filtered.items()):
        figures[f"NumberOfNotificationsFilteredOut-{metric}"] = count
    return figures


def _delivered(topic: Topic) -> int:
    """Also by subscriptions that are no more."""
    return sum(subscription.delivered for subscription in [*topic.subscriptions.values(), *topic.ended])


def view(topic: Topic) -> dict[str, Any]:
    """What the picture shows: figures, what is being retried, and how each subscription stands."""
    retrying = [_token(attempt) for s in topic.subscriptions.values() for attempt in s.retrying.values()]
    return {
        "status": "ok" if topic.published else "idle",
        "says": "",
        "gauges": {
            "NumberOfMessagesPublished": topic.published,
            "NumberOfNotificationsDelivered": _delivered(topic),
        },
        "retrying": retrying[:SHOWN],
        "subscriptions": {s.id: s.view() for s in topic.subscriptions.values()},
        "fifo": topic.fifo,
    }


def _token(attempt: Attempt) -> dict[str, Any]:
    return {
        "id": attempt.uid,
        "name": attempt.name,
        "type": attempt.type,
        "group": attempt.message.group,
        "again": True,
        "from_ms": attempt.since_ms,
        "until_ms": attempt.next_ms,
        "holder": None,
        "try": attempt.number,
        "link": attempt.subscription.id,
    }


def attributes(topic: Topic) -> dict[str, str]:
    """``GetTopicAttributes``: AWS's names, every value a text."""
    values: dict[str, Any] = {
        "TopicArn": topic_arn(topic.id),
        "SubscriptionsConfirmed": sum(s.confirmed for s in topic.subscriptions.values()),
        "SubscriptionsPending": sum(not s.confirmed for s in topic.subscriptions.values()),
        "SubscriptionsDeleted": len(topic.ended),
    }
    if topic.fifo:
        values.update({"FifoTopic": True, "ContentBasedDeduplication": False})
    values.update({name: value for name, value in topic.parameters.items() if name[0].isupper()})
    return {name: as_text(value) for name, value in sorted(values.items())}

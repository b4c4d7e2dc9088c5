"""Every kind of link with its parameters, as data: which kinds a link may join, and what it may say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from courseapp.engine import limits
from courseapp.engine.architecture.composites import ListOf
from courseapp.engine.architecture.kinds import KINDS
from courseapp.engine.architecture.policies import FILTER_POLICY, SUBSCRIPTION_DELIVERY, SUBSCRIPTION_REDRIVE
from courseapp.engine.architecture.policy_grammar import SCOPES
from courseapp.engine.architecture.sending import JSON_PATH, MATCH, TEMPLATE
from courseapp.engine.architecture.shapes import Choice, Flag, Whole
from courseapp.engine.architecture.tables import Parameter, Parameters, read_only, table
from courseapp.engine.architecture.times import SECONDS, SECONDS_ABOVE_0, Time

_LATENCY = Parameter("latency_seconds", SECONDS, 0)  # one figure, so that what a link carries keeps its order
_NAME_FROM = Parameter("name_from", JSON_PATH)
_MATCH = Parameter("match", MATCH)

_SENDS = table(Parameter("message", TEMPLATE, MappingProxyType({})), _LATENCY)
_STARTS = table(_NAME_FROM, _LATENCY)
_CALLS_AND_WAITS = table(
    Parameter("retries_at_seconds", ListOf(SECONDS_ABOVE_0, most=100, rising=True), ()),
    Parameter("retry_interval_seconds", SECONDS_ABOVE_0),
    Parameter("patience_seconds", Time()),
    _LATENCY,
)
_POLLED = table(_LATENCY)
_EVENT_SOURCE = table(
    Parameter("BatchSize", Whole(1, limits.LAMBDA_SQS_BATCH_STANDARD_MAX, "messages"), limits.LAMBDA_SQS_BATCH_DEFAULT),
    Parameter("MaximumBatchingWindowInSeconds", Whole(0, limits.LAMBDA_BATCHING_WINDOW_MAX_S, "seconds"), 0),
    Parameter("FunctionResponseTypes", ListOf(Choice(("ReportBatchItemFailures",)), most=1), ()),
    _LATENCY,
)
_USES = table(_MATCH, _LATENCY)
_HANDS_ON = table(_MATCH, _LATENCY)
_HANDS_ON_TO_MACHINE = table(_MATCH, _NAME_FROM, _LATENCY)
_DRAWN = table(_LATENCY)


def _subscription(target: str) -> Parameters:
    """The attributes that SNS lets a subscription of this protocol have."""
    parameters = [
        Parameter("FilterPolicy", FILTER_POLICY),
        Parameter("FilterPolicyScope", Choice(SCOPES), SCOPES[0]),
        Parameter("RedrivePolicy", SUBSCRIPTION_REDRIVE),
        Parameter("retry_jitter", Choice(("none", "full")), "full"),
        *read_only("SubscriptionArn", "TopicArn", "Owner", "Protocol", "Endpoint", "PendingConfirmation"),
        *read_only("ConfirmationWasAuthenticated", "EffectiveDeliveryPolicy"),
        _LATENCY,
    ]
    if target in ("queue", "http"):
        parameters.append(Parameter("RawMessageDelivery", Flag(), False))
    if target == "http":
        parameters.append(Parameter("DeliveryPolicy", SUBSCRIPTION_DELIVERY))
    if target in ("http", "email"):
        parameters.append(Parameter("confirmed", Flag(), True))
    return table(*parameters)


def _links() -> dict[tuple[str, str], Parameters]:
    joins: dict[tuple[str, str], Parameters] = {}
    for target in ("topic", "queue"):
        joins["publisher", target] = _SENDS
    joins["publisher", "state_machine"] = _STARTS
    for target in ("database", "http", "function"):
        joins["publisher", target] = _CALLS_AND_WAITS
    for target in ("queue", "function", "http", "email", "sms", "push"):
        joins["topic", target] = _subscription(target)
    joins["queue", "consumer"] = _POLLED
    joins["queue", "function"] = _EVENT_SOURCE
    for source in ("consumer", "function", "http"):
        for target in ("database", "http", "function", "email"):
            joins[source, target] = _USES
    for source in ("consumer", "function"):
        for target in ("topic", "queue"):
            joins[source, target] = _HANDS_ON
        joins[source, "state_machine"] = _HANDS_ON_TO_MACHINE
    for target in KINDS:
        if target not in ("publisher", "consumer"):
            joins["state_machine", target] = _DRAWN
    return joins


LINKS: Final[Mapping[tuple[str, str], Parameters]] = MappingProxyType(_links())


def targets_of(kind: str) -> tuple[str, ...]:
    """The kinds that a link from this kind may lead to."""
    return tuple(target for source, target in LINKS if source == kind)

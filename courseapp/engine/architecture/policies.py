"""The shapes of AWS's policies: redrive, redrive-allow, delivery. Documents hold node ids where AWS has ARNs."""

from __future__ import annotations

from typing import Any

from courseapp.engine import limits
from courseapp.engine.architecture.composites import Fields, ListOf, Ruled
from courseapp.engine.architecture.problems import Place
from courseapp.engine.architecture.shapes import AnyObject, Choice, Flag, Problems, Text, Whole

NODE_ID = Text(most=80, least=1, pattern="^[A-Za-z0-9_.-]+$", says="a node's id (A-Z a-z 0-9 _ . -)")

QUEUE_REDRIVE = Fields(
    {
        "deadLetterTargetArn": NODE_ID,
        "maxReceiveCount": Whole(limits.SQS_MAX_RECEIVE_COUNT_MIN, limits.SQS_MAX_RECEIVE_COUNT_MAX, "receives"),
    },
    needs=("deadLetterTargetArn", "maxReceiveCount"),
)

SUBSCRIPTION_REDRIVE = Fields({"deadLetterTargetArn": NODE_ID}, needs=("deadLetterTargetArn",))


def _lists_sources_by_queue(value: Any, place: Place, problems: Problems) -> None:
    if (value["redrivePermission"] == "byQueue") != ("sourceQueueArns" in value):
        problems.append(place.problem(value, "has sourceQueueArns exactly if redrivePermission is byQueue."))


# Who may use this queue as a dead-letter queue.
REDRIVE_ALLOW = Ruled(
    Fields(
        {
            "redrivePermission": Choice(("allowAll", "denyAll", "byQueue")),
            "sourceQueueArns": ListOf(NODE_ID, limits.SQS_REDRIVE_ALLOW_SOURCES_MAX, least=1),
        },
        needs=("redrivePermission",),
    ),
    _lists_sources_by_queue,
    {
        "if": {"properties": {"redrivePermission": {"const": "byQueue"}}},
        "then": {"required": ["sourceQueueArns"]},
        "else": {"not": {"required": ["sourceQueueArns"]}},
    },
)

_DELAY = Whole(limits.SNS_HTTP_DELAY_MIN_S, limits.SNS_HTTP_DELAY_MAX_S, "seconds")
_RETRIES = Whole(0, limits.SNS_HTTP_RETRIES_MAX, "retries")


def _fits_the_hour(value: Any, place: Place, problems: Problems) -> None:
    """The order of the two pauses, phases that fit into ``numRetries``, and all pauses together within an hour
    (Developer Guide, "Message delivery retries")."""
    phases = limits.retry_phases(value)
    low, high, most_s = phases.min_pause_s, phases.max_pause_s, limits.SNS_HTTP_POLICY_TOTAL_MAX_S
    if low > high:
        problems.append(
            place.problem(value, f"has a minDelayTarget of {low} s, more than its maxDelayTarget, {high} s.")
        )
    elif phases.backoff < 0:
        used = phases.retries - phases.backoff
        says = f"has {used} retries in its phases, more than its numRetries, {phases.retries}."
        problems.append(place.problem(value, says))
    elif phases.total_ms() > most_s * 1000:
        says = f"waits {phases.total_ms() / 1000:,.0f} s in all; at most {most_s:,} s are allowed."
        problems.append(place.problem(value, says))


HEALTHY_RETRY = Ruled(
    Fields(
        {
            "minDelayTarget": _DELAY,
            "maxDelayTarget": _DELAY,
            "numRetries": _RETRIES,
            "numNoDelayRetries": _RETRIES,
            "numMinDelayRetries": _RETRIES,
            "numMaxDelayRetries": _RETRIES,
            "backoffFunction": Choice(limits.SNS_HTTP_BACKOFF_FUNCTIONS),
        }
    ),
    _fits_the_hour,
)

_THROTTLE = Fields({"maxReceivesPerSecond": Whole(limits.SNS_HTTP_RECEIVES_PER_SECOND_MIN)})
_REQUEST = Fields({"headerContentType": Text(most=200, least=1)})

SUBSCRIPTION_DELIVERY = Fields(
    {"healthyRetryPolicy": HEALTHY_RETRY, "throttlePolicy": _THROTTLE, "requestPolicy": _REQUEST}
)

TOPIC_DELIVERY = Fields(
    {
        "http": Fields(
            {
                "defaultHealthyRetryPolicy": HEALTHY_RETRY,
                "disableSubscriptionOverrides": Flag(),
                "defaultThrottlePolicy": _THROTTLE,
                "defaultRequestPolicy": _REQUEST,
            }
        )
    },
    needs=("http",),
)


def _statements(value: Any, place: Place, problems: Problems) -> None:
    """An access policy is one statement or several, each of which allows or denies something."""
    given = value.get("Statement")
    for statement in given if isinstance(given, list) else [given]:
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            says = "an object, or a list of objects, with an Effect of Allow or Deny, a Principal and an Action"
            problems.append(place.at("Statement").wrong(given, says))
            return


_STATEMENT = {"type": "object", "required": ["Effect"], "properties": {"Effect": {"enum": ["Allow", "Deny"]}}}

ACCESS_POLICY = Ruled(
    AnyObject("an access policy, an object with Statement"),
    _statements,
    {
        "required": ["Statement"],
        "properties": {"Statement": {"anyOf": [_STATEMENT, {"type": "array", "items": _STATEMENT}]}},
    },
)
FILTER_POLICY = AnyObject("a filter policy, an object")

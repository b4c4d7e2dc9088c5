"""What a filter policy may say: the grammar, the limits and AWS's words for each refusal.

A policy is a JSON object. Every key must match (AND); the array under a key holds alternatives (OR), each a value or an
object with one operator; ``$or`` is an array of at least two objects of which one must match. In scope ``MessageBody``
objects may be nested. Sources: SNS Developer Guide, "Message filtering" and "Filter policy constraints"; texts as
recorded against AWS. The matching itself is in ``courseapp.engine.sns.filters``; this part stands below it because a
document is checked before anything runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, Final

from courseapp.engine import limits
from courseapp.engine.architecture.jsonvalues import is_number

SCOPES: Final = ("MessageAttributes", "MessageBody")
OPERATORS: Final = ("anything-but", "prefix", "suffix", "equals-ignore-case", "numeric", "exists", "cidr")
_STRING_OPERATORS = ("prefix", "suffix", "equals-ignore-case")
_NUMERIC_OPERATORS = ("<", "<=", "=", ">", ">=")
_NESTED_IN_ATTRIBUTES = "Filter policy scope MessageAttributes does not support nested filter policy"
_VALUE_TYPES = "Match value must be String, number, true, false, or null"


class FilterPolicyError(ValueError):
    """A policy that AWS refuses. ``str(error)`` is AWS's text without its prefix."""

    def message(self, subscribing: bool) -> str:
        """AWS's whole message of ``InvalidParameter``: of ``Subscribe``, or of ``SetSubscriptionAttributes``."""
        reason = "Attributes Reason: " if subscribing else ""
        field = "" if str(self) == _NESTED_IN_ATTRIBUTES else "FilterPolicy: "
        return f"Invalid parameter: {reason}{field}{self}"


def check_policy(policy: Any, scope: str = "MessageAttributes") -> None:
    """Raise ``FilterPolicyError`` with AWS's text if the policy would be refused. ``{}`` accepts everything.

    ``scope`` is one of ``SCOPES`` (ValueError otherwise). A policy of more than 256 KiB is refused in our words, since
    AWS's are not known.
    """
    if scope not in SCOPES:
        raise ValueError(f"{scope!r} is not a scope. Known are {', '.join(SCOPES)}.")
    if not isinstance(policy, dict):
        raise FilterPolicyError("Filter is not an object")
    if len(policy) > limits.SNS_FILTER_KEYS_MAX:
        raise FilterPolicyError(f"Filter policy can not have more than {limits.SNS_FILTER_KEYS_MAX} keys")
    try:
        text = json.dumps(policy, separators=(",", ":"), ensure_ascii=False)
        if len(text.encode("utf-8", "surrogatepass")) > limits.SNS_FILTER_SIZE_MAX_B:
            raise FilterPolicyError(f"Filter policy can not be longer than {limits.SNS_FILTER_SIZE_MAX_B} bytes")
        conditions: list[Any] = []
        combinations = _collect(policy, scope, 1, conditions)
        if combinations > limits.SNS_FILTER_COMBINATIONS_MAX:
            raise FilterPolicyError("Filter policy is too complex")
        for condition in conditions:
            _check_condition(condition)
    except RecursionError:
        raise FilterPolicyError("Filter policy is too complex") from None


def combinations(policy: Mapping[str, Any], scope: str = "MessageAttributes") -> int:
    """How many combinations a policy counts as: the product of its arrays' lengths, in scope ``MessageBody`` each times
    its depth; an ``$or`` counts as the sum over its alternatives. Raises ``FilterPolicyError`` for a wrong shape."""
    return _collect(policy, scope, 1, [])


def is_alternatives(key: str, value: Any) -> bool:
    """Whether ``key: value`` is an OR across keys: ``$or`` with two or more objects that are not match expressions.
    Anything else under ``$or`` is an ordinary key of that name."""
    return (
        key == "$or"
        and isinstance(value, list)
        and len(value) >= 2
        and all(isinstance(item, dict) and item and not set(item) & set(OPERATORS) for item in value)
    )


def _collect(policy: Mapping[str, Any], scope: str, depth: int, conditions: list[Any]) -> int:
    """Gather every condition of a policy and count its combinations."""
    product = 1
    for key, value in policy.items():
        if is_alternatives(key, value):
            product *= sum(_collect(alternative, scope, depth, conditions) for alternative in value)
        elif isinstance(value, dict):
            if scope == "MessageAttributes":
                raise FilterPolicyError(_NESTED_IN_ATTRIBUTES)
            if not value:
                raise FilterPolicyError("Empty objects are not allowed")
            product *= _collect(value, scope, depth + 1, conditions)
        elif isinstance(value, list):
            if not value:
                raise FilterPolicyError("Empty arrays are not allowed")
            conditions.extend(value)
            product *= len(value) * depth
        else:
            raise FilterPolicyError(f'"{key}" must be an object or an array')
    return product


def _check_condition(condition: Any) -> None:
    if _is_plain(condition):
        return
    if not isinstance(condition, dict):
        raise FilterPolicyError(_VALUE_TYPES)
    if len(condition) != 1:
        raise FilterPolicyError("Only one key allowed in match expression")
    ((operator, value),) = condition.items()
    if operator in _STRING_OPERATORS:
        if not isinstance(value, str):
            raise FilterPolicyError(f"{operator} match pattern must be a string")
    elif operator == "anything-but":
        _check_anything_but(value)
    elif operator == "exists":
        if not isinstance(value, bool):
            raise FilterPolicyError("exists match pattern must be either true or false.")
    elif operator == "numeric":
        _check_numeric(value)
    elif operator == "cidr":
        _check_cidr(value)
    else:
        raise FilterPolicyError(f"Unrecognized match type {operator}")


def _check_anything_but(value: Any) -> None:
    if isinstance(value, list):
        if not value:
            raise FilterPolicyError("Empty arrays are not allowed")
        if not all(_is_plain(item) for item in value):
            raise FilterPolicyError(_VALUE_TYPES)
    elif isinstance(value, dict):
        for inner in value:
            if inner != "prefix":
                raise FilterPolicyError(f"Unsupported anything-but pattern: {inner}")
        _check_condition(value)
    elif not _is_plain(value):
        raise FilterPolicyError(_VALUE_TYPES)


def _check_numeric(value: Any) -> None:
    """``[operator, number]`` or a range: ``>`` or ``>=``, bottom, ``<`` or ``<=``, top."""
    if not isinstance(value, list):
        raise FilterPolicyError("Value of numeric must be an array.")
    if not value:
        raise FilterPolicyError("Invalid member in numeric match: ]")
    operator, *rest = value
    if not isinstance(operator, str):
        raise FilterPolicyError(f"Invalid member in numeric match: {json.dumps(operator)}")
    if operator not in _NUMERIC_OPERATORS:
        raise FilterPolicyError(f"Unrecognized numeric range operator: {operator}")
    if not rest or not is_number(rest[0]):
        raise FilterPolicyError(f"Value of {'equals' if operator == '=' else operator} must be numeric")
    if len(rest) == 1:
        return
    if operator not in (">", ">="):
        raise FilterPolicyError("Too many elements in numeric expression")
    if rest[1] not in ("<", "<="):
        raise FilterPolicyError(f"Bad numeric range operator: {rest[1]}")
    if len(rest) == 2 or not is_number(rest[2]):
        raise FilterPolicyError(f"Value of {rest[1]} must be numeric")
    if rest[2] <= rest[0]:
        raise FilterPolicyError("Bottom must be less than top")
    if len(rest) > 3:
        raise FilterPolicyError("Too many terms in numeric range expression")


def _check_cidr(value: Any) -> None:
    if not isinstance(value, str):
        raise FilterPolicyError("prefix match pattern must be a string")  # AWS's own words, though it is cidr
    if value.count("/") != 1:
        raise FilterPolicyError("Malformed CIDR, one '/' required")
    address, bits = value.split("/")
    if not (bits.isascii() and bits.isdigit()):
        raise FilterPolicyError("Malformed CIDR, mask bits must be an integer")
    try:
        ip_network(value, strict=False)
    except ValueError:
        raise FilterPolicyError(f"Nonstandard IP address: {address}") from None


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | bool) or is_number(value)

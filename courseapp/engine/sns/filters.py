"""Whether a subscription wants a message, and if not, why.

A policy is checked once (``courseapp.engine.architecture.policy_grammar``) and compiled once, into alternatives of
which one must match; an alternative is a list of keys, each with conditions of which one must hold. Values carry their
type: the number 150 and the text "150" are different things, which is the commonest surprise of filtering. All of it is
plain data, so a compiled filter can be pickled with the rest of the simulation.

Source: SNS Developer Guide, "Message filtering". Where the guide is silent the behaviour recorded against AWS holds: a
missing key matches nothing but ``exists: false``; an empty array counts as missing; of an array one element is enough,
for ``anything-but`` too; in a body each key may be satisfied by another element of an array; ``Binary`` attributes are
not looked at; a dotted key means the same as nested objects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from courseapp.engine.architecture.policy_grammar import (
    SCOPES,
    FilterPolicyError,
    check_policy,
    combinations,
    is_alternatives,
)
from courseapp.engine.sns import filter_reasons
from courseapp.engine.sns.filter_reasons import BOOLEAN, NULL, NUMBER, STRING, Condition, Value

__all__ = ["SCOPES", "Filter", "FilterPolicyError", "Rejection", "check_policy", "combinations", "compile_policy"]

Term = tuple[str, tuple[Condition, ...]]

# A JSON number, or what SNS takes as one in a Number attribute.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a message was filtered out: the key that failed (None: the body as a whole), one sentence without a full
    stop, and which of the ``NumberOfNotificationsFilteredOut-…`` metrics counts it."""

    key: str | None
    says: str
    metric: str


class _Unreadable(Exception):
    """The attribute that a policy asks for cannot be read as its type says. The text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled policy. Made by ``compile_policy``; immutable and picklable."""

    scope: str
    alternatives: tuple[tuple[Term, ...], ...]

    def rejects(self, body: str, attributes: Mapping[str, Mapping[str, Any]]) -> Rejection | None:
        """None if the message matches, else the reason. Never raises, whatever the body and the attributes hold.

        ``attributes`` is in AWS's form: ``{"amount": {"DataType": "Number", "StringValue": "150"}}``.
        """
        if self.alternatives == ((),):
            return None
        if self.scope == "MessageBody":
            found = _body_values(body)
            if found is None:
                return Rejection(None, "the body is not a JSON object", "InvalidMessageBody")
            return self._rejects(found, "MessageBody")
        present: dict[str, tuple[Value, ...]] = {}
        for term in (term for alternative in self.alternatives for term in alternative):
            key = term[0]
            if key in attributes and key not in present:
                try:
                    present[key] = _attribute_values(attributes[key])
                except _Unreadable as fault:
                    return Rejection(key, f"{key} {fault}", "InvalidAttributes")
        return self._rejects(present, "MessageAttributes" if attributes else "NoMessageAttributes")

    def _rejects(self, found: Mapping[str, tuple[Value, ...]], metric: str) -> Rejection | None:
        """The reason of each alternative's first key that fails, or None as soon as one alternative has no such key."""
        failed: list[Term] = []
        for alternative in self.alternatives:
            for term in alternative:
                if not _holds(term[1], found.get(term[0], ())):
                    if term not in failed:
                        failed.append(term)
                    break
            else:
                return None
        reasons = [
            filter_reasons.sentence(key, conditions, found.get(key, ()), self.scope) for key, conditions in failed
        ]
        says = "; ".join(reasons[:3])
        if metric == "NoMessageAttributes":
            says = f"{failed[0][0]} is missing, as the message has no attributes"
        return Rejection(failed[0][0], says, metric)


def compile_policy(policy: Any, scope: str = "MessageAttributes") -> Filter:
    """The filter of a policy. Raises ``FilterPolicyError`` exactly when ``check_policy`` does."""
    check_policy(policy, scope)
    return Filter(scope, tuple(_alternatives(policy, "")))


def _alternatives(policy: Mapping[str, Any], above: str) -> list[tuple[Term, ...]]:
    """Every way to satisfy the policy, ordinary keys first. At most 150, since each is a combination or more."""
    ways: list[tuple[Term, ...]] = [()]
    choices: list[list[tuple[Term, ...]]] = []
    for key, value in policy.items():
        if is_alternatives(key, value):
            choices.append([way for alternative in value for way in _alternatives(alternative, above)])
        elif isinstance(value, dict):
            choices.append(_alternatives(value, f"{above}{key}."))
        else:
            term = (above + key, tuple(_condition(item) for item in value))
            ways = [(*way, term) for way in ways]
    for choice in choices:
        ways = [(*way, *more) for way in ways for more in choice]
    return ways


def _condition(item: Any) -> Condition:
    if not isinstance(item, dict):
        return ("exact", _typed(item))
    ((operator, value),) = item.items()
    if operator == "anything-but":
        if isinstance(value, dict):
            return ("anything-but-prefix", value["prefix"])
        return ("anything-but", tuple(_typed(one) for one in (value if isinstance(value, list) else [value])))
    if operator == "numeric":
        return ("numeric", tuple(zip(value[::2], value[1::2], strict=True)))
    if operator == "equals-ignore-case":
        return (operator, (value, value.casefold()))
    if operator == "cidr":
        network = ip_network(value, strict=False)
        return (operator, (value, network.version, int(network.network_address), int(network.broadcast_address)))
    return (operator, value)


def _typed(value: Any) -> Value:
    if value is None:
        return (NULL, None)
    if isinstance(value, bool):
        return (BOOLEAN, value)
    return (STRING if isinstance(value, str) else NUMBER, value)


def _holds(conditions: tuple[Condition, ...], values: tuple[Value, ...]) -> bool:
    """Whether one of the conditions holds for one of the values that a key has; no values means no such key."""
    for operator, argument in conditions:
        if operator == "exists":
            if argument is bool(values):
                return True
        elif any(_matches(operator, argument, value) for value in values):
            return True
    return False


def _matches(operator: str, argument: Any, value: Value) -> bool:
    kind, content = value
    if operator == "exact":
        return bool(value == argument)
    if operator == "anything-but":
        return value not in argument
    if operator == "anything-but-prefix":
        return kind != STRING or not content.startswith(argument)
    if operator == "numeric":
        return kind == NUMBER and all(_compares(content, sign, bound) for sign, bound in argument)
    if kind != STRING:
        return False
    if operator == "prefix":
        return bool(content.startswith(argument))
    if operator == "suffix":
        return bool(content.endswith(argument))
    if operator == "equals-ignore-case":
        return bool(content.casefold() == argument[1])
    _, version, first, last = argument
    try:
        address = ip_address(content)
    except ValueError:
        return False
    return bool(address.version == version and first <= int(address) <= last)


def _compares(number: Any, sign: str, bound: Any) -> bool:
    if sign == "=":
        return bool(number == bound)
    if sign == ">":
        return bool(number > bound)
    if sign == ">=":
        return bool(number >= bound)
    return bool(number < bound if sign == "<" else number <= bound)


def _attribute_values(attribute: Any) -> tuple[Value, ...]:
    """The values of one message attribute; none for Binary. Raises ``_Unreadable``."""
    data_type = attribute.get("DataType") if isinstance(attribute, Mapping) else None
    if not isinstance(data_type, str):
        raise _Unreadable("has no type")
    base = data_type.partition(".")[0]
    if base == "Binary":
        return ()
    text = attribute.get("StringValue")
    if not isinstance(text, str) or base not in ("String", "Number"):
        raise _Unreadable(f"has no value of type {data_type}")
    if base == "Number":
        if not _NUMBER.fullmatch(text):
            raise _Unreadable(f"is {filter_reasons.shown(text)}, which is no Number")
        return ((NUMBER, float(text)),)
    if data_type != "String.Array":
        return ((STRING, text),)
    elements = _json(text)
    if not isinstance(elements, list) or any(isinstance(element, list | dict) for element in elements):
        raise _Unreadable("is a String.Array, but its text is no JSON array of values")
    return tuple(_typed(element) for element in elements)


@lru_cache(maxsize=8)  # one publish asks for the same body once for each subscription
def _body_values(body: str) -> Mapping[str, tuple[Value, ...]] | None:
    """The values at every dotted path of a JSON object, arrays taken apart; None if the body is no JSON object."""
    content = _json(body)
    if not isinstance(content, dict):
        return None
    found: dict[str, list[Value]] = {}
    waiting: list[tuple[str, Any]] = [("", content)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((f"{path}.{key}" if path else key, inner) for key, inner in reversed(value.items()))
        elif isinstance(value, list):
            waiting.extend((path, element) for element in reversed(value))
        else:
            found.setdefault(path, []).append(_typed(value))
    return {path: tuple(values) for path, values in found.items()}


def _json(text: str) -> Any:
    """The JSON value of a text; the text's own absence of meaning is no value that any policy asks for (Ellipsis)."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return ...


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")

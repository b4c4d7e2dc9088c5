"""What a picture needs to know of a document, in words and in numbers: captions, rules on edges, who stands by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from courseapp.engine.architecture.document import Architecture, Link, Node
from courseapp.engine.architecture.sending import MESSAGE_TYPES

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
KIND_WORDS = {
    "publisher": "publisher",
    "consumer": "consumer",
    "function": "function",
    "database": "database",
    "http": "HTTPS endpoint",
    "email": "email address",
    "sms": "SMS number",
    "push": "mobile app",
}
CAPTIONS = {
    "publisher": "Publisher",
    "consumer": "Consumer",
    "function": "Function",
    "database": "Database",
    "http": "HTTPS endpoint",
    "email": "Email",
    "sms": "SMS",
    "push": "Mobile push",
}


SUBSCRIBERS = frozenset(("queue", "function", "http", "email", "sms", "push"))


@dataclass(frozen=True, slots=True)
class Redrive:
    """A dead-letter rule as an edge: from a queue, or from the endpoint of a subscription, to its dead-letter queue."""

    id: str
    source: str
    target: str
    rule: str


def redrives(architecture: Architecture) -> tuple[Redrive, ...]:
    """Every dead-letter rule whose queue is in the document, in document order, one for each pair."""
    kinds = {node.id: node.kind for node in architecture.nodes}
    found: dict[str, Redrive] = {}
    for node in architecture.nodes:
        policy = node.parameters.get("RedrivePolicy")
        target = _target(policy)
        if node.kind == "queue" and target and target != node.id and kinds.get(target) == "queue":
            found[f"{node.id}/{target}"] = Redrive(f"{node.id}/{target}", node.id, target, queue_rule(policy))
    for link in architecture.links:
        target = _target(link.parameters.get("RedrivePolicy"))
        subscribed = kinds.get(link.source) == "topic" and kinds.get(link.target) in SUBSCRIBERS
        if target and target != link.target and kinds.get(target) == "queue" and subscribed:
            redrive = Redrive(f"{link.target}/{target}", link.target, target, subscription_rule(architecture, link))
            found.setdefault(redrive.id, redrive)
    taken = {link.id for link in architecture.links}
    return tuple(redrive for redrive in found.values() if redrive.id not in taken)


def dead_letter_queues(architecture: Architecture) -> frozenset[str]:
    targets = {_target(node.parameters.get("RedrivePolicy")) for node in architecture.nodes}
    targets |= {_target(link.parameters.get("RedrivePolicy")) for link in architecture.links}
    return frozenset(node.id for node in architecture.nodes if node.kind == "queue" and node.id in targets)


def _target(policy: object) -> str | None:
    target = policy.get("deadLetterTargetArn") if isinstance(policy, Mapping) else None
    return target if isinstance(target, str) else None


def queue_rule(policy: object) -> str:
    """``on the third receive`` for a maxReceiveCount of 2: the receive that would pass the limit moves the message."""
    most = policy.get("maxReceiveCount") if isinstance(policy, Mapping) else None
    if not isinstance(most, int | str) or not str(most).isdigit():
        return "when received too often"
    return f"on the {ordinal(int(most) + 1)} receive"


def ordinal(number: int) -> str:
    if 1 <= number <= len(ORDINALS):
        return ORDINALS[number - 1]
    if number % 100 in (11, 12, 13):
        return f"{number:,}th"
    return f"{number:,}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def subscription_rule(architecture: Architecture, link: Link) -> str:
    """``after 1 try and 3 retries, 20 s apart``: HTTPS's default, or what its DeliveryPolicy says in short."""
    if architecture.node(link.target).kind != "http":
        return "after the last retry"
    policy = link.parameters.get("DeliveryPolicy")
    healthy = policy.get("healthyRetryPolicy") if isinstance(policy, Mapping) else None
    if not isinstance(healthy, Mapping):
        return "after 1 try and 3 retries, 20 s apart"
    retries = healthy.get("numRetries", 3)
    return f"after 1 try and {retries} retr{'y' if retries == 1 else 'ies'}"


# --- Policies ---


def policy_words(policy: object) -> str:
    """A filter policy in short: ``type is refund and amount ≥ 50``. Empty for none."""
    if not isinstance(policy, Mapping) or not policy:
        return ""
    return " and ".join(_key_words(str(key), allowed) for key, allowed in policy.items())


def _key_words(key: str, allowed: object) -> str:
    if isinstance(allowed, Mapping):
        return " and ".join(_key_words(f"{key}.{inner}", value) for inner, value in allowed.items()) or key
    if key == "$or" and isinstance(allowed, Sequence):
        return " or ".join(policy_words(one) for one in allowed)
    values = allowed if isinstance(allowed, Sequence) and not isinstance(allowed, str) else [allowed]
    plain = [_value(value) for value in values if not isinstance(value, Mapping)]
    words = [f"{key} is {' or '.join(plain)}"] if plain else []
    words += [_rule_words(key, rule) for rule in values if isinstance(rule, Mapping)]
    return " or ".join(words) or f"{key} is nothing"


def _rule_words(key: str, rule: Mapping[str, Any]) -> str:
    name, value = next(iter(rule.items()), ("", None))
    match name:
        case "numeric" if isinstance(value, Sequence):
            pairs = zip(value[::2], value[1::2], strict=False)
            signs = {">=": "≥", "<=": "≤"}
            return f"{key} " + " and ".join(f"{signs.get(str(sign), sign)} {_value(bound)}" for sign, bound in pairs)
        case "exists":
            return f"{key} exists" if value else f"{key} is absent"
        case "anything-but":
            return f"{key} is not {_listed(value)}"
        case "prefix" | "suffix":
            return f"{key} {'starts' if name == 'prefix' else 'ends'} with {_listed(value)}"
        case _:
            return f"{key} {name} {_listed(value)}"


def _listed(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key} {_listed(inner)}" for key, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " or ".join(_value(one) for one in value)
    return _value(value)


def _value(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def link_words(link: Link) -> str:
    """What a link's parameters say about it, short enough to stand on the edge."""
    words = policy_words(link.parameters.get("FilterPolicy"))
    if link.parameters.get("RawMessageDelivery"):
        words = f"{words}, raw" if words else "raw"
    return words


# --- Kinds in words ---


def is_fifo(node: Node) -> bool:
    return any(_true(node.parameters.get(name)) for name in ("FifoQueue", "FifoTopic"))


def _true(value: object) -> bool:
    return value is True or value == "true"


def kind_words(architecture: Architecture, node: Node, dead: frozenset[str]) -> str:
    """The kind as it is read out: ``standard queue``, ``dead-letter queue``, ``FIFO topic``."""
    match node.kind:
        case "queue" if node.id in dead:
            return "dead-letter queue"
        case "queue" | "topic":
            return f"{'FIFO' if is_fifo(node) else 'standard'} {node.kind}"
        case "state_machine":
            return f"{node.parameters.get('type', 'STANDARD')} workflow".lower()
        case _:
            return KIND_WORDS.get(node.kind, node.kind)


def caption(architecture: Architecture, node: Node, dead: frozenset[str]) -> str:
    match node.kind:
        case "queue" if node.id in dead:
            return "Dead-letter queue, FIFO" if is_fifo(node) else "Dead-letter queue"
        case "queue" if is_fifo(node):
            return "FIFO queue, by message group"
        case "queue" | "topic" | "state_machine":
            words = kind_words(architecture, node, dead)
            return words if words.startswith("FIFO") else words.capitalize()
        case _:
            return CAPTIONS.get(node.kind, node.kind)


def delays(architecture: Architecture, node: Node) -> bool:
    """Whether the document lets messages of this queue be delayed: its own DelaySeconds, or a sender's message's."""
    if node.parameters.get("DelaySeconds"):
        return True
    senders = [architecture.node(link.source) for link in architecture.links_to(node.id)]
    own = [link.parameters for link in architecture.links_to(node.id)]
    return any(_mentions(parameters, "DelaySeconds") for parameters in [*own, *(each.parameters for each in senders)])


def groups(architecture: Architecture, node: Node) -> tuple[str, ...]:
    """The message groups that the senders of a FIFO queue name in the document; templated ones can't be told."""
    found: dict[str, None] = {}
    for link in architecture.links_to(node.id):
        source = architecture.node(link.source)
        hops = [source.parameters, link.parameters]
        if source.kind == "topic":
            hops += [architecture.node(first.source).parameters for first in architecture.links_to(source.id)]
        for parameters in hops:
            for group in _values(parameters, "MessageGroupId"):
                if isinstance(group, str) and "{" not in group:
                    found[group] = None
    return tuple(found)


def message_types(architecture: Architecture) -> tuple[str, ...]:
    """The message types that the document's publishers send, in the order in which they are named."""
    found: dict[str, None] = {}
    for node in architecture.nodes:
        if node.kind == "publisher":
            for name in _values({key: value for key, value in node.parameters.items() if key != "rates"}, "type"):
                if isinstance(name, str) and "{" not in name:
                    found[name] = None
            for name in _values(node.parameters.get("rates"), "type"):
                if isinstance(name, str):
                    found[name] = None
    return tuple(name for name in found if name in MESSAGE_TYPES) or tuple(found)[:1]


def _mentions(value: object, key: str) -> bool:
    return any(bool(found) for found in _values(value, key))


def _values(value: object, key: str) -> Iterator[object]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == key:
                yield inner
            else:
                yield from _values(inner, key)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _values(inner, key)

"""Rules about how the parts of a document go together, each with AWS's reason.

A rule sees the nodes and links whose names and kinds were sound. It must not rely on a parameter's shape, since a wrong
one is reported elsewhere: what has not the shape is passed over. Sources: SQS Developer Guide, "Dead-letter queues" and
"FIFO queues"; SNS Developer Guide, "FIFO topics" and "Dead-letter queues"; Lambda Developer Guide, "SQS".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from courseapp.engine import limits
from courseapp.engine.architecture.kinds import KINDS
from courseapp.engine.architecture.problems import Place, Problem, article, did_you_mean, shown, spoken
from courseapp.engine.architecture.shapes import Problems

_AWS_NAME = re.compile(r"[A-Za-z0-9_-]+(\.fifo)?", re.ASCII)
_FIFO_ONLY = {
    "queue": ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"),
    "topic": ("ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy"),
}
_NOT_ON_FIFO = {"duplicate_probability": 0, "servers": 1, "sample_probability": 1, "poison_to_back": False}


@dataclass(frozen=True, slots=True)
class SeenNode:
    id: str
    kind: str
    parameters: Mapping[str, Any]
    index: int

    @property
    def fifo(self) -> bool:
        return self.kind in ("queue", "topic") and self.id.endswith(limits.FIFO_SUFFIX)

    @property
    def place(self) -> Place:
        return Place(f"/nodes/{self.index}/parameters", "", f'{spoken(self.kind)} "{self.id}"')


@dataclass(frozen=True, slots=True)
class SeenLink:
    source: SeenNode
    target: SeenNode
    parameters: Mapping[str, Any]
    index: int

    @property
    def place(self) -> Place:
        return Place(f"/links/{self.index}/parameters", "", f"link {shown(f'{self.source.id}/{self.target.id}')}")

    @property
    def ends(self) -> tuple[str, str]:
        return (self.source.kind, self.target.kind)


Nodes = Mapping[str, SeenNode]
Broken = Mapping[str, Any]
"""The kinds of the nodes that are there but not well enough to be looked at, by their ids."""


def check(nodes: Nodes, links: Sequence[SeenLink], broken: Broken, problems: Problems) -> None:
    """Add the problems of all rules, nodes first."""
    for node in nodes.values():
        if node.kind in ("queue", "topic"):
            problems.extend(_name_and_type(node))
        if node.kind == "queue":
            problems.extend(_queue_redrive(node, nodes, broken))
            problems.extend(_redrive_allow(node, nodes, broken))
        elif node.kind == "topic":
            problems.extend(_big_messages(node, links))
            problems.extend(_fifo_subscriptions(node, links))
        elif node.kind == "consumer":
            problems.extend(_heartbeat(node))
        elif node.kind == "state_machine":
            problems.extend(_task_names(node))
    for link in links:
        if link.source.kind == "topic":
            problems.extend(_subscription(link, nodes, broken))
        elif link.ends == ("queue", "function"):
            problems.extend(_event_source(link))
        elif link.source.kind == "publisher":
            problems.extend(_retries(link))


def _name_and_type(node: SeenNode) -> Iterator[Problem]:
    """A name is AWS's name; its suffix and the type say the same; what only FIFO has is set only there."""
    given = node.parameters
    own = Place(f"/nodes/{node.index}", "", node.place.owner)
    if not _AWS_NAME.fullmatch(node.id):
        yield own.at("id").wrong(node.id, "letters, digits, _ and -, with .fifo at the end if it is FIFO")
    switch = "FifoQueue" if node.kind == "queue" else "FifoTopic"
    if given.get(switch) is True and not node.fifo:
        yield node.place.at(switch).problem(True, f"needs an id that ends in {limits.FIFO_SUFFIX}.")
    if given.get(switch) is False and node.fifo:
        yield node.place.at(switch).problem(False, f"can not be false, since its id ends in {limits.FIFO_SUFFIX}.")
    if not node.fifo:
        for name in _FIFO_ONLY[node.kind]:
            if name in given:
                says = f"exists only on FIFO {node.kind}s, whose ids end in {limits.FIFO_SUFFIX}."
                yield node.place.at(name).problem(given[name], says)
    elif node.kind == "queue":
        for name, only in _NOT_ON_FIFO.items():
            if given.get(name, only) != only:
                says = f"must be {only} on a FIFO queue, which keeps its order and makes no duplicates."
                yield node.place.at(name).problem(given[name], says)
        by_group = given.get("FifoThroughputLimit") == "perMessageGroupId"
        if by_group and given.get("DeduplicationScope") != "messageGroup":
            says = "can be perMessageGroupId only if DeduplicationScope is messageGroup."
            yield node.place.at("FifoThroughputLimit").problem(given["FifoThroughputLimit"], says)


def _dead_letter_queue(
    given: Mapping[str, Any], place: Place, nodes: Nodes, broken: Broken, source: str
) -> tuple[SeenNode | None, Problem | None]:
    """The queue that a ``RedrivePolicy`` names, or the problem of its not being one."""
    policy = given.get("RedrivePolicy")
    name = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
    if not isinstance(name, str):
        return None, None
    target = nodes.get(name)
    spot = place.at("RedrivePolicy").at("deadLetterTargetArn")
    if name in broken:
        return None, _of_no_known_kind(name, broken, spot)
    if target is None:
        queues = [node.id for node in nodes.values() if node.kind == "queue" and node.id != source]
        says = f"names {shown(name)}, which is no node's id.{did_you_mean(name, queues)}"
        return None, spot.problem(name, says)
    if target.kind != "queue":
        return None, spot.problem(name, f"must name a queue; {shown(name)} is {article(target.kind)}.")
    return target, None


def _of_no_known_kind(name: str, broken: Broken, spot: Place) -> Problem | None:
    """The node is there, but what it is nobody knows. One of a known kind has no sound id, nor has what names it."""
    kind = broken[name]
    if isinstance(kind, str) and kind in KINDS:
        return None
    has = "no kind" if kind is None else f"the unknown kind {shown(kind)}"
    return spot.problem(name, f"must name a queue; {shown(name)} has {has}.")


def _queue_redrive(node: SeenNode, nodes: Nodes, broken: Broken) -> Iterator[Problem]:
    target, problem = _dead_letter_queue(node.parameters, node.place, nodes, broken, node.id)
    if problem:
        yield problem
    if target is None:
        return
    spot = node.place.at("RedrivePolicy").at("deadLetterTargetArn")
    if target.id == node.id:
        yield spot.problem(target.id, "names the queue itself; a dead-letter queue is another queue.")
    elif target.fifo != node.fifo:
        kind = "a FIFO" if node.fifo else "a standard"
        yield spot.problem(target.id, f"must name {kind} queue, as the dead-letter queue of {kind} queue.")
    allow = target.parameters.get("RedriveAllowPolicy")
    if isinstance(allow, dict):
        sources = allow.get("sourceQueueArns")
        permission = allow.get("redrivePermission")
        listed_here = isinstance(sources, list) and node.id in sources
        if permission == "denyAll" or (permission == "byQueue" and not listed_here):
            says = f"names {shown(target.id)}, whose RedriveAllowPolicy does not let this queue use it."
            yield spot.problem(target.id, says)


def _redrive_allow(node: SeenNode, nodes: Nodes, broken: Broken) -> Iterator[Problem]:
    allow = node.parameters.get("RedriveAllowPolicy")
    sources = allow.get("sourceQueueArns") if isinstance(allow, dict) else None
    for index, name in enumerate(sources if isinstance(sources, list) else ()):
        spot = node.place.at("RedriveAllowPolicy").at("sourceQueueArns").at(index)
        if not isinstance(name, str) or (name in nodes and nodes[name].kind == "queue"):
            continue
        if name in broken:
            problem = _of_no_known_kind(name, broken, spot)
            if problem:
                yield problem
        else:
            queues = [other.id for other in nodes.values() if other.kind == "queue"]
            yield spot.problem(name, f"names {shown(name)}, which is no queue.{did_you_mean(name, queues)}")


def _subscription(link: SeenLink, nodes: Nodes, broken: Broken) -> Iterator[Problem]:
    topic, endpoint = link.source, link.target
    own = Place(f"/links/{link.index}", "", link.place.owner)
    if topic.fifo and endpoint.kind != "queue":
        yield own.problem(
            endpoint.id, f"is no subscription: a FIFO topic delivers to queues only, not to {article(endpoint.kind)}."
        )
    if endpoint.fifo and not topic.fifo:
        yield own.problem(
            endpoint.id, "is no subscription: FIFO SQS Queues can not be subscribed to standard SNS topics."
        )
    target, problem = _dead_letter_queue(link.parameters, link.place, nodes, broken, endpoint.id)
    if problem:
        yield problem
    if target is None:
        return
    spot = link.place.at("RedrivePolicy").at("deadLetterTargetArn")
    if target.fifo and not topic.fifo:
        says = "must name a standard queue, as the dead-letter queue of a subscription to a standard topic."
        yield spot.problem(target.id, says)
    elif endpoint.fifo and not target.fifo:  # a standard queue may be subscribed to a FIFO topic, and then use either
        says = "must name a FIFO queue, as the dead-letter queue of a FIFO queue's subscription to a FIFO topic."
        yield spot.problem(target.id, says)
    elif target.id == endpoint.id:
        yield spot.problem(target.id, "names the subscribed queue itself; a dead-letter queue is another queue.")


def _big_messages(node: SeenNode, links: Sequence[SeenLink]) -> Iterator[Problem]:
    """Above the default size every subscriber must be a queue or a function, and there may be 100 (CreateTopic)."""
    size = node.parameters.get("MaximumMessageSize")
    if not isinstance(size, int) or size <= limits.SNS_MESSAGE_SIZE_DEFAULT_B:
        return
    endpoints = [link.target for link in links if link.source.id == node.id]
    others = [endpoint.id for endpoint in endpoints if endpoint.kind not in ("queue", "function")]
    spot = node.place.at("MaximumMessageSize")
    if others:
        says = (
            f"can be above {limits.SNS_MESSAGE_SIZE_DEFAULT_B:,} bytes only if queues and functions alone subscribe, "
        )
        yield spot.problem(size, f"{says}not {shown(others[0])}.")
    if len(endpoints) > limits.SNS_BIG_MESSAGE_SUBSCRIPTIONS_MAX:
        says = f"can be above {limits.SNS_MESSAGE_SIZE_DEFAULT_B:,} bytes with at most"
        yield spot.problem(
            size, f"{says} {limits.SNS_BIG_MESSAGE_SUBSCRIPTIONS_MAX} subscriptions, not {len(endpoints)}."
        )


def _fifo_subscriptions(node: SeenNode, links: Sequence[SeenLink]) -> Iterator[Problem]:
    many, most = sum(link.source.id == node.id for link in links), limits.SNS_SUBSCRIPTIONS_FIFO_MAX
    if node.fifo and many > most:
        own = Place(f"/nodes/{node.index}", "", node.place.owner)
        yield own.problem(node.id, f"has {many} subscriptions; a FIFO topic may have at most {most}.")


def _event_source(link: SeenLink) -> Iterator[Problem]:
    size = link.parameters.get("BatchSize", limits.LAMBDA_SQS_BATCH_DEFAULT)
    window = link.parameters.get("MaximumBatchingWindowInSeconds", 0)
    if not isinstance(size, int) or not isinstance(window, int | float):
        return
    if link.source.fifo:
        if size > limits.LAMBDA_SQS_BATCH_FIFO_MAX:
            says = f"must be at most {limits.LAMBDA_SQS_BATCH_FIFO_MAX} for a FIFO queue, not {size}."
            yield link.place.at("BatchSize").problem(size, says)
        if window:
            says = "must be 0 for a FIFO queue, which has no batching window."
            yield link.place.at("MaximumBatchingWindowInSeconds").problem(window, says)
    elif size > limits.SQS_BATCH_MAX and window < 1:
        says = f"above {limits.SQS_BATCH_MAX} needs a MaximumBatchingWindowInSeconds of at least 1."
        yield link.place.at("BatchSize").problem(size, says)


def _heartbeat(node: SeenNode) -> Iterator[Problem]:
    if "heartbeat_extends_seconds" in node.parameters and "heartbeat_seconds" not in node.parameters:
        value = node.parameters["heartbeat_extends_seconds"]
        yield node.place.at("heartbeat_extends_seconds").problem(value, "needs heartbeat_seconds beside it.")


def _retries(link: SeenLink) -> Iterator[Problem]:
    given = link.parameters
    if given.get("retries_at_seconds") and "retry_interval_seconds" in given:
        says = "and retry_interval_seconds exclude each other."
        yield link.place.at("retries_at_seconds").problem(given["retries_at_seconds"], says)
    if "patience_seconds" in given and "retry_interval_seconds" not in given:
        says = "needs retry_interval_seconds beside it."
        yield link.place.at("patience_seconds").problem(given["patience_seconds"], says)


def _task_names(node: SeenNode) -> Iterator[Problem]:
    """``task_seconds`` names states of the definition, at any depth."""
    definition, tasks = node.parameters.get("definition"), node.parameters.get("task_seconds")
    if not isinstance(definition, dict) or not isinstance(tasks, dict) or "States" not in definition:
        return
    states = set(_state_names(definition))
    for name, seconds in tasks.items():
        if name not in states:
            says = f"names no state of the definition.{did_you_mean(name, sorted(states))}"
            yield node.place.at("task_seconds").at(name).problem(seconds, says)


def _state_names(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            if isinstance(current.get("States"), dict):
                yield from current["States"]
            waiting.extend(current.values())
        elif isinstance(current, list):
            waiting.extend(current)

"""From a document to nodes that know each other.

A node's class reads its own parameters; here it is only said which class that is, in which order nodes are built so
that each finds those that it points at, and what a link makes true beyond what its sender reads from it: a
subscription, or somebody who polls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from courseapp.engine.actors.consumer import Consumer
from courseapp.engine.actors.database import Database
from courseapp.engine.actors.endpoints import Email, Http, Push, Sms
from courseapp.engine.actors.function import Function
from courseapp.engine.actors.publisher import Publisher
from courseapp.engine.architecture import Architecture, Link, Node
from courseapp.engine.kernel import Kernel
from courseapp.engine.sns.topic import Topic
from courseapp.engine.sqs import redrive
from courseapp.engine.sqs.queue import Queue
from courseapp.engine.states.machine import StateMachine

AWS_KINDS = ("topic", "queue", "state_machine")
PLAIN_ACTORS: dict[str, Callable[[Kernel, Node, list[Link]], Any]] = {
    "publisher": Publisher,
    "database": Database,
    "http": Http,
    "email": Email,
    "sms": Sms,
    "push": Push,
}
BUILD_ORDER = (
    "database",
    "email",
    "sms",
    "push",
    "queue",
    "topic",
    "state_machine",
    "http",
    "function",
    "consumer",
    "publisher",
)


class World:
    """The nodes of ``architecture``, in its order, on one kernel."""

    def __init__(self, architecture: Architecture, kernel: Kernel) -> None:
        self.architecture = architecture
        self.kernel = kernel
        self.started = False
        for kind in BUILD_ORDER:
            for node in architecture.nodes:
                if node.kind == kind:
                    self.build(node)
        for node in self.of_kind("http") + self.of_kind("function"):
            self.relink(node.id)  # they may call one another, whichever the document names first
        kernel.nodes = {node.id: kernel.nodes[node.id] for node in architecture.nodes}
        for queue in self.of_kind("queue"):
            redrive.link(queue)
        for link in architecture.links:
            self.join(link, announce=False)

    def build(self, node: Node) -> Any:
        kernel, links = self.kernel, list(self.architecture.links_from(node.id))
        rank = next((place for place, one in enumerate(self.architecture.nodes) if one.id == node.id), 0)
        if node.kind == "queue":
            built: Any = Queue(kernel, node)
        elif node.kind == "topic":
            built = Topic(kernel, node)
        elif node.kind == "state_machine":
            built = StateMachine(kernel, node, [link.target for link in links])
            built.relink(links)
        elif node.kind == "consumer":
            built = Consumer(kernel, node, links, rank)
        elif node.kind == "function":
            built = Function(kernel, node, links, rank)
        else:
            built = PLAIN_ACTORS[node.kind](kernel, node, links)
        kernel.nodes[node.id] = built
        return built

    def start(self, _: Any = None) -> None:
        """Virtual 0: actors begin, in document order."""
        self.started = True
        for node in list(self.kernel.nodes.values()):
            self.start_one(node)

    def start_one(self, node: Any) -> None:
        if hasattr(node, "start") and node.kind not in AWS_KINDS:
            node.start()

    def join(self, link: Link, announce: bool) -> None:
        """What a link makes true beyond what its sender reads from it."""
        source, target = self.kernel.nodes[link.source], self.kernel.nodes[link.target]
        if source.kind == "topic":
            source.add(link.target, link.parameters, announce)
        elif source.kind == "queue":
            target.attach(source, link.parameters)

    def part(self, link: Link) -> None:
        source, target = self.kernel.nodes[link.source], self.kernel.nodes[link.target]
        if source.kind == "topic":
            source.unsubscribe(link.target)
        elif source.kind == "queue":
            target.detach(source)

    def relink(self, node_id: str) -> None:
        """Tell a node that the links which begin at it have changed."""
        node = self.kernel.nodes.get(node_id)
        if node is not None and hasattr(node, "relink"):
            node.relink(list(self.architecture.links_from(node_id)))

    def of_kind(self, kind: str) -> list[Any]:
        return [node for node in self.kernel.nodes.values() if node.kind == kind]
